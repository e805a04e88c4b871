"""What the forms of operations' pages about the platform take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.feedback.correcting import Changes
from app.feedback.record_queries import Link
from app.kernel import clock
from app.kernel.fields import Whole, ascii_id, nameless, text
from app.kernel.http import Strict

FIELDS = {"provider_uscc": "商户统一社会信用代码", "region": "区划代码", "occurred_at": "发生时间",
          "waived_fen": "减免金额（分）", "paid_fen": "支付金额（分）"}
SECONDS = "%Y-%m-%d %H:%M:%S"


class Moment(fields.Field[datetime]):
    """`2026-11-23 09:30:00`, Asia/Shanghai."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> datetime:
        try:
            if not isinstance(value, str) or not value.isascii() or len(value) != 19:
                raise ValueError
            return datetime.strptime(value, SECONDS).replace(tzinfo=clock.SHANGHAI)
        except ValueError:
            raise ValidationError("请写作 2026-11-23 09:30:00。") from None


class Correct(Strict):
    """All that may be put right, and why; `sure` on the second step."""

    provider_uscc = ascii_id("[0-9A-Z]{18}", required=True, metadata={"label": FIELDS["provider_uscc"]})
    region = ascii_id("[1-9][0-9]{5}", required=True, metadata={"label": FIELDS["region"], "inputmode": "numeric"})
    occurred_at = Moment(required=True, metadata={"label": FIELDS["occurred_at"],
                                                  "hint": "北京时间，如 2026-11-23 09:30:00。"})
    waived_fen = Whole(required=True, validate=validate.Range(0), metadata={"label": FIELDS["waived_fen"]})
    paid_fen = Whole(required=True, validate=validate.Range(0), metadata={"label": FIELDS["paid_fen"]})
    note = nameless(1, 200, required=True, metadata={
        "label": "更正原因", "widget": "textarea",
        "hint": "1 至 200 个字；原因已在别处解决的也请写明。不要写入个人信息。"})
    sure = fields.String(metadata={"widget": "hidden"})


class Decline(Strict):
    reason = nameless(1, 500, required=True, metadata={"label": "理由", "widget": "textarea",
                                                       "hint": "省平台会收到这段文字，不要写入个人信息。"})


class OfferFrom(Strict):
    code = ascii_id(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}", required=True, metadata={"label": "权益编码"})
    title = text(1, 60, required=True, metadata={"label": "名称"})
    region = ascii_id("[0-9]{6}", required=True, metadata={
        "label": "区划代码", "hint": "须在联合激励所列地区之内。", "inputmode": "numeric"})


class FeedBack(Strict):
    period = ascii_id("20[0-9]{2}-(?:0[1-9]|1[0-2])", required=True, metadata={"label": "月份", "hint": "如 2026-11。"})
    note = nameless(1, 500, metadata={"label": "说明", "widget": "textarea", "hint": "可不填；省平台会收到这段文字。"})


class NewOrigin(Strict):
    origin = text(1, 200, required=True, metadata={
        "label": "来源", "hint": "如 https://approval.example.gov.cn，不带路径。", "autocomplete": "off"})


class AnotherDay(Strict):
    day = fields.Date(required=True, metadata={"label": "结算日"})


class Settle(Strict):
    outcome = fields.String(required=True, metadata={"label": "结论"}, validate=validate.OneOf(
        ["upheld", "dismissed"], labels=["异议成立", "异议不成立"]))
    answer = text(1, 1000, required=True, metadata={"label": "答复", "widget": "textarea",
                                                    "hint": "公民会看到这段文字：写明查了什么、结论与依据。"})


def accepting(codes: Mapping[str, str]) -> Schema:
    """Which of these offers, code → words, are the measures."""
    one = fields.String(validate=validate.OneOf(list(codes), labels=list(codes.values())))
    return Strict.from_dict({"measures": fields.List(one, load_default=list, metadata={
        "label": "采取的措施", "hint": "选择一项或几项权益；响应只能作出一次。"})})()


def shown_values(link: Link) -> dict[str, Any]:
    """The record as the form shows it first."""
    at = link.occurred_at.astimezone(clock.SHANGHAI)
    return {"provider_uscc": link.provider_uscc, "region": link.region, "occurred_at": f"{at:{SECONDS}}",
            "waived_fen": link.waived_fen, "paid_fen": link.paid_fen, "sure": ""}


def changes_of(link: Link, told: dict[str, Any]) -> Changes:
    """What the form says otherwise than the record; a time that is the same to the second is the same."""
    same_time = told["occurred_at"] == link.occurred_at.replace(microsecond=0)
    return Changes(**{name: told[name] for name in FIELDS if told[name] != getattr(link, name)
                      and not (name == "occurred_at" and same_time)})
