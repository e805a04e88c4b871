"""scenario.toml: who the scenario is, which doors its moves answer, and its words."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from marshmallow import Schema, ValidationError, fields, post_load, validate

from app.scenario.contract import Kind, Outcome, Role
from app.scenario.facts import GRADE_SCOPE, USAGE_SCOPE, VOLUNTEER_SCOPE

SCOPES = (GRADE_SCOPE, VOLUNTEER_SCOPE, USAGE_SCOPE)

DOORS: Mapping[str, Role] = {
    "redemption": Role.MERCHANT,
    "completion": Role.MERCHANT,
    "reversal": Role.MERCHANT,
    "billing": Role.MERCHANT,
    "calling_off": Role.MERCHANT,
    "cancellation": Role.CITIZEN,
    "expiry": Role.CLOCK,
    "breach": Role.CLOCK,
    "objection": Role.CITIZEN,
    "submission": Role.CITIZEN,
    "acceptance": Role.MERCHANT,
    "supplement": Role.MERCHANT,
    "resubmission": Role.CITIZEN,
    "fulfilment": Role.MERCHANT,
    "rejection": Role.MERCHANT,
}
"""The doors of the core and who comes through each."""

_ALWAYS = frozenset({"cancellation", "expiry"})
WANTED_DOORS: Mapping[Kind, frozenset[str]] = {
    Kind.VOUCHER: _ALWAYS | {"redemption", "reversal"},
    Kind.ORDER: _ALWAYS | {"redemption", "completion", "reversal"},
    Kind.APPLICATION: _ALWAYS | {"submission", "acceptance", "fulfilment", "rejection"},
}


class ManifestErrors(Exception):
    """All that is wrong with a scenario.toml."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("; ".join(errors))


@dataclass(frozen=True, slots=True)
class Word:
    """A no, in words for the citizen: what wasn't met, on what legal ground, what would change it."""

    message: str
    legal_ground: str
    how: str


@dataclass(frozen=True, slots=True)
class Doors:
    """Which move the core makes at each of its doors; None where the scenario has none there."""

    redemption: str | None = None
    completion: str | None = None
    reversal: str | None = None
    billing: str | None = None
    calling_off: str | None = None
    cancellation: str | None = None
    expiry: str | None = None
    breach: str | None = None
    objection: str | None = None
    submission: str | None = None
    acceptance: str | None = None
    supplement: str | None = None
    resubmission: str | None = None
    fulfilment: str | None = None
    rejection: str | None = None

    def items(self) -> list[tuple[str, str]]:
        """The doors that lead somewhere, with their moves."""
        return [(door, getattr(self, door)) for door in DOORS if getattr(self, door) is not None]


@dataclass(frozen=True, slots=True)
class Commitment:
    """One version of the undertaking that a citizen signs; `digest` is SHA-256 of the UTF-8 `text`."""

    version: str
    text: str = field(repr=False)
    digest: str
    public: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """scenario.toml as read; labels of `states` and `moves` are Chinese, by name."""

    id: str
    version: str
    name: str
    name_en: str
    kind: Kind
    summary: str
    purpose: str
    ordinary_way: str
    legal_ground: str
    reports: frozenset[Outcome]
    doors: Doors
    states: Mapping[str, str]
    moves: Mapping[str, str]
    words: Mapping[str, Word]
    scopes: frozenset[str] = frozenset()
    commitments: tuple[Commitment, ...] = ()
    hold_minutes: int | str | None = None
    yearly: bool = False


def read(folder: Path) -> Manifest:
    """The manifest in `folder`; ManifestErrors names everything that is wrong with it."""
    try:
        data = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ManifestErrors([f"scenario.toml can't be read: {error}"]) from error
    try:
        loaded = cast(dict[str, Any], _Manifest().load(data))
    except ValidationError as error:
        raise ManifestErrors([f"scenario.toml: {line}" for line in flatten(error.messages)]) from error
    loaded["commitments"] = tuple(_commitment(folder, **entry) for entry in loaded.get("commitments", ()))
    return Manifest(**loaded)


def flatten(messages: object, path: str = "") -> list[str]:
    """marshmallow's nested messages as lines, each with the path of its field."""
    if isinstance(messages, dict):
        deeper = ((f"{path}.{key}".lstrip("."), value) for key, value in messages.items())
        return [line for where, value in deeper for line in flatten(value, where)]
    if isinstance(messages, list):
        return [line for value in messages for line in flatten(value, path)]
    return [f"{path}: {messages}"]


def _commitment(folder: Path, version: str, file: str, sha256: str, public: bool) -> Commitment:
    try:
        text = (folder / file).read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestErrors([f"the commitment's text {file} can't be read"]) from error
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != sha256:
        raise ManifestErrors([f"{file} has the digest {digest}, not that declared: new text, new version"])
    return Commitment(version, text, digest, public)


# -- form ---------------------------------------------------------------------------------------------

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def _named(pattern: str) -> Any:
    """Matches the whole text: marshmallow's Regexp alone would take a line break at the end."""

    def check(value: str) -> None:
        if re.fullmatch(pattern, value, re.ASCII) is None:
            raise ValidationError(f"{value!r} is not of the form {pattern}")

    return check


def _name(value: str) -> None:
    if _NAME.fullmatch(value) is None:
        raise ValidationError(f"{value!r} is no name: small letters, digits and underscores, at most 32")


def _text(limit: int = 200) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(1, limit), _not_blank])


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ValidationError("is blank")


class _Word(Schema):
    message, legal_ground, how = _text(), _text(), _text()

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> Word:
        return Word(**data)


class _Doors(Schema):
    class Meta:
        include = {door: fields.String(validate=_name) for door in DOORS}  # noqa: RUF012 (marshmallow's own way)

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> Doors:
        return Doors(**data)


class _Commitment(Schema):
    version = fields.String(required=True, validate=_named(r"[0-9A-Za-z.\-]{1,20}"))
    file = fields.String(required=True, validate=_named(r"[0-9A-Za-z_\-][0-9A-Za-z._\-]{0,63}"))
    sha256 = fields.String(required=True, validate=_named(r"[0-9a-f]{64}"))
    public = fields.Boolean(required=True)


class _Hold(fields.Field[Any]):
    """Minutes, or the name of the term that says them."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int | str:
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 60 * 24 * 31:
            return value
        raise ValidationError("is a count of minutes (at most 31 days) or the name of a term")


class _Manifest(Schema):
    id = fields.String(required=True, validate=_name)
    version = fields.String(required=True, validate=_named(r"\d{1,4}\.\d{1,4}\.\d{1,4}"))
    name, name_en, summary, purpose, ordinary_way, legal_ground = (_text() for _ in range(6))
    kind = fields.Enum(Kind, by_value=True, required=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)))
    reports = fields.List(fields.Enum(Outcome, by_value=True), required=True, validate=validate.Length(1))
    doors = fields.Nested(_Doors, required=True)
    states = fields.Dict(fields.String(validate=_name), _text(20), required=True)
    moves = fields.Dict(fields.String(validate=_name), _text(20), required=True)
    words = fields.Dict(fields.String(validate=_name), fields.Nested(_Word), required=True)
    commitments = fields.List(fields.Nested(_Commitment))
    hold_minutes = _Hold()
    yearly = fields.Boolean()

    @post_load
    def freeze(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        return data | {"reports": frozenset(data["reports"]), "scopes": frozenset(data.get("scopes", ()))}
