"""Grades: asked only under a live consent, seldom, kept as long as they hold, and never a no where none is known."""

import threading
import time
from datetime import date, timedelta

import pytest

from app.consent import queries as consents
from app.consent import registering, withdrawing
from app.consent.errors import ConsentRequired
from app.credit import asking, facts, grades, keeping
from app.credit.errors import PlatformRefused, PlatformUnavailable
from app.identity import erasing
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.settings import settings
from tests import cast
from tests.benefits import ground as shops
from tests.consent import ground


def freshen(who):
    grades.freshen(who, "rental", ground.USCC)


def asked(world):
    """Looks at the platform: answered and refused."""
    told = world.control("GET", "/platform/queries")
    return len(told["items"]), [each["code"] for each in told["refused"]]


def looks(db):
    return db.execute("SELECT state, failure FROM credit_queries ORDER BY id").fetchall()


def fault(world, kind, **more):
    world.control("POST", "/faults", {"target": "platform", "path": "/credit-grades/queries", "kind": kind, **more})


def test_no_look_without_a_consent(lin, world, db):
    """Break: the live check left out of freshen and begin."""
    ground.agreed(lin, uscc=ground.OTHER_USCC, name=ground.OTHER_SHOP)
    with pytest.raises(ConsentRequired):
        freshen(lin)
    with pytest.raises(ConsentRequired):
        asking.begin(lin.id, "rental", ground.USCC)
    assert asked(world) == (0, [])
    assert looks(db) == []


def test_one_look_is_kept_sealed_and_seen(lin, world, db):
    consent = ground.agreed(lin)
    freshen(lin)
    freshen(lin)
    assert asked(world) == (1, [])
    kept = grades.latest(lin)
    assert (kept.grade, kept.red_lists, kept.restricted, kept.stale) == ("A", (), False, False)
    assert facts.facts(lin) == {"credit.grade": "A", "credit.red_lists": [], "volunteer.outstanding": False}
    assert facts.restricted(lin) is False
    query = db.execute("SELECT consent_id, purpose, operator, state, query_no FROM credit_queries").fetchone()
    [told] = world.control("GET", "/platform/queries")["items"]
    assert query == (consent.id, consent.purpose, "system", "answered", told["query_no"])
    assert told["purpose"] == consent.purpose
    entry = db.execute("SELECT who, purpose, consent_id FROM trail_entries WHERE what = 'grade.query'").fetchone()
    assert entry == (settings().OPERATOR_NAME, consent.purpose, consent.id)
    sealed = db.execute("SELECT sealed FROM credit_grades").fetchone()[0]
    assert b"grade" not in sealed
    assert "'A'" not in repr(kept)
    assert world.control("GET", "/platform/breaches")["items"] == []


@pytest.mark.parametrize(("key", "grade", "lists", "restricted"), [
    ("liu", "A", ("outstanding_youth_volunteer",), False), ("xu", "A", (), True), ("ho", "NONE", (), False)])
def test_what_is_said_of_others(inside, world, key, grade, lists, restricted):
    who = ground.citizen(cast.EVERYBODY[key])
    ground.agreed(who)
    freshen(who)
    kept = grades.latest(who)
    assert (kept.grade, kept.red_lists, kept.restricted) == (grade, lists, restricted)
    assert facts.facts(who)["volunteer.outstanding"] is bool(lists)


def test_kept_to_its_last_day_in_shanghai_and_not_longer_than_the_setting(lin, world, monkeypatch):
    """C18. Break: compared with UTC's day, or `valid_until` taken as exclusive, or the setting left out."""
    ground.agreed(lin)
    today = clock.today()
    for said, last in ((today + timedelta(days=3), clock.day_end(today + timedelta(days=3))),
                       (today, clock.day_end(today)),
                       (today + timedelta(days=90), clock.now() + timedelta(days=30))):
        world.control("PUT", "/people/lin", {"valid_until": said.isoformat()})
        with transaction():
            keeping.drop(keeping.locked(lin.id))
        freshen(lin)
        at = min(last, clock.now() + timedelta(days=30))
        with monkeypatch.context() as later:
            later.setattr(clock, "now", lambda at=at: at - timedelta(seconds=5))
            assert not grades.latest(lin).stale
            later.setattr(clock, "now", lambda at=at: at + timedelta(seconds=5))
            assert grades.latest(lin).stale
            assert not keeping.fresh(lin.id)
            with pytest.raises(PlatformUnavailable):
                facts.facts(lin)
    world.control("PUT", "/people/lin", {"valid_until": (today + timedelta(days=20)).isoformat()})


def test_said_too_late_is_not_used(lin, world):
    """An answer whose last day is over is no ground for a decision."""
    ground.agreed(lin)
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    fault(world, "patch", value={"valid_until": yesterday}, times=5)
    with pytest.raises(PlatformUnavailable):
        freshen(lin)
    assert grades.latest(lin).valid_until == date.fromisoformat(yesterday)
    assert grades.latest(lin).stale


@pytest.mark.parametrize(("kind", "value"), [
    ("status", 502), ("status", 504), ("html", 200), ("html", 502), ("truncate", None), ("truncate", "connection"),
    ("drop", None), ("take_then_drop", None), ("bad_signature", None), ("stale", None), ("other_nonce", None),
    ("other_request_id", None), ("status", "INTERNAL"), ("patch", {"grade": "S"}), ("patch", {"grade": None}),
    ("patch", {"restricted": "no"}), ("patch", {"valid_until": "2026-11-31"})])
def test_a_bad_day_is_503_and_never_a_no(lin, world, db, kind, value):
    """C37. One further attempt, each a look of its own; then the ordinary way. Break: a third attempt, or none."""
    ground.agreed(lin)
    registering.ensure_registered(consents.all_of(lin.id)[0].id)
    fault(world, kind, value=value)
    with pytest.raises(PlatformUnavailable) as no:
        freshen(lin)
    assert "押金" in no.value.detail
    assert [state for state, _ in looks(db)] == ["failed", "failed"]
    assert grades.latest(lin) is None
    with pytest.raises(PlatformUnavailable):
        facts.facts(lin)
    seen = db.execute("SELECT count(*) FROM trail_entries WHERE what = 'grade.query'").fetchone()[0]
    assert seen == 2
    assert asked(world)[0] <= seen, "each look at the platform is one that the citizen sees"
    world.control("DELETE", "/faults")
    freshen(lin)
    assert grades.latest(lin).grade == "A"


def test_one_bad_answer_is_made_up_for(lin, world, db):
    ground.agreed(lin)
    fault(world, "bad_signature", times=1)
    freshen(lin)
    assert looks(db) == [("failed", "BAD_ANSWER"), ("answered", None)]


@pytest.mark.parametrize(("code", "wait"), [("RATE_LIMITED", 7), ("MAINTENANCE", 30)])
def test_told_to_wait_we_wait(lin, world, db, code, wait):
    ground.agreed(lin)
    fault(world, "status", value={"code": code, "retry_after_s": wait}, times=2)
    with pytest.raises(PlatformUnavailable) as no:
        freshen(lin)
    assert no.value.retry_after == wait
    assert looks(db) == [("failed", code)]


def test_a_final_refusal_is_not_tried_again(lin, world, db):
    ground.agreed(lin)
    fault(world, "status", value="SCOPE_DENIED", times=2)
    with pytest.raises(PlatformRefused):
        freshen(lin)
    assert looks(db) == [("failed", "SCOPE_DENIED")]


@pytest.mark.parametrize("code", ["SCOPE_DENIED", "BAD_REQUEST", "SUBJECT_NOT_FOUND", "NOT_FOUND"])
def test_a_final_no_stands_as_long_as_its_consent(lin, world, db, monkeypatch, code):
    """The same question isn't asked again, however often the citizen taps; under a new consent it is another one.

    Tried: `_refuse_again` left out (each tap is a look); looked up by citizen alone (the new consent is refused).
    """
    first = ground.agreed(lin)
    fault(world, "status", value=code, times=1)
    for _ in range(2):
        with pytest.raises(PlatformRefused):
            freshen(lin)
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(PlatformRefused):
        freshen(lin)
    assert looks(db) == [("failed", code)]
    monkeypatch.undo()
    withdrawing.withdraw(lin, first.id)
    ground.agreed(lin)
    freshen(lin)
    assert looks(db) == [("failed", code), ("answered", None)]


def test_a_final_no_about_keys_is_for_staff_to_mend(lin, world, db, monkeypatch):
    """Tried: `MENDED_WITHIN` of no length (each tap knocks), or without end (mended keys help nobody)."""
    ground.agreed(lin)
    fault(world, "status", value="BAD_SEAL", times=1)
    for _ in range(2):
        with pytest.raises(PlatformRefused):
            freshen(lin)
    assert looks(db) == [("failed", "BAD_SEAL")]
    db.execute("UPDATE credit_queries SET asked_at = asked_at - interval '15 minutes'")
    freshen(lin)
    assert grades.latest(lin).grade == "A"


def test_internal_is_tried_again_after_a_pause(lin, world, db):
    """"Yes, with back-off". Tried: no pause."""
    ground.agreed(lin)
    fault(world, "status", value="INTERNAL", times=1)
    freshen(lin)
    [first, second] = db.execute("SELECT asked_at, answered_at FROM credit_queries ORDER BY id").fetchall()
    assert (second[0] - first[1]).total_seconds() >= grades.BACK_OFF_S


@pytest.mark.parametrize("code", ["AUTHORIZATION_REVOKED", "AUTHORIZATION_EXPIRED", "AUTHORIZATION_NOT_FOUND"])
def test_ended_at_the_platform_is_ended_here(lin, world, db, code):
    consent = ground.agreed(lin)
    fault(world, "status", value=code, times=1)
    with pytest.raises(ConsentRequired):
        freshen(lin)
    assert consents.get(consent.id).withdrawn_by == "platform"
    with pytest.raises(ConsentRequired):
        freshen(lin)
    assert looks(db) == [("failed", code)]


def test_who_the_platform_doesnt_know_is_not_refused_a_benefit(inside, world):
    who = ground.citizen(cast.STRANGER)
    ground.agreed(who)
    with pytest.raises(PlatformRefused):
        freshen(who)


def test_withdrawal_drops_the_grade_where_no_other_consent_holds_it(lin, world):
    """Break: dropped always, or never."""
    first = ground.agreed(lin)
    second = ground.agreed(lin, uscc=ground.OTHER_USCC, name=ground.OTHER_SHOP)
    freshen(lin)
    withdrawing.withdraw(lin, first.id)
    assert grades.latest(lin).grade == "A"
    with pytest.raises(ConsentRequired):
        freshen(lin)
    withdrawing.withdraw(lin, second.id)
    assert grades.latest(lin) is None


def test_ten_at_once_look_once(app, lin, world, db):
    """Break: `under_way` not asked in begin: ten looks at a citizen for one need."""
    ground.registered(lin)
    fault(world, "latency", value=0.5, times=10)
    done, start = [], threading.Barrier(10)

    def run():
        who = ground.again(lin)
        start.wait()
        freshen(who)
        done.append(grades.latest(who).grade)

    racers = [threading.Thread(target=ground.in_context(app, run)) for _ in range(10)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert done == ["A"] * 10
    assert asked(world) == (1, [])
    assert looks(db) == [("answered", None)]


def test_an_answer_after_the_withdrawal_is_not_kept(app, lin, world, db):
    """The look had left when the citizen withdrew. Break: the consent not checked again in `_finish`."""
    consent = ground.registered(lin)
    fault(world, "latency", value=1.5, times=1)
    caught = []

    def run():
        try:
            freshen(ground.again(lin))
        except ConsentRequired as no:
            caught.append(no.code)

    asker = threading.Thread(target=ground.in_context(app, run))
    asker.start()
    while not looks(db):
        time.sleep(0.01)
    began = time.monotonic()
    withdrawing.withdraw(lin, consent.id)
    assert time.monotonic() - began > 0.2, "it waited for the look under way"
    assert looks(db) == [("answered", None)] or asked(world)[0] == 1
    asker.join()
    assert caught == ["CONSENT_REQUIRED"]
    assert looks(db) == [("answered", None)]
    assert grades.latest(lin) is None


def test_a_look_that_cant_leave_in_time_doesnt_leave(lin, world, db):
    """A machine that stalls between writing and asking must not ask after all. Break: no deadline in `ask`."""
    ground.registered(lin)
    look = asking.begin(lin.id, "rental", ground.USCC)
    late = asking.Look(look.query, look.began - asking.LEAVES_WITHIN_S - 0.1, look.revision)
    with pytest.raises(Exception, match="LATE"):
        asking.ask(lin, late)
    assert asked(world) == (0, [])
    assert looks(db) == [("failed", "LATE")]


def test_a_dead_process_leaves_a_look_that_is_swept(lin, world, db):
    ground.registered(lin)
    asking.begin(lin.id, "rental", ground.USCC)
    assert grades.sweep() == 0
    db.execute("UPDATE credit_queries SET asked_at = now() - interval '1 minute'")
    assert not asking.under_way(lin.id)
    assert grades.sweep() == 1
    assert looks(db) == [("failed", "LOST")]
    freshen(lin)
    assert grades.latest(lin).grade == "A"


def test_never_within_a_transaction(lin):
    with pytest.raises(RuntimeError, match="remote call"), transaction():
        freshen(lin)


def test_who_left_has_no_grade_and_no_queue(lin, world, db):
    ground.agreed(lin)
    freshen(lin)
    erasing.erase(lin.id)
    assert db.execute("SELECT sealed FROM credit_grades").fetchone() == (None,)
    with pytest.raises(ConsentRequired):
        freshen(lin)


def test_a_grade_past_its_time_is_deleted_when_its_person_was_told_long_enough(inside, monkeypatch):
    """The consent's text says how long (GRADE_SHOWN_STALE_DAYS). Fails where forget() looks at another time."""
    someone = shops.ready(1, shops.offer())
    row, shown = keeping._row(someone.id), settings().GRADE_SHOWN_STALE_DAYS
    assert row is not None
    held_until = row.kept_until
    for days, gone in ((shown - 1, 0), (shown + 1, 1)):
        monkeypatch.setattr(clock, "now", lambda days=days: held_until + timedelta(days=days))
        assert keeping.forget() == gone
    assert keeping.latest(someone) is None
