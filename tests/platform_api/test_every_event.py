"""Each type of event: once, twice, many times at once, late, malformed, about an unknown authorisation or record.

Breaks that were tried, each fails here: the row's state not looked at (duplicates); `seq` not compared; Unreadable not
caught (initiatives); a fault of ours answered by itself, unsigned. Meant too: the effect's own transaction committed
before the row's (malformed, failing).
"""

import threading
from typing import Any

import pytest

from app.appeals import disputing
from app.credit.errors import EventRefused
from app.kernel.db import transaction
from app.platform_api import views
from tests.platform_api.conftest import changed, said

ABOUT_A_PERSON = ("grade.changed", "record.repaired", "red_list.added", "red_list.removed")
TYPES = (*ABOUT_A_PERSON, "authorization.revoked", "initiative.issued", "usage.disputed")
EFFECTS = {
    "credit_grades": "SELECT sealed, grade_seq, revision, dropped_at, repaired_at FROM credit_grades",
    "consents": "SELECT id, withdrawn_at FROM consents ORDER BY id", "initiatives": "SELECT * FROM initiatives",
    "appeals": "SELECT appeal_no FROM appeals", "outbox": "SELECT id FROM outbox ORDER BY id",
    "trail": "SELECT id FROM trail_entries ORDER BY id"}


@pytest.fixture
def data(request: Any, known: Any, world: Any) -> dict[str, Any]:
    """What each type tells, beside what the sandbox fills in."""
    [paper] = world.control("GET", "/platform/authorizations")["items"]
    told: dict[str, Any] = {
        "grade.changed": changed("B"), "record.repaired": {}, "red_list.added": {"list": "one"},
        "red_list.removed": {"list": "one"},
        "authorization.revoked": {"authorization_id": paper["authorization_id"]},
        "initiative.issued": {"initiative_no": "I2026000777"}}
    if request.node.callspec.params.get("kind") == "usage.disputed":  # takes a claim and a use to make
        told["usage.disputed"] = {"record_no": request.getfixturevalue("usage_no"), "reason": "本人未曾使用"}
    return told


@pytest.fixture
def effects(db: Any) -> Any:
    """Everything that an event may change, to compare."""
    return lambda: {name: db.execute(query).fetchall() for name, query in EFFECTS.items()}


def states(db: Any) -> list[str]:
    return [row[0] for row in db.execute("SELECT state FROM platform_events ORDER BY received_at, event_id")]


@pytest.mark.parametrize("kind", TYPES)
def test_it_has_its_effect_once(kind: str, data: Any, push: Any, effects: Any, db: Any, world: Any) -> None:
    before = effects()
    assert said(push(kind, event_id="E-1", seq=900, data=data[kind])) == ["processed"]
    after = effects()
    assert after != before
    assert said(push(kind, event_id="E-1", seq=900, data=data[kind])) == ["duplicate"]
    assert effects() == after
    assert states(db) == ["processed"]
    assert world.control("GET", "/platform/breaches")["items"] == []


@pytest.mark.parametrize("kind", TYPES)
def test_many_deliveries_at_once_have_one_effect(kind: str, data: Any, known: Any, world: Any, pushed_to: str,
                                                 effects: Any) -> None:
    answers: list[Any] = []
    told = {"type": kind, "person": "lin", "event_id": "E-9", "seq": 900, "data": data[kind]}

    def deliver() -> None:
        answers.extend(world.control("POST", "/platform/events", told)["events"])

    racers = [threading.Thread(target=deliver) for _ in range(5)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(said(answers)) == ["duplicate"] * 4 + ["processed"]
    found = effects()
    assert len(found["initiatives"]) == (kind == "initiative.issued")
    assert len(found["appeals"]) == (kind == "usage.disputed")
    assert found["credit_grades"][0][2] == (kind in ABOUT_A_PERSON), "one revision"


@pytest.mark.parametrize("kind", ABOUT_A_PERSON)
def test_a_smaller_number_changes_nothing(kind: str, data: Any, push: Any, effects: Any, db: Any) -> None:
    """Per thing: a repair counts as the grade, added and removed are of one list."""
    first = {"grade.changed": "record.repaired", "record.repaired": "grade.changed",
             "red_list.added": "red_list.removed", "red_list.removed": "red_list.added"}[kind]
    push(first, seq=500, data=data[first])
    before = effects()
    assert said(push(kind, event_id="E-late", seq=499, data=data[kind])) == ["processed"]
    assert effects() == before
    assert db.execute("SELECT state FROM platform_events WHERE event_id = 'E-late'").fetchone() == ("stale",)


@pytest.mark.parametrize("kind", ["authorization.revoked", "initiative.issued", "usage.disputed"])
def test_what_has_no_order_is_taken_whatever_its_number(kind: str, data: Any, push: Any, effects: Any) -> None:
    push("grade.changed", seq=500, data=data["grade.changed"])
    before = effects()
    assert said(push(kind, seq=1, data=data[kind])) == ["processed"]
    assert effects() != before


MALFORMED = {
    "grade.changed": ({"strange": 1}, {"authorization_id": None}),
    "record.repaired": ({"strange": 1}, {"repaired_at": None}),
    "red_list.added": ({"strange": 1},), "red_list.removed": ({"strange": 1},),
    "authorization.revoked": ({"strange": 1}, {"authorization_id": "", "revoked_at": "2026-11-23T08:00:00+08:00"}),
    "initiative.issued": ({"strange": 1}, {"title": None}, {"grades": "A"}, {"respond_by": "soon"}),
    "usage.disputed": ({"reason": None}, {"reason": ""}, {"strange": 1}, {"record_no": 7})}


@pytest.mark.parametrize(("kind", "wrong"), [(kind, wrong) for kind, all_ in MALFORMED.items() for wrong in all_])
def test_a_malformed_one_is_refused_and_half_applies_nothing(kind: str, wrong: Any, data: Any, push: Any,
                                                             effects: Any) -> None:
    before = effects()
    assert said(push(kind, data={**data[kind], **wrong})) == ["BAD_REQUEST"]
    assert effects() == before


@pytest.mark.parametrize("kind", [*ABOUT_A_PERSON, "authorization.revoked"])
def test_an_unknown_authorisation(kind: str, data: Any, push: Any, effects: Any, db: Any) -> None:
    """Not kept: it may be known at the next delivery."""
    before = effects()
    assert said(push(kind, data={**data[kind], "authorization_id": "A999"})) == ["AUTHORIZATION_NOT_FOUND"]
    assert effects() == before
    assert states(db) == []


def test_an_unknown_record(known: Any, push: Any, effects: Any, db: Any) -> None:
    before = effects()
    assert said(push("usage.disputed", data={"record_no": "U999", "reason": "未曾使用"})) == ["BAD_REQUEST"]
    assert effects() == before
    assert states(db) == ["refused"]


@pytest.mark.parametrize("kind", ["initiative.issued", "usage.disputed"])
def test_effect_and_row_are_of_one_transaction(kind: str, data: Any, push: Any, effects: Any, db: Any,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    """An effect that fails in its last moment leaves nothing, and the event is taken when it comes again."""
    real, before = views.EFFECTS[kind], effects()

    for failing in (EventRefused("INTERNAL"), RuntimeError("a fault of ours that nobody foresaw")):
        def breaks(told: dict[str, Any], failing: Exception = failing) -> None:
            with transaction():
                real(told)
            raise failing

        with monkeypatch.context() as broken:
            broken.setattr(views, "EFFECTS", {**views.EFFECTS, kind: breaks})
            assert said(push(kind, event_id="E-5", data=data[kind])) == ["INTERNAL"]  # signed, whatever it was
        assert effects() == before
        assert states(db) == []
    assert said(push(kind, event_id="E-5", data=data[kind])) == ["processed"]
    assert effects() != before
    assert disputing.dispute is views.EFFECTS["usage.disputed"]
