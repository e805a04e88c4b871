"""Fields that the schemas of several doors share."""

import re
from datetime import datetime
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from app.kernel import clock

NUMBERS = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9}")


class ShanghaiTime(fields.DateTime):
    """RFC 3339 with Shanghai's offset, whole seconds."""

    def __init__(self, **more: Any) -> None:
        metadata = {"format": "date-time", "example": "2026-11-23T09:30:00+08:00", **more.pop("metadata", {})}
        super().__init__(format="iso", metadata=metadata, **more)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str | None:
        return clock.rfc3339(value) if isinstance(value, datetime) else None


class Whole(fields.Integer):
    """A whole number in a query: ASCII digits, perhaps behind a minus; int() alone takes ٣, 1_0 and +1 too."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Truth(fields.Boolean):
    """true or false, and nothing that might be meant so: not 1, not "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class File(Upload):
    """An uploaded file; loads to werkzeug's FileStorage."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise ValidationError("Not a valid file.")
        return value


def text(low: int, high: int, **more: Any) -> fields.String:
    """A text of `low` to `high` characters, any script, kept as it is."""
    return fields.String(validate=validate.Length(low, high), **more)


def nameless(low: int, high: int, **more: Any) -> fields.String:
    """The same, refused where it holds what looks like an identity number or a mobile number."""
    return fields.String(validate=[validate.Length(low, high), _no_numbers], **more)


def _no_numbers(value: str) -> None:
    if NUMBERS.search(re.sub(r"[\s-]", "", value)):
        raise ValidationError("请删去证件号码、手机号。")


def _no_number(value: str) -> None:
    if NUMBERS.fullmatch(re.sub(r"[_-]", "", value)):
        raise ValidationError("请删去证件号码、手机号。")


def ascii_id(pattern: str, **more: Any) -> fields.String:
    """An identifier that must match the whole pattern, ASCII only."""
    return fields.String(validate=validate.Regexp(rf"^(?:{pattern})\Z"), **more)


def nameless_id(pattern: str, **more: Any) -> fields.String:
    """The same of a person, refused where all of it looks like an identity number or a mobile number."""
    return fields.String(validate=[validate.Regexp(rf"^(?:{pattern})\Z"), _no_number], **more)
