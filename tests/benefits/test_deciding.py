"""Deciding: on exactly the facts that the rules read, under live consents, with reasons in words."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.benefits import claiming, deciding, facts, offers
from app.benefits.models import Decision
from app.consent import granting
from app.credit import facts as credit
from app.credit import grades, keeping
from app.credit.errors import PlatformUnavailable
from app.identity import facts as identity
from app.identity import sealing
from app.kernel import clock
from app.kernel.db import transaction
from app.scenario.access import scenarios
from app.scenario.contract import AllOf, AtLeast, AtMost, OneOf
from app.volunteers import facts as volunteers
from app.volunteers import registering
from app.volunteers.service import hours
from tests.benefits import ground

pytestmark = pytest.mark.usefixtures("inside")


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in deciding.reasons(decision)]


@pytest.mark.parametrize(("grade", "eligible"), [("AAA", True), ("A", True), ("B", False), ("D", False),
                                                 ("NONE", False)])
def test_the_grade_decides(grade: str, eligible: bool) -> None:
    """From A on; the platform's NONE satisfies nothing."""
    offer = ground.offer()
    decision = deciding.may_have(ground.ready(1, offer, grade=grade), offer.id)
    assert decision.eligible is eligible
    assert codes(decision) == ([] if eligible else ["GRADE_TOO_LOW"])


def test_xu_under_restriction_is_told_why_and_how_to_repair() -> None:
    """Our own condition stands beside the scenario's, on offers that read credit only."""
    offer, stars = ground.offer(), ground.voucher(terms={"by": "stars", "min_stars": 1, "benefit": "free"})
    xu = ground.ready(1, offer, grade="AAA", restricted=True)
    reason, = deciding.reasons(deciding.may_have(xu, offer.id))
    assert reason.code == "RESTRICTED"
    assert "信用修复" in reason.how
    assert offers.RESTRICTED not in offers.conditions(stars)


def test_every_unmet_condition_gives_its_reason(db: psycopg.Connection) -> None:
    """Restricted, grade too low and too many open: three reasons, each in words, in the rules' order."""
    offer = ground.offer(terms={**ground.RENTAL, "max_open": 1})
    lin = ground.ready(1, offer)
    claiming.claim(lin, offer.id, None, None)
    ground.answered(lin, grade="C", restricted=True)
    decision = deciding.may_have(lin, offer.id)
    assert codes(decision) == ["RESTRICTED", "GRADE_TOO_LOW", "TOO_MANY_OPEN"]
    for reason in deciding.reasons(decision):
        assert reason.message
        assert reason.legal_ground
        assert reason.how
        assert reason.appeal is True


def test_every_word_of_ours_is_there() -> None:
    """Built-in reasons have words as the scenarios' have, and no scenario uses their names for its own."""
    for why, word in deciding.BUILT_IN.items():
        assert word.message
        assert word.legal_ground
        assert word.how
        assert all(why not in each.manifest.words for each in scenarios().values())


def test_only_what_the_rules_read_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Least disclosure: a rental asks nobody for stars, age or region. Fails where gather asks every source."""
    asked: list[str] = []
    sources = (("credit", credit, "facts_and_restriction"), ("volunteers", volunteers, "facts"),
               ("identity", identity, "facts"))
    for name, module, verb in sources:
        true = getattr(module, verb)
        monkeypatch.setattr(module, verb, lambda citizen, name=name, true=true: asked.append(name) or true(citizen))
    offer = ground.offer()
    lin = ground.ready(1, offer)
    assert set(facts.gather(lin, offer)) == {"credit.grade", "credit.restricted", "usage.count_open"}
    assert asked == ["credit"]
    stars = ground.voucher(terms={"by": "stars", "min_stars": 1, "benefit": "free"})
    asked.clear()
    assert facts.gather(lin, stars) == {"volunteer.stars": 0}
    assert asked == ["volunteers"]


def test_facts_of_our_own(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Age, region, open entitlements and breaches on record, each from its place."""
    rules = AllOf(AtLeast("citizen.age", 18, why="a"), OneOf("citizen.region", ["360100"], why="b"),
                  AtMost("usage.count_open", 5, why="c"), AtMost("usage.breached", 0, why="d"))
    offer = ground.voucher()
    lin = ground.ready(1, offer)
    got = [claiming.claim(lin, offer.id, None, None) for _ in range(3)]
    db.execute("UPDATE entitlements SET valid_to = now() WHERE id = %s", (got[0].id,))
    _breach(db, got[1].id, "U1", None)
    _breach(db, got[2].id, "U2", None)
    monkeypatch.setattr(offers, "conditions", lambda _: (rules,))
    assert facts.gather(lin, offer) == {"citizen.age": 30, "citizen.region": "360102", "usage.count_open": 2,
                                        "usage.breached": 2}
    _breach(db, got[2].id, "U3", "U2")
    assert facts.gather(lin, offer)["usage.breached"] == 1


def test_stars_and_hours_of_a_volunteer() -> None:
    """Ji has the hours; the consent is to volunteer.read, and the platform isn't asked at all."""
    offer = ground.voucher(terms={"by": "hours", "min_hours": 100, "benefit": "free"})
    ji = ground.person(5)
    number = sealing.id_number_of(ji)
    volunteer = registering.register("示例5", number, "360100")
    hours.add(volunteer.id, activity="社区服务", served_on=clock.today(), minutes=99 * 60 + 59, source="test")
    assert [need.scope for need in offers.needs(offer)] == ["volunteer.read", "usage.report"]
    ground.agrees(ji, offer)
    assert codes(deciding.may_have(ji, offer.id)) == ["HOURS_TOO_FEW"]
    hours.add(volunteer.id, activity="社区服务", served_on=clock.today(), minutes=1, source="test")
    assert deciding.may_have(ji, offer.id).eligible is True


def test_a_missing_consent_is_an_answer_and_nothing_is_looked_at(db: psycopg.Connection,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two consents is not enough. Fails where facts are gathered before the consents are seen."""
    monkeypatch.setattr(facts, "gather", lambda *_: pytest.fail("looked without consent"))
    monkeypatch.setattr(grades, "freshen", lambda *_: pytest.fail("asked without consent"))
    offer = ground.offer()
    zhou = ground.person(1)
    for _ in range(2):
        decision = deciding.may_have(zhou, offer.id)
        assert (decision.eligible, codes(decision)) == (False, ["CONSENT_MISSING"])
        seen = json.loads(sealing.open_for(zhou, "decision.facts", decision.facts_sealed))
        assert seen["consent.usage.report"] is False
        need = offers.needs(offer)[0]
        granting.grant(zhou, need, need.text_version, need.text_digest)
    assert [need.scope for need in deciding.missing(zhou, offer)] == ["usage.report"]


def test_an_unknown_grade_is_never_a_no(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """C18: dropped or run out between freshening and deciding, it is 503 and no decision is written."""
    offer = ground.offer()
    lin = ground.ready(1, offer)
    monkeypatch.setattr(grades, "freshen", lambda *_: None)
    with transaction():
        keeping.drop(keeping.locked(lin.id))
    with pytest.raises(PlatformUnavailable):
        deciding.may_have(lin, offer.id)
    ground.answered(lin)
    later = clock.now() + timedelta(days=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(PlatformUnavailable):
        claiming.claim(lin, offer.id, None, None)
    assert db.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_a_decision_is_sealed_and_holds_what_it_takes(db: psycopg.Connection) -> None:
    """Rule version, conditions, scale in the open; facts under the citizen's key only."""
    offer = ground.offer()
    lin = ground.ready(1, offer, grade="AAA")
    decision = deciding.may_have(lin, offer.id)
    assert decision.rule_version == scenarios()["rental"].rule_version(offer.terms)
    assert decision.scale[0] == "AAA"
    assert [each["why"] for each in decision.conditions] == ["restricted", "grade_too_low", "too_many_open"]
    assert json.loads(sealing.open_for(lin, "decision.facts", decision.facts_sealed)) == {
        "credit.grade": "AAA", "credit.restricted": False, "usage.count_open": 0}
    assert db.execute("SELECT count(*) FROM decisions WHERE facts_sealed LIKE %s", (b"%AAA%",)).fetchone() == (0,)
    assert db.execute("SELECT what, consent_id IS NOT NULL FROM trail_entries ORDER BY at DESC LIMIT 1").fetchone() == (
        "eligibility.decide", True)


def _breach(db: psycopg.Connection, entitlement_id: Any, usage_no: str, corrects: str | None) -> None:
    db.execute(
        "INSERT INTO usages (id, usage_no, citizen_id, entitlement_id, ordinal, consent_id, scenario, benefit,"
        " provider_uscc, region, occurred_at, outcome, waived_fen, paid_fen, corrects, created_at)"
        " SELECT gen_random_uuid(), %s, e.citizen_id, e.id, %s, c.id, e.scenario, 'b', 'u', '360100', now(), %s, 0, 0,"
        " %s, now() FROM entitlements e JOIN consents c ON c.citizen_id = e.citizen_id AND c.scope = 'usage.report'"
        " WHERE e.id = %s LIMIT 1",
        (usage_no, 1 if corrects is None else 2, "breached" if corrects is None else "reversed", corrects,
         entitlement_id))
