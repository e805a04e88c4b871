"""From a schema to a form that a page can draw, and from what was filled in to checked values."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from marshmallow import Schema, ValidationError, fields, validate

TYPES: Mapping[type, str] = {
    fields.Integer: "integer", fields.String: "text", fields.Boolean: "boolean", fields.List: "list",
}
"""The fields that a form can be made from; each loads to a value that JSON knows."""

Choices = Callable[[str], Sequence[tuple[str, str]]]
"""Gives the (value, label) pairs behind a `choices_from`."""


def describe(schema: type[Schema], choices: Choices) -> list[dict[str, Any]]:
    """The fields in their order, JSON-able.

    Each has name, label, type (integer, text, boolean, choice, list), required, min, max (of the value or the
    length), choices ([{value, label}] or None), unit, help, default; what is unknown is None.
    """
    return [_describe(name, each, choices) for name, each in schema().fields.items()]


def _describe(name: str, each: fields.Field[Any], choices: Choices) -> dict[str, Any]:
    low, high = bounds(each)
    offered = choices_of(each, choices)
    kind = TYPES[type(each)]
    pairs = None if offered is None else [{"value": value, "label": label} for value, label in offered]
    return {
        "name": name,
        "label": each.metadata["label"],
        "type": "choice" if kind == "text" and offered is not None else kind,
        "required": each.required,
        "min": low,
        "max": high,
        "choices": pairs,
        "unit": each.metadata.get("unit"),
        "help": each.metadata.get("help"),
        "default": None if callable(each.load_default) or each.required else _plain(each.load_default),
    }


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | str | list) else None


def validators(each: fields.Field[Any]) -> Sequence[object]:
    """The field's validators, marshmallow's spelling of one or many aside."""
    return each.validators


def bounds(each: fields.Field[Any]) -> tuple[int | None, int | None]:
    """The least and the greatest value, or length."""
    for check in validators(each):
        if isinstance(check, validate.Range | validate.Length):
            return cast(int | None, check.min), cast(int | None, check.max)
    return None, None


def choices_from(each: fields.Field[Any]) -> str | None:
    """Where its choices come from: `grades` (the configured scale), `commitments` (the manifest's versions)
    or `terms.<name>` (a list of the offer)."""
    inner = each.inner if isinstance(each, fields.List) else each
    return cast(str | None, inner.metadata.get("choices_from"))


def choices_of(each: fields.Field[Any], choices: Choices) -> Sequence[tuple[str, str]] | None:
    """The (value, label) pairs to choose from; None where anything may be written."""
    inner = each.inner if isinstance(each, fields.List) else each
    source = choices_from(each)
    if source is not None:
        return choices(source)
    for check in validators(inner):
        if isinstance(check, validate.OneOf):
            labels = list(check.labels) or [str(value) for value in check.choices]
            return list(zip((str(value) for value in check.choices), labels, strict=True))
    return None


def load(schema: type[Schema], raw: Mapping[str, object], choices: Choices) -> dict[str, Any]:
    """`raw` checked against the schema and its choices; marshmallow's ValidationError names the fields."""
    made = schema()
    values = cast(dict[str, Any], made.load(raw))
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        said = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and not printable(text) for text in said):
            errors[name] = ["含有不能保存的字符，请删除后重试。"]
        if choices_from(made.fields[name]) is not None and value is not None:
            allowed = {choice for choice, _ in choices_of(made.fields[name], choices) or ()}
            if not set(said) <= allowed:
                errors[name] = ["请从给出的选项中选择。"]
    if errors:
        raise ValidationError(cast(Any, errors))
    return values


def printable(text: str) -> bool:
    """Whether a database can keep it and a page show it: no controls but line breaks, no lone surrogates."""
    return all(char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in text)


def inner_fields(schema: type[Schema]) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Each field, and under the same name what a list holds."""
    for name, each in schema().fields.items():
        yield name, each
        if isinstance(each, fields.List):
            yield name, each.inner
