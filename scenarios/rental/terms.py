"""What an operator sets for an offer of deposit-free rental."""

from marshmallow import Schema, fields, validate

ITEMS = ("power_bank", "umbrella", "wheelchair", "bicycle", "car", "housing", "other")
ITEM_NAMES = ("充电宝", "雨伞", "轮椅", "自行车", "汽车", "住房", "其他")


class Terms(Schema):
    """The terms; common ones (region, period, stores, quota, value) are the core's."""

    min_grade = fields.String(
        required=True,
        metadata={
            "label": "最低信用等级",
            "choices_from": "grades",
            "help": "达到或高于这一等级的市民可以免押。",
        },
    )
    item = fields.String(
        required=True, validate=validate.OneOf(ITEMS, labels=ITEM_NAMES), metadata={"label": "租借物品"}
    )
    deposit_ceiling_fen = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 10_000_000),
        metadata={
            "label": "免押上限",
            "unit": "分",
            "help": "每笔订单免除的押金（风险金）不超过这个数额。",
        },
    )
    max_days = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 366),
        metadata={
            "label": "最长租期",
            "unit": "天",
            "help": "从交付时起算，每天按 24 小时计。",
        },
    )
    grace_hours = fields.Integer(
        load_default=24,
        strict=True,
        validate=validate.Range(0, 24 * 30),
        metadata={
            "label": "宽限时间",
            "unit": "小时",
            "help": "到期后这段时间内归还不算逾期。",
        },
    )
    objection_days = fields.Integer(
        load_default=5,
        strict=True,
        validate=validate.Range(5, 30),
        metadata={
            "label": "异议期",
            "unit": "工作日",
            "help": "提醒之后，市民可以归还或提出异议的时间，不少于 5 个工作日。",
        },
    )
    max_open = fields.Integer(
        load_default=3,
        strict=True,
        validate=validate.Range(1, 20),
        metadata={
            "label": "同时租借上限",
            "unit": "件",
            "help": "同一市民在本场景中未完结的租借不超过这个数量。",
        },
    )
    hold_minutes = fields.Integer(
        load_default=120,
        strict=True,
        validate=validate.Range(10, 7 * 24 * 60),
        metadata={
            "label": "取用时限",
            "unit": "分钟",
            "help": "申领后多久内不取用就自动退回名额。",
        },
    )


EXAMPLES = (
    {"min_grade": "A", "item": "power_bank", "deposit_ceiling_fen": 9900, "max_days": 3},
    {
        "min_grade": "AA",
        "item": "car",
        "deposit_ceiling_fen": 500_000,
        "max_days": 30,
        "grace_hours": 2,
        "objection_days": 10,
        "max_open": 1,
        "hold_minutes": 1440,
    },
)
