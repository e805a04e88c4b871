"""Replaying: any decision can be given again, and what was tampered with or changed by stealth is named."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.benefits import deciding, facts, offers, queries, replaying
from app.benefits.replaying import Outcome
from app.identity import erasing, numbers, sealing
from app.identity import queries as citizens
from app.scenario.access import scenarios
from app.scenario.contract import AllOf, AnyOf, AtLeast, AtMost, Contains, Equals, OneOf
from tests.benefits import ground

pytestmark = pytest.mark.usefixtures("inside")
SCALE = ["AAA", "AA", "A", "B", "C", "D"]
WHYS = st.sampled_from(["too_low", "too_many", "elsewhere"])
NUMBERS = st.integers(-3, 60)
LEAVES = st.one_of(
    st.builds(AtLeast, st.just("credit.grade"), st.sampled_from([*SCALE, "NONE", "Z"]), why=WHYS),
    st.builds(AtLeast, st.just("citizen.age"), NUMBERS, why=WHYS),
    st.builds(AtMost, st.just("usage.count_open"), NUMBERS, why=WHYS),
    st.builds(Equals, st.just("volunteer.outstanding"), st.booleans(), why=WHYS),
    st.builds(OneOf, st.just("citizen.region"), st.lists(st.sampled_from(["360000", "360100", "360102"]), min_size=1),
              why=WHYS),
    st.builds(Contains, st.just("credit.red_lists"), st.sampled_from(["x", "y"]), why=WHYS))
CONDITIONS = st.lists(st.recursive(LEAVES, lambda inner: st.one_of(
    st.lists(inner, min_size=1, max_size=3).map(lambda of: AllOf(*of)),
    st.builds(lambda of, why: AnyOf(*of, why=why), st.lists(inner, min_size=1, max_size=3), WHYS)),
    max_leaves=5), min_size=1, max_size=3).map(tuple)
FACTS = st.fixed_dictionaries({
    "credit.grade": st.sampled_from([*SCALE, "NONE"]), "citizen.age": NUMBERS, "usage.count_open": NUMBERS,
    "volunteer.outstanding": st.booleans(), "citizen.region": st.sampled_from(["360102", "360200", "110101"]),
    "credit.red_lists": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3)})


def outcomes() -> list[tuple[Outcome, str]]:
    return [(each.outcome, each.why) for each in replaying.replay()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions=CONDITIONS, known=FACTS, missing=st.sets(st.sampled_from(sorted(
    ["credit.grade", "citizen.age", "usage.count_open", "credit.red_lists"]))))
def test_any_decision_given_again_is_the_same(inside: Any, db: psycopg.Connection, conditions: Any,
                                              known: dict[str, Any], missing: set[str]) -> None:
    """For any rules and facts, unknown ones too. Fails where a part of what was evaluated isn't kept
    (tried: keeping only the facts that are known, the scale left out).
    """
    db.execute("DELETE FROM decisions")
    seen = {name: value for name, value in known.items() if name not in missing}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offers, "conditions", lambda _: conditions)
        patch.setattr(facts, "gather", lambda *_: seen)
        patch.setattr(facts, "asks_platform", lambda _: False)
        offer, lin = _pair()
        decision = deciding.may_have(lin, offer.id)
        again, = replaying.replay(decision.id)
    assert again == replaying.Replayed(decision.id, Outcome.SAME)


def test_every_kind_of_decision_replays(db: psycopg.Connection) -> None:
    """Yes, no, restricted, without consents; in batches, each once, in the order they were made."""
    offer = ground.offer()
    for number, known in enumerate(({"grade": "A"}, {"grade": "D"}, {"restricted": True})):
        deciding.may_have(ground.ready(number, offer, **known), offer.id)
    deciding.may_have(ground.person(9), offer.id)
    assert [each[0] for each in outcomes()] == [Outcome.SAME] * 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaying, "BATCH", 3)
        ids = [each.decision_id for each in replaying.replay()]
    assert ids == [row[0] for row in db.execute("SELECT id FROM decisions ORDER BY id").fetchall()]


@pytest.mark.parametrize("change", [
    "eligible = NOT eligible", "unmet = '{too_many_open}'", "scale = '{D,C,B,A,AA,AAA}'",
    """conditions = replace(conditions::text, '"A"', '"C"')::jsonb""", "conditions = '[]'",
    "facts_sealed = set_byte(facts_sealed, 30, 255 - get_byte(facts_sealed, 30))"])
def test_what_was_changed_is_found(db: psycopg.Connection, change: str) -> None:
    """A changed answer, reason, scale, rule or fact differs; none of them is believed."""
    offer = ground.offer()
    deciding.may_have(ground.ready(1, offer, grade="B"), offer.id)
    db.execute(f"UPDATE decisions SET {change}")  # noqa: S608
    (outcome, why), = outcomes()
    assert outcome is Outcome.DIFFERS
    assert why
    assert "facts" not in why


def test_facts_moved_to_another_persons_decision_do_not_open(db: psycopg.Connection) -> None:
    """The seal is bound to the person."""
    offer = ground.offer()
    deciding.may_have(ground.ready(1, offer, grade="A"), offer.id)
    deciding.may_have(ground.ready(2, offer, grade="D"), offer.id)
    db.execute("UPDATE decisions d SET facts_sealed = (SELECT o.facts_sealed FROM decisions o WHERE o.id <> d.id)")
    assert [each[0] for each in outcomes()] == [Outcome.DIFFERS] * 2


def test_rules_that_changed_without_a_new_version_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Today's rules of the same version must answer the same; a new version is a matter of its own."""
    offer = ground.offer()
    deciding.may_have(ground.ready(1, offer, grade="A"), offer.id)
    stricter = (AtLeast("credit.grade", "AAA", why="grade_too_low"),)
    monkeypatch.setattr(offers, "conditions", lambda _: stricter)
    (outcome, why), = outcomes()
    assert outcome is Outcome.DIFFERS
    assert "today" in why
    monkeypatch.setattr(type(scenarios()["rental"]), "rule_version", lambda *_: "2.0.0+other")
    assert outcomes() == [(Outcome.SAME, "")]


def test_who_left_took_the_facts_along(db: psycopg.Connection) -> None:
    """An erased citizen's decisions are told apart: nothing to compare, nothing amiss."""
    offer = ground.offer()
    lin = ground.ready(1, offer)
    deciding.may_have(lin, offer.id)
    erasing.erase(lin.id)
    assert outcomes() == [(Outcome.ERASED, "")]


def test_the_command_says_what_differs(app: Any, db: psycopg.Connection) -> None:
    """Status 0 while all is the same, 1 on any difference and for a decision that isn't there."""
    offer = ground.offer()
    decision = deciding.may_have(ground.ready(1, offer), offer.id)
    run = app.test_cli_runner().invoke
    fine = run(args=["benefits", "replay"])
    assert (fine.exit_code, fine.output) == (0, "same: 1, differs: 0, erased: 0\n")
    db.execute("UPDATE decisions SET eligible = NOT eligible")
    amiss = run(args=["benefits", "replay", "--decision", str(decision.id)])
    assert amiss.exit_code == 1
    assert str(decision.id) in amiss.output
    assert run(args=["benefits", "replay", "--decision", str(offer.id)]).exit_code == 1


def _pair() -> tuple[Any, Any]:
    """One offer and one person for all examples."""
    offer = queries.offer_by_code("T-property")
    if offer is None:
        offer = ground.voucher(code="T-property")
        return offer, ground.ready(1, offer)
    first = "36010219960307001"
    return offer, citizens.by_identity_index(sealing.identity_index(first + numbers.check_digit(first)))
