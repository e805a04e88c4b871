"""Forms out of marshmallow schemas: labels, kept inputs, what is wrong in Chinese beside its field.

A field's metadata: `label`, `hint`, `widget` (password, textarea, hidden, file), `autocomplete`, `placeholder`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from app.kernel import messages
from app.kernel.errors import Refusal

TOKEN = "csrf_token"  # noqa: S105 (the name of a field)
UNKEPT = {"password", "file"}
KINDS: tuple[tuple[type[fields.Field], str], ...] = (
    (Upload, "file"), (fields.Boolean, "checkbox"), (fields.Integer, "number"), (fields.DateTime, "datetime-local"),
    (fields.Date, "date"), (fields.Email, "email"))


@dataclass(frozen=True)
class Input:
    """One field as its template needs it."""

    name: str
    label: str
    kind: str
    value: Any = field(repr=False)
    errors: list[str]
    required: bool
    choices: list[tuple[str, str]]
    told: Mapping[str, Any]  # the metadata
    longest: int | None


class Form:
    """`if request.method == "POST" and form.submit(given, lambda data: verb(**data)): go on`, else show it again."""

    def __init__(self, schema: Schema, values: Mapping[str, Any] | None = None) -> None:
        self.schema, self.alert = schema, ""
        self.result: Any = None
        self.errors: dict[str, list[str]] = {}
        self.given: dict[str, Any] = dict(values or {})
        self.failed = False
        self.status = 200

    def submit(self, given: MultiDict[str, Any], verb: Callable[[dict[str, Any]], Any]) -> bool:
        """Check what was sent and call the verb with it; whether that was done. Its result is in `result`.

        What the schema refuses stands beside its field, what the verb refuses above all; inputs are kept.
        """
        self.given = {name: given.getlist(name) if isinstance(self.schema.fields.get(name), fields.List)
                      else given[name] for name in given if name != TOKEN}
        try:
            self.result = verb(self._loaded(given))
        except ValidationError as wrong:
            told = messages.told(wrong.normalized_messages(), english=False)
            self.errors = {name: _flat(words) for name, words in told.items() if name in self.schema.fields}
            other = [word for name, words in told.items() if name not in self.schema.fields for word in _flat(words)]
            self.alert = " ".join(other) or "提交的内容有误，请按提示修改后再试。"
            self.failed, self.status = True, 422
        except Refusal as no:
            errors = no.errors or {}
            told = messages.told(errors.get("json", errors), english=False)  # as JSON doors tell them, too
            self.errors = {name: _flat(words) for name, words in told.items() if name in self.schema.fields}
            self.alert, self.failed, self.status = no.detail, True, no.status
        return not self.failed

    @property
    def inputs(self) -> list[Input]:
        return [self._input(name, each) for name, each in self.schema.fields.items() if not each.dump_only]

    @property
    def has_file(self) -> bool:
        return any(isinstance(each, Upload) for each in self.schema.fields.values())

    def _loaded(self, given: MultiDict[str, Any]) -> dict[str, Any]:
        for name, values in given.lists():
            several = isinstance(self.schema.fields.get(name), fields.List)
            if len(values) > 1 and not several:
                raise ValidationError({name: ["重复出现。"]})
            if any("\x00" in text or "\ufffd" in text for text in (name, *values) if isinstance(text, str)):
                raise ValidationError({name: ["含有不能接受的字符。"]})
        filled = {name: value for name, value in self.given.items() if not _empty(value)}
        for name, each in self.schema.fields.items():
            if isinstance(each, fields.Boolean):
                filled.setdefault(name, False)  # browsers don't send a box that isn't ticked
        loaded: dict[str, Any] = self.schema.load(filled)
        return loaded

    def _input(self, name: str, each: fields.Field[Any]) -> Input:
        told = each.metadata
        choices = _choices(each)
        kind = told.get("widget") or ("select" if choices else next(
            (kind for type_, kind in KINDS if isinstance(each, type_)), "text"))
        if kind == "select" and isinstance(each, fields.List):
            kind = "checkboxes"
        default = each.load_default if isinstance(each.load_default, str | int | bool) else ""
        value = "" if kind in UNKEPT else self.given.get(name, default if not self.failed else "")
        longest = next((check.max for check in each.validators if isinstance(check, validate.Length)), None)
        return Input(name, told.get("label", name), kind, value, self.errors.get(name, []), each.required, choices,
                     told, longest)


def _choices(each: fields.Field[Any]) -> list[tuple[str, str]]:
    inner = each.inner if isinstance(each, fields.List) else each
    for check in inner.validators:
        if isinstance(check, validate.OneOf):
            labels = list(check.labels) or [str(choice) for choice in check.choices]
            return [(str(choice), label) for choice, label in zip(check.choices, labels, strict=True)]
    return []


def _empty(value: Any) -> bool:
    return value == "" or (hasattr(value, "filename") and not value.filename)


def _flat(words: Any) -> list[str]:
    if isinstance(words, Mapping):
        return [text for inner in words.values() for text in _flat(inner)]
    return [text for inner in words for text in _flat(inner)] if isinstance(words, list | tuple) else [str(words)]
