"""What the forms of campaigns, nominations, objections and exits take."""

import uuid
from typing import Any

from marshmallow import fields, validate

from app.kernel import fields as own
from app.kernel.fields import ascii_id, nameless
from app.kernel.http import Strict

NO_NAMES = "不写姓名、证件号码、手机号。"
STRICTER = "留空则按本地区规定；只能更严。"


def _more(label: str) -> fields.Integer:
    return fields.Integer(validate=validate.Range(0, 100_000), metadata={"label": label, "hint": STRICTER})


class Campaign(Strict):
    year = fields.Integer(required=True, validate=validate.Range(2000, 2100), metadata={"label": "年度"})
    name = nameless(1, 60, required=True, metadata={"label": "名称", "hint": "例如：年度优秀青年志愿者评定。"})
    opens_on = fields.Date(required=True, metadata={"label": "推荐开始"})
    closes_on = fields.Date(required=True, metadata={"label": "推荐截止（含当日）"})
    min_hours = _more("累计时长不少于（小时）")
    min_stars = _more("星级不低于")
    min_service_days = _more("一年内服务天数不少于")
    min_age = _more("年龄不小于")
    max_age = _more("年龄不大于")
    publicity_days = _more("公示工作日")


class Quota(Strict):
    quota = fields.Integer(required=True, validate=validate.Range(0, 100_000), metadata={
        "label": "名额", "hint": "可上报的人数；不能少于已使用的名额。"})

    @classmethod
    def among(cls, places: dict[uuid.UUID, str]) -> "Strict":
        """With the counties and cities to choose from."""
        made: Any = cls.from_dict({"organisation_id": fields.UUID(required=True, metadata={
            "label": "团组织", "widget": "select"},
            validate=validate.OneOf(list(places), labels=list(places.values())))})
        return made()


class Nominate(Strict):
    volunteer_no = ascii_id("[0-9]{16}", required=True, metadata={
        "label": "志愿者编号", "inputmode": "numeric", "autocomplete": "off", "hint": "16 位，见志愿者名册。"})
    deeds = nameless(10, 1000, required=True, metadata={
        "label": "推荐事迹", "widget": "textarea", "hint": f"10 至 1000 字，公示时对外显示。{NO_NAMES}"})

    @classmethod
    def among(cls, campaigns: dict[uuid.UUID, str]) -> "Strict":
        """With the campaigns that take nominations today."""
        made: Any = cls.from_dict({"campaign_id": fields.UUID(required=True, metadata={
            "label": "评定批次", "widget": "select"},
            validate=validate.OneOf(list(campaigns), labels=list(campaigns.values())))})
        return made()


class Deeds(Strict):
    deeds = nameless(10, 1000, required=True, metadata={
        "label": "推荐事迹", "widget": "textarea", "hint": f"10 至 1000 字，公示时对外显示。{NO_NAMES}"})


class Reason(Strict):
    reason = nameless(2, 500, required=True, metadata={
        "label": "理由", "widget": "textarea", "hint": f"本人和推荐单位都会看到。{NO_NAMES}"})


class Listing(Strict):
    document_no = own.text(1, 100, required=True, metadata={"label": "文号", "hint": "例如：赣青发〔2026〕1号。"})
    valid_from = fields.Date(required=True, metadata={"label": "生效日期", "hint": "不早于今天和公示结束日。"})
    valid_to = fields.Date(required=True, metadata={"label": "失效日期（含当日）"})


class Objection(Strict):
    text = own.text(10, 1000, required=True, metadata={
        "label": "异议的事实和理由", "widget": "textarea", "hint": "10 至 1000 字，只给复核人员看，每次查看留痕。"})
    contact = own.text(0, 100, metadata={
        "label": "联系方式（选填）", "autocomplete": "off", "hint": "加密保存，只用于核实；办结后按期删除。"})


class Settle(Strict):
    outcome = fields.String(required=True, metadata={"label": "结论"}, validate=validate.OneOf(
        ["dismissed", "upheld"], labels=["异议不成立，公示继续", "异议成立，不予认定"]))
    answer = nameless(2, 500, required=True, metadata={
        "label": "复核理由", "widget": "textarea", "hint": NO_NAMES})


class Hearing(Strict):
    cause = nameless(2, 500, required=True, metadata={
        "label": "拟移出的事实和理由", "widget": "textarea", "hint": f"本人会看到。{NO_NAMES}"})
    legal_ground = own.text(2, 200, required=True, metadata={"label": "依据", "hint": "文件名称和条款。"})


class Answer(Strict):
    text = own.text(2, 2000, required=True, metadata={
        "label": "陈述申辩内容", "widget": "textarea", "hint": "照本人书面或口头陈述记录，加密保存。"})


class Decide(Strict):
    outcome = fields.String(required=True, metadata={"label": "决定"}, validate=validate.OneOf(
        ["keep", "remove"], labels=["保留在名单内", "移出名单"]))
    reason = nameless(2, 500, required=True, metadata={
        "label": "理由", "widget": "textarea", "hint": f"本人会看到。{NO_NAMES}"})
