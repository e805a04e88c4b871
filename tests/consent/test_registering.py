"""The platform learns of a consent, byte for byte the same at each attempt, and of its end, whatever fails when."""

import threading
import time

import pytest
from click.testing import CliRunner

from app.consent import queries, registering, withdrawing
from app.consent.errors import ConsentRequired
from app.gateways.platform.failures import Passing, Permanent
from app.identity import erasing
from app.outbox import cli as outbox
from app.outbox import sending
from tests import cast
from tests.consent import ground


@pytest.fixture
def lin(inside, world):
    return ground.citizen(cast.LIN)


def papers(world):
    return world.control("GET", "/platform/authorizations")["items"]


def fault(world, kind, **more):
    world.control("POST", "/faults", {"target": "platform", "path": "/authorizations", "kind": kind, **more})


def drain(db):
    """Send what is owed, back-off or not; the states of what is left, by topic."""
    for _ in range(4):
        db.execute("UPDATE outbox SET next_at = now() WHERE state = 'pending'")
        sending.drain()
    return dict(db.execute("SELECT topic, state FROM outbox ORDER BY id").fetchall())


def replay(db):
    """Staff send on what is parked."""
    for (number,) in db.execute("SELECT id FROM outbox WHERE state = 'parked'").fetchall():
        assert CliRunner().invoke(outbox.replay, [str(number)]).exit_code == 0


def test_the_outbox_registers(lin, world, db):
    consent = ground.agreed(lin)
    assert drain(db) == {"authorization.register": "done"}
    [paper] = papers(world)
    now = queries.get(consent.id)
    assert (now.authorization_id, now.registration) == (paper["authorization_id"], "registered")
    assert paper["authorization_no"] == consent.authorization_no
    assert (paper["scopes"], paper["scenarios"]) == (["grade.read"], ["rental"])
    assert paper["document_digest"] == consent.text_digest
    assert world.control("GET", "/platform/breaches")["items"] == []


def test_an_answer_lost_is_asked_for_again_with_the_same_content(lin, world, db):
    """Break: `signed_at` or `expires_at` taken from the clock: the platform says AUTHORIZATION_NO_REUSED."""
    consent = ground.agreed(lin)
    fault(world, "take_then_drop", times=2)
    with pytest.raises(Passing):
        registering.ensure_registered(consent.id)
    assert queries.get(consent.id).registering_at is not None
    time.sleep(1.1)  # times travel in whole seconds
    assert registering.ensure_registered(consent.id) == papers(world)[0]["authorization_id"]
    assert len(papers(world)) == 1
    assert world.control("GET", "/platform/breaches")["items"] == []


def test_many_at_once_get_one_paper(app, lin, world):
    consent, ids = ground.agreed(lin), []
    racers = [threading.Thread(target=ground.in_context(
        app, lambda: ids.append(registering.ensure_registered(consent.id)))) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(ids) == 8
    assert set(ids) == {papers(world)[0]["authorization_id"]}


def test_the_end_is_told_with_its_moment(lin, world, db):
    consent = ground.registered(lin)
    withdrawing.withdraw(lin, consent.id)
    assert drain(db) == {"authorization.register": "done", "authorization.revoke": "done"}
    assert papers(world)[0]["status"] == "revoked"


def test_what_was_never_registered_is_settled_without_a_call(lin, world, db):
    withdrawing.withdraw(lin, ground.agreed(lin).id)
    assert drain(db) == {"authorization.register": "done", "authorization.revoke": "done"}
    assert papers(world) == []


def test_what_may_have_been_registered_is_found_out_and_revoked(lin, world, db):
    """The platform took it, we never heard, the citizen withdrew. Break: `registering_at` not looked at."""
    consent = ground.agreed(lin)
    fault(world, "take_then_drop", times=2)
    with pytest.raises(Passing):
        registering.ensure_registered(consent.id)
    withdrawing.withdraw(lin, consent.id)
    assert drain(db) == {"authorization.register": "done", "authorization.revoke": "done"}
    assert [paper["status"] for paper in papers(world)] == ["revoked"]


def test_a_use_before_the_end_can_still_be_reported(lin, world, db):
    """An unregistered consent to reporting is registered and revoked: uses of before need its number (0061)."""
    consent = withdrawing.withdraw(lin, ground.agreed(lin, "usage.report").id)
    assert drain(db) == {"authorization.register": "done", "authorization.revoke": "done"}
    assert [paper["status"] for paper in papers(world)] == ["revoked"]
    assert queries.get(consent.id).authorization_id == papers(world)[0]["authorization_id"]


def test_no_registration_once_withdrawn(lin, world):
    consent = withdrawing.withdraw(lin, ground.agreed(lin).id)
    with pytest.raises(ConsentRequired):
        registering.ensure_registered(consent.id)
    assert papers(world) == []


def test_a_final_refusal_is_recorded_and_not_sent_again(inside, world, db):
    """The stranger is unknown to the platform. Break: `refused_code` not looked at; the fault is then used up."""
    consent = ground.agreed(ground.citizen(cast.STRANGER))
    with pytest.raises(Permanent) as first:
        registering.ensure_registered(consent.id)
    assert first.value.code == "SUBJECT_NOT_FOUND"
    assert queries.get(consent.id).registration == "refused"
    fault(world, "latency", value=0.1, times=1)
    with pytest.raises(Permanent):
        registering.ensure_registered(consent.id)
    assert len(world.control("GET", "/faults")["items"]) == 1, "nothing was called"
    assert drain(db) == {"authorization.register": "done"}


@pytest.mark.parametrize("first", ["citizen", "outbox"])
def test_a_final_no_about_keys_is_not_sent_again_until_staff_send_it_on(lin, world, db, first):
    """Whoever hears it first, nobody knocks again by itself: the message is parked, and staff who mended the keys send
    it on. Tried: the code noted only where it is about the paper (the citizen's next tap is a second call).
    """
    consent = ground.agreed(lin)
    fault(world, "status", value="BAD_SIGNATURE", times=1)
    if first == "citizen":
        with pytest.raises(Permanent):
            registering.ensure_registered(consent.id)
    assert drain(db) == {"authorization.register": "parked"}
    assert world.control("GET", "/faults")["items"] == []
    with pytest.raises(Permanent) as again:
        registering.ensure_registered(consent.id)
    assert again.value.code == "BAD_SIGNATURE"
    assert drain(db) == {"authorization.register": "parked"}
    assert papers(world) == []
    replay(db)
    assert drain(db) == {"authorization.register": "done"}
    assert queries.get(consent.id).registration == "registered"


def test_what_may_be_registered_is_revoked_though_keys_were_refused_since(lin, world, db):
    """The first answer was lost, the second was a final no about keys: the paper is there, and must not stay active.

    Tried: such a no taken for "nothing to take back".
    """
    consent = ground.agreed(lin)
    fault(world, "take_then_drop", times=2)
    with pytest.raises(Passing):
        registering.ensure_registered(consent.id)
    fault(world, "status", value="BAD_SIGNATURE", times=1)
    with pytest.raises(Permanent):
        registering.ensure_registered(consent.id)
    withdrawing.withdraw(lin, consent.id)
    assert drain(db) == {"authorization.register": "done", "authorization.revoke": "parked"}
    replay(db)
    assert drain(db)["authorization.revoke"] == "done"
    assert [paper["status"] for paper in papers(world)] == ["revoked"]


@pytest.mark.parametrize(("kind", "value"), [("status", 502), ("html", None), ("truncate", None), ("drop", None),
                                             ("bad_signature", None), ("stale", None), ("status", "INTERNAL"),
                                             ("status", {"code": "MAINTENANCE", "retry_after_s": 0}),
                                             ("take_then_drop", None)])
def test_bad_days_pass(lin, world, db, kind, value):
    """Whatever comes between, in the end there is one paper, and it is ours."""
    consent = ground.agreed(lin)
    fault(world, kind, value=value, times=2)
    assert drain(db) == {"authorization.register": "done"}
    [paper] = papers(world)
    assert queries.get(consent.id).authorization_id == paper["authorization_id"]


def test_withdrawn_at_the_platform_while_we_did_not_know(lin, world, db):
    consent = ground.registered(lin)
    world.control("POST", "/platform/events", {"type": "authorization.revoked", "person": "lin"})
    db.execute("UPDATE consents SET authorization_id = NULL")
    with pytest.raises(ConsentRequired):
        registering.ensure_registered(consent.id)
    assert queries.get(consent.id).withdrawn_by == "platform"


def test_who_left_is_registered_no_more(lin, world, db):
    ground.agreed(lin)
    erasing.erase(lin.id)
    assert drain(db) == {"authorization.register": "done", "authorization.revoke": "done"}
    assert papers(world) == []
