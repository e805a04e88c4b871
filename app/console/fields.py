"""Fields of the console's forms that read what people type: yuan, one entry a line."""

import re
from typing import Any

from marshmallow import ValidationError, fields

YUAN = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


class Yuan(fields.Field[int]):
    """An amount such as 12.5, loaded to fen."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int:
        found = YUAN.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("须为金额，例如 99 或 12.50。")
        return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


class Lines(fields.Field[list[str]]):
    """A text with an entry in each line, loaded to the entries; empty lines don't count."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[str]:
        if not isinstance(value, str):
            raise ValidationError("须为文字。")
        return [line.strip() for line in value.splitlines() if line.strip()]


def yuan_of(fen: int | None) -> str:
    """Fen as such a field takes them."""
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"
