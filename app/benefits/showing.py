"""Offers and entitlements in the shape that citizens read them, with the words of their scenarios."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.benefits import deciding, expiring, offers, presenting, queries, quotas
from app.benefits.models import Decision, Entitlement, Offer, Step
from app.benefits.reoffering import Again
from app.consent.needs import Need
from app.credit import scale
from app.identity.queries import Citizen
from app.kernel import clock
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.contract import Role
from app.scenario.facts import FACTS
from app.scenario.life import next_moves
from app.scenario.scenario import Scenario

HREFS = {"cancellation": "/api/v1/entitlements/{id}/cancellation",
         "submission": "/api/v1/applications/{id}/commitment",
         "resubmission": "/api/v1/applications/{id}/documents",
         "objection": "/api/v1/appeals"}


def scenario_list() -> list[dict[str, Any]]:
    """Every scenario that is installed, by its id."""
    return [{"id": each.id, "name": each.manifest.name, "name_en": each.manifest.name_en, "kind": each.kind.value,
             "summary": each.manifest.summary, "ordinary_way": each.manifest.ordinary_way,
             "legal_ground": each.manifest.legal_ground} for each in scenarios().values()]


def offer_list(rows: Sequence[Offer]) -> list[dict[str, Any]]:
    """Offers for a list: their needs without the consents' long texts."""
    providers = merchants.many({each.merchant_id for each in rows})
    return [_offer(each, providers[each.merchant_id].name) | {"needs": _needs(each, texts=False)} for each in rows]


def offer_detail(offer: Offer) -> dict[str, Any]:
    """All of an offer: its terms in words, what it needs, the form and the undertaking that it takes."""
    scenario = offers.scenario_of(offer)
    commitment = scenario.commitment(offer.terms)
    return _offer(offer, merchants.get(offer.merchant_id).name) | {
        "purpose": scenario.manifest.purpose, "ordinary_way": scenario.manifest.ordinary_way,
        "legal_ground": scenario.manifest.legal_ground, "store_codes": offer.store_codes,
        "terms": _terms(scenario, offer.terms), "form": scenario.form_fields(offer.terms),
        "needs": _needs(offer, texts=True),
        "commitment": None if commitment is None else {
            "template_version": commitment.version, "text": commitment.text, "digest": commitment.digest,
            "public": commitment.public}}


def decision(citizen: Citizen, made: Decision, offer: Offer) -> dict[str, Any]:
    """The answer to "may I?": a no comes with its reasons, and always with the ordinary way."""
    lacking = [] if deciding.asked_for_facts(made) else deciding.missing(citizen, offer)
    return {"decision_id": made.id, "eligible": made.eligible,
            "reasons": [asdict(reason) for reason in deciding.reasons(made)],
            "missing_consents": [need.shown() for need in lacking],
            "ordinary_way": offers.scenario_of(offer).manifest.ordinary_way}


def news(found: Sequence[Again]) -> list[dict[str, Any]]:
    """What a citizen may want to do, now that something has changed."""
    return [{"kind": "decide_again", "at": each.repaired_at, "offer_id": each.offer.id, "title": each.offer.title,
             "refused_at": each.refused_at, "text": f"您的信用记录已有更新，“{each.offer.title}”可以重新判定。",
             "next": {"name": "decision", "href": f"/api/v1/offers/{each.offer.id}/decisions"}} for each in found]


def entitlement(given: Entitlement) -> dict[str, Any]:
    return entitlement_list([given])[0]


def entitlement_list(rows: Sequence[Entitlement]) -> list[dict[str, Any]]:
    """Entitlements with their history and the moves that the citizen can make now; states as they are by date."""
    steps = queries.history([each.id for each in rows])
    about = queries.offers_by_id({each.offer_id for each in rows})
    providers = merchants.many({each.merchant_id for each in rows})
    return [_entitlement(each, steps[each.id]) | {"offer": {
        "id": each.offer_id, "title": about[each.offer_id].title, "provider": providers[each.merchant_id].name}}
        for each in rows]


def _offer(offer: Offer, provider: str) -> dict[str, Any]:
    scenario = offers.scenario_of(offer)
    names = ("id", "scenario", "title", "summary", "region", "opens_at", "closes_at", "valid_days", "value_fen")
    return {name: getattr(offer, name) for name in names} | {
        "scenario_name": scenario.manifest.name, "kind": scenario.kind.value, "provider": provider,
        "open": offers.is_open(offer),
        "quota": {"total": offer.quota_total, "left": quotas.left(offer), "per_day": offer.quota_per_day,
                  "per_person": offer.quota_per_person, "per_period": offer.quota_per_period,
                  "period": offer.period_kind}}


def _needs(offer: Offer, *, texts: bool) -> dict[str, Any]:
    names = sorted(offers.facts(offer))
    return {"facts": names,
            "fact_words": [{"name": name, "label": FACTS[name].label, "words": FACTS[name].words} for name in names],
            "consents": [_need(need, texts) for need in offers.needs(offer)]}


def _need(need: Need, texts: bool) -> dict[str, Any]:
    return {name: value for name, value in need.shown().items() if texts or name != "text"}


def _terms(scenario: Scenario, terms: dict[str, Any]) -> list[dict[str, str]]:
    form = scenario.terms_form(scale.labels())
    return [{"name": each["name"], "label": each["label"], "value": _value(each, terms[each["name"]])}
            for each in form if terms.get(each["name"]) is not None]


def _value(each: dict[str, Any], value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    labels = {choice["value"]: choice["label"] for choice in each["choices"] or ()}
    if isinstance(value, list):
        return "、".join(labels.get(str(entry), str(entry)) for entry in value)
    if each["unit"] == "分":
        return f"{value // 100}.{value % 100:02d} 元"
    text = labels.get(str(value), str(value))
    return f"{text} {each['unit']}" if each["unit"] else text


def _entitlement(given: Entitlement, steps: Sequence[Step]) -> dict[str, Any]:
    moment, scenario = clock.now(), scenarios()[given.scenario]
    state = expiring.state_at(given, moment)
    show = [_shown(given.id)] if presenting.presentable(given, moment) else []
    names = ("id", "entitlement_no", "scenario", "kind", "valid_from", "valid_to", "promised_at")
    return {name: getattr(given, name) for name in names} | {
        "state": state, "state_label": scenario.manifest.states[state], "final": state in scenario.life.final,
        "history": [_step(scenario, step) for step in steps], "next": [*show, *_next(scenario, state, given.id)]}


def _step(scenario: Scenario, step: Step) -> dict[str, Any]:
    return {"at": step.at, "move": step.move, "label": scenario.manifest.moves.get(step.move, "申领"), "by": step.by,
            "state": step.target, "state_label": scenario.manifest.states.get(step.target, step.target),
            "note": step.note}


def _next(scenario: Scenario, state: str, entitlement_id: uuid.UUID) -> list[dict[str, Any]]:
    """The citizen's moves from this state."""
    doors = {move: door for door, move in scenario.manifest.doors.items()}
    return [{"move": move.name, "label": scenario.manifest.moves[move.name],
              "href": HREFS.get(doors.get(move.name, ""), "").format(id=entitlement_id) or None}
             for move in next_moves(scenario.life, state, Role.CITIZEN)]


def _shown(entitlement_id: uuid.UUID) -> dict[str, Any]:
    """Showing it is no move of the table, but what most people come for."""
    return {"move": "present", "label": "出示", "href": f"/api/v1/entitlements/{entitlement_id}/presentations"}
