"""What the forms about activities and hours take."""

import re
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.kernel import clock, messages
from app.kernel.fields import Whole, ascii_id, nameless, text
from app.kernel.http import Strict
from app.volunteers.service.queries import Activity

TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
TIME_WRONG, NO_TIME = "须为日期和时间，例如 2026-11-20 09:30。", "没有这个日期或时间。"
messages.also({TIME_WRONG: "A day and time, e.g. 2026-11-20 09:30.", NO_TIME: "There is no such day or time."})
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
REASON = {"label": "原因", "widget": "textarea", "hint": "会留在记录里；不要写个人信息。"}


class LocalTime(fields.DateTime):
    """A moment in Shanghai's time, as an input of the type datetime-local sends it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> datetime:
        if not isinstance(value, str) or not TIME.fullmatch(value):
            raise ValidationError(TIME_WRONG)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValidationError(NO_TIME) from None
        if not FIRST.year <= moment.year <= LAST.year:
            raise ValidationError(NO_TIME)
        return moment.replace(tzinfo=clock.SHANGHAI)


def local(moment: datetime | None) -> str:
    """A moment as such an input takes it."""
    return "" if moment is None else moment.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")


class ActivityPlan(Strict):
    title = nameless(2, 100, required=True, metadata={"label": "活动名称"})
    place = nameless(2, 200, required=True, metadata={"label": "地点"})
    begins_at = LocalTime(required=True, metadata={"label": "开始", "hint": "北京时间。"})
    ends_at = LocalTime(required=True, metadata={"label": "结束"})
    description = nameless(2, 2000, required=True, metadata={"label": "服务内容", "widget": "textarea"})
    risk = nameless(2, 1000, required=True, metadata={
        "label": "风险说明", "widget": "textarea",
        "hint": "依《志愿服务条例》第十二条，须说明可能的风险；没有明显风险的也请写明。"})
    dangerous = fields.Boolean(load_default=False, metadata={"label": "可能危及志愿者人身安全"})
    insurance = text(2, 200, metadata={
        "label": "保险（保险公司、保单号）", "hint": "勾选上一项的必填：第十七条要求购买人身意外伤害保险。"})
    partner = nameless(2, 100, metadata={"label": "合作方（选填）", "hint": "由合作单位组织的，写全称；不填即本组织。"})
    unpaid = fields.Boolean(load_default=False, metadata={
        "label": "活动无偿：不向志愿者支付报酬，也不以志愿服务名义营利"})


def of(activity: Activity, own_name: str) -> dict[str, Any]:
    """An activity as the form shows it; the organisation itself is no partner."""
    kept = ("title", "place", "description", "risk", "dangerous", "insurance")
    told = {name: getattr(activity, name) for name in kept if getattr(activity, name) is not None}
    partner = {} if activity.organiser == own_name else {"partner": activity.organiser}
    return {**told, **partner, "unpaid": True, "begins_at": local(activity.begins_at),
            "ends_at": local(activity.ends_at)}


class ByHandForm(Strict):
    volunteer_no = ascii_id(r"[0-9]{10,20}", required=True, metadata={"label": "志愿者编号", "autocomplete": "off",
                                                                      "inputmode": "numeric"})
    began_at = LocalTime(required=True, metadata={"label": "开始"})
    ended_at = LocalTime(required=True, metadata={"label": "结束"})
    note = nameless(2, 200, required=True, metadata={
        "label": "为什么手工登记", "hint": "例如：没有带手机。不要写个人信息。"})


class EndByHand(Strict):
    ended_at = LocalTime(required=True, metadata={"label": "离开时间"})
    note = nameless(2, 200, required=True, metadata={"label": "为什么手工补登", "hint": "例如：忘记签退。"})


class Reason(Strict):
    reason = nameless(2, 160, required=True, metadata=REASON)


class RefuseChosen(Reason):
    ids = text(1, 200_000, required=True, metadata={"widget": "hidden"})


class Minutes(Strict):
    minutes = Whole(required=True, validate=validate.Range(0, 1440), metadata={
        "label": "更正后的分钟数", "hint": "0 表示全部不计。"})
    reason = nameless(2, 160, required=True, metadata=REASON)


class Own(Strict):
    volunteer_no = ascii_id(r"[0-9]{10,20}", metadata={
        "label": "本人的志愿者编号", "autocomplete": "off", "inputmode": "numeric",
        "hint": "不是志愿者的留空。如实填写：任何人不能确认、更正、抽查本人的时长。"})


class Draw(Strict):
    first = fields.Date(required=True, validate=validate.Range(FIRST, LAST), metadata={"label": "确认日期自"})
    last = fields.Date(required=True, validate=validate.Range(FIRST, LAST), metadata={"label": "至"})
