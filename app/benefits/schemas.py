"""What the doors of offers and entitlements take and give."""

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.kernel.fields import ShanghaiTime, ascii_id, text
from app.kernel.http import PageArgs, Strict

NAME = r"[a-z][a-z0-9_]{0,31}"
MOST = 2**53 - 1  # integers that every JSON reader keeps exact


def count(low: int = 1, **more: Any) -> fields.Integer:
    """A whole number from `low`, never a text or a fraction."""
    return fields.Integer(strict=True, validate=validate.Range(low, MOST), **more)


# -- in ------------------------------------------------------------------------------------------------------


class OfferArgs(PageArgs):
    """?scenario=&region=&q=&cursor=&limit="""

    scenario = ascii_id(NAME)
    region = ascii_id("[0-9]{6}", metadata={"description": "GB/T 2260; offers that hold there, or within it"})
    q = text(1, 40, metadata={"description": "Part of the title, the summary or the provider's name"})


class EntitlementArgs(PageArgs):
    """?state=&cursor=&limit="""

    state = ascii_id(NAME)


class ConsentIn(Strict):
    """Agreement to exactly the text of this version and digest."""

    offer_id = fields.UUID(required=True)
    scope = ascii_id(r"[a-z]+\.[a-z]+", required=True)
    text_version = ascii_id(r"[0-9A-Za-z.\-]{1,20}", required=True)
    text_digest = ascii_id("[0-9a-f]{64}", required=True)


class ClaimIn(Strict):
    """`form`: the answers to the offer's `form`, where it has one."""

    form = fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), validate=validate.Length(max=50),
                       metadata={"additionalProperties": True})


class NothingIn(Strict):
    """No members."""


class NewOffer(Strict):
    """An offer as an operator tells it; `terms` are checked by the scenario's own schema."""

    code = ascii_id(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}", required=True)
    scenario = ascii_id(NAME, required=True)
    mchid = ascii_id("[0-9]{8,10}", required=True)
    title, summary = text(1, 60, required=True), text(1, 500, required=True)
    terms = fields.Dict(required=True)
    region = ascii_id("[0-9]{6}", required=True)
    store_codes = fields.List(text(1, 64), load_default=list, validate=validate.Length(max=1000))
    opens_at, closes_at = fields.AwareDateTime(required=True), fields.AwareDateTime(required=True)
    valid_days = fields.Integer(strict=True, required=True, validate=validate.Range(1, 3660))
    value_fen = count(0, required=True)
    reversal_days = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, 366))
    quota_total, quota_per_day = count(allow_none=True), count(allow_none=True)
    quota_per_person, quota_per_period = count(allow_none=True), count(allow_none=True)
    period_kind = fields.String(load_default="month", validate=validate.OneOf(("week", "month", "year")))
    state = fields.String(load_default="live", validate=validate.OneOf(("draft", "live")))

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: object) -> None:
        """It has to be open for some time."""
        if data["closes_at"] <= data["opens_at"]:
            raise ValidationError({"closes_at": ["结束时间须晚于开始时间。"]})


# -- out -----------------------------------------------------------------------------------------------------


class Told(Schema):
    """What we say: every member is always there, but those that SOMETIMES names."""

    SOMETIMES: ClassVar[frozenset[str]] = frozenset()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """So that the contract promises what the code does."""
        field_obj.required = field_name not in self.SOMETIMES


class ScenarioOut(Told):
    id, name, name_en, kind = fields.String(), fields.String(), fields.String(), fields.String()
    summary, ordinary_way, legal_ground = fields.String(), fields.String(), fields.String()


class ScenariosOut(Told):
    items = fields.List(fields.Nested(ScenarioOut))


class FactOut(Told):
    name, label, words = fields.String(), fields.String(), fields.String()


class NeedOut(Told):
    """`text` is there on the offer's own page, not in lists."""

    SOMETIMES = frozenset({"text"})
    scope, purpose, recipient = fields.String(), fields.String(), fields.String()
    text, text_version, text_digest = fields.String(), fields.String(), fields.String()


class NeedsOut(Told):
    facts = fields.List(fields.String())
    fact_words = fields.List(fields.Nested(FactOut))
    consents = fields.List(fields.Nested(NeedOut))


class QuotaOut(Told):
    """Empty where there is no limit."""

    total, left = fields.Integer(allow_none=True), fields.Integer(allow_none=True)
    per_day, per_person = fields.Integer(allow_none=True), fields.Integer(allow_none=True)
    per_period, period = fields.Integer(allow_none=True), fields.String()


class TermOut(Told):
    name, label, value = fields.String(), fields.String(), fields.String()


class OfferOut(Told):
    id = fields.UUID()
    scenario, scenario_name, kind = fields.String(), fields.String(), fields.String()
    title, summary, provider, region = fields.String(), fields.String(), fields.String(), fields.String()
    opens_at, closes_at, open = ShanghaiTime(), ShanghaiTime(), fields.Boolean()
    valid_days, value_fen = fields.Integer(), fields.Integer()
    quota = fields.Nested(QuotaOut)
    needs = fields.Nested(NeedsOut)


class OffersOut(Told):
    items = fields.List(fields.Nested(OfferOut))
    next_cursor = fields.String(allow_none=True)


class ChoiceOut(Told):
    value, label = fields.String(), fields.String()


class FormFieldOut(Told):
    """One field of the form that a claim takes; `min` and `max` of the value or the length."""

    name, label, type, required = fields.String(), fields.String(), fields.String(), fields.Boolean()
    min, max = fields.Integer(allow_none=True), fields.Integer(allow_none=True)
    choices = fields.List(fields.Nested(ChoiceOut), allow_none=True)
    unit, help = fields.String(allow_none=True), fields.String(allow_none=True)
    default = fields.Raw(allow_none=True)


class UndertakingOut(Told):
    template_version, text, digest, public = (fields.String(), fields.String(), fields.String(),
                                              fields.Boolean())


class OfferDetailOut(OfferOut):
    purpose, ordinary_way, legal_ground = fields.String(), fields.String(), fields.String()
    store_codes = fields.List(fields.String())
    terms = fields.List(fields.Nested(TermOut))
    form = fields.List(fields.Nested(FormFieldOut))
    commitment = fields.Nested(UndertakingOut, allow_none=True)


class AgreedOut(Told):
    id, scope, recipient = fields.UUID(), fields.String(), fields.String()
    start = ShanghaiTime(data_key="from", attribute="valid_from")
    end = ShanghaiTime(data_key="to", attribute="valid_to")
    status = fields.String()


class ReasonOut(Told):
    code, message, legal_ground, how = fields.String(), fields.String(), fields.String(), fields.String()
    appeal = fields.Boolean()


class DecisionOut(Told):
    decision_id, eligible = fields.UUID(), fields.Boolean()
    reasons = fields.List(fields.Nested(ReasonOut))
    missing_consents = fields.List(fields.Nested(NeedOut))
    ordinary_way = fields.String()


class StepOut(Told):
    at, move, label = ShanghaiTime(), fields.String(), fields.String()
    by, state, state_label, note = (fields.String(), fields.String(), fields.String(),
                                    fields.String(allow_none=True))


class NextOut(Told):
    move, label, href = fields.String(), fields.String(), fields.String(allow_none=True)


class OfferBriefOut(Told):
    id, title, provider = fields.UUID(), fields.String(), fields.String()


class EntitlementOut(Told):
    id, entitlement_no = fields.UUID(), fields.String()
    offer = fields.Nested(OfferBriefOut)
    scenario, kind, state, state_label = fields.String(), fields.String(), fields.String(), fields.String()
    final = fields.Boolean()
    valid_from, valid_to = ShanghaiTime(), ShanghaiTime()
    promised_at = ShanghaiTime(allow_none=True, metadata={"description": "Until when something is due, if anything"})
    history = fields.List(fields.Nested(StepOut))
    next = fields.List(fields.Nested(NextOut))


class EntitlementsOut(Told):
    items = fields.List(fields.Nested(EntitlementOut))
    next_cursor = fields.String(allow_none=True)


class NewsNextOut(Told):
    name, href = fields.String(), fields.String()


class NewsItemOut(Told):
    kind = fields.String(validate=validate.OneOf(("decide_again",)))
    at, refused_at = ShanghaiTime(), ShanghaiTime()
    offer_id, title, text = fields.UUID(), fields.String(), fields.String()
    next = fields.Nested(NewsNextOut)


class NewsOut(Told):
    items = fields.List(fields.Nested(NewsItemOut))
