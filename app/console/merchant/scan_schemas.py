"""What the scan page takes."""

import re
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.kernel.fields import ascii_id, text
from app.kernel.http import Strict

LONGEST_CODE = 900  # an offline proof is a long one
NUMBER = r"[0-9A-Za-z_-]{1,64}"
MOMENT = r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z"


class Yuan(fields.Field[int]):
    """Money as people type it, "12.5"; loads to fen."""

    FORM = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        found = self.FORM.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("请填写金额，单位为元，最多两位小数，例如 12.50。")
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


class Instant(fields.String):
    """A moment as browsers write it: RFC 3339 in UTC; loads to a datetime."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(MOMENT, value):
            raise ValidationError("须为带时区的时间，例如 2026-11-23T01:30:00Z。")
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise ValidationError("没有这个时间。") from None


class Placed(Strict):
    """A manager says in which store; a clerk's is known, whatever is sent."""

    store = ascii_id(NUMBER)


class Look(Placed):
    code = text(1, LONGEST_CODE, required=True)


class Use(Placed):
    number = ascii_id(NUMBER, required=True)
    entitlement_no = ascii_id(NUMBER, required=True)
    service_id = ascii_id(r"[0-9a-f]{32}", required=True)
    original, paid = Yuan(), Yuan()


class Upload(Placed):
    number = ascii_id(NUMBER, required=True)
    service_id = ascii_id(r"[0-9a-f]{32}", required=True)
    proof = text(1, LONGEST_CODE, required=True)
    redeemed_at = Instant(required=True)
    original, paid = Yuan(), Yuan()


class BringBack(Strict):
    owed = Yuan(load_default=0, metadata={"label": "应付金额（元）", "hint": "没有费用就不填。", "inputmode": "decimal",
                                          "autocomplete": "off"})
    note = fields.String(validate=validate.Length(1, 200), metadata={
        "label": "备注", "hint": "例如：雨伞完好。不要写入个人信息。", "autocomplete": "off"})


def fits(number: str) -> bool:
    """Whether this could be a number, or a store's code."""
    return re.fullmatch(NUMBER, number) is not None
