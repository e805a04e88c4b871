"""What the platform pushes, over HTTP: signed both ways, taken once, in order, and never against fresher answers."""

import json
import threading
from datetime import timedelta

import pytest
import requests
from sqlalchemy.exc import OperationalError

from app.consent import queries as consents
from app.consent import withdrawing
from app.consent.errors import ConsentRequired
from app.credit import asking, grades
from app.identity import erasing
from app.kernel import clock, jsons
from app.kernel.sealing import sealer
from tests.consent import ground

NEXT_MONTH = (clock.today() + timedelta(days=20)).isoformat()


@pytest.fixture
def push(world, pushed_to):
    """Let something happen to Lin; what we answered to each of the pushes."""

    def push(kind, **more):
        return world.control("POST", "/platform/events", {"type": kind, "person": "lin", **more})["events"]

    return push


@pytest.fixture
def known(lin, world):
    """Lin with a consent and a kept grade A, asked a minute ago by the platform's clock."""
    ground.agreed(lin)
    world.control("POST", "/clock", {"offset_s": -60})
    grades.freshen(lin, "rental", ground.USCC)
    world.control("POST", "/clock", {"offset_s": 0})
    return lin


def changed(grade):
    return {"grade": grade, "as_of": clock.today().isoformat(), "valid_until": NEXT_MONTH, "restricted": False}


def said(answers):
    """Statuses or codes; every answer was signed as the sandbox wants it."""
    assert all(each["verified"] for each in answers), answers
    return [each["answer"].get("status") or each["answer"]["code"] for each in answers]


def events(db):
    return db.execute("SELECT type, state FROM platform_events ORDER BY seq").fetchall()


def test_the_kept_grade_is_replaced(known, push, db, world):
    before = world.control("GET", "/platform/queries")["items"]
    assert said(push("grade.changed", data=changed("D"))) == ["processed"]
    assert grades.latest(known).grade == "D"
    assert not grades.latest(known).stale
    assert grades.latest(known).valid_until.isoformat() == NEXT_MONTH
    grades.freshen(known, "rental", ground.USCC)
    assert world.control("GET", "/platform/queries")["items"] == before, "nothing needs to be asked"
    entry = db.execute("SELECT actor, what FROM trail_entries WHERE actor = 'platform'").fetchone()
    assert entry == ("platform", "grade.changed")
    assert world.control("GET", "/platform/breaches")["items"] == []


def test_a_repaired_record_drops_the_grade_and_it_is_asked_for_again(known, push, world):
    world.control("PUT", "/people/lin", {"grade": "AA"})
    assert said(push("record.repaired")) == ["processed"]
    assert grades.latest(known) is None
    grades.freshen(known, "rental", ground.USCC)
    assert grades.latest(known).grade == "AA"


def test_lists_come_and_go(known, push):
    assert said(push("red_list.added", data={"list": "outstanding_youth_volunteer"})) == ["processed"]
    assert said(push("red_list.added", data={"list": "a_new_list"})) == ["processed"]
    assert grades.latest(known).red_lists == ("outstanding_youth_volunteer", "a_new_list")
    assert said(push("red_list.removed", data={"list": "outstanding_youth_volunteer"})) == ["processed"]
    assert grades.latest(known).red_lists == ("a_new_list",)
    assert grades.latest(known).grade == "A"


def test_the_same_event_twice_is_a_duplicate(known, push, db):
    """Break: the event's row not looked at."""
    assert said(push("grade.changed", event_id="E-1", data=changed("D"))) == ["processed"]
    assert said(push("grade.changed", event_id="E-1", data=changed("B"))) == ["duplicate"]
    assert grades.latest(known).grade == "D"
    assert events(db) == [("grade.changed", "processed")]


def test_many_deliveries_at_once_have_one_effect(known, world, pushed_to, db):
    answers = []

    def push_it():
        told = {"type": "grade.changed", "person": "lin", "event_id": "E-9", "seq": 900, "data": changed("B")}
        answers.extend(world.control("POST", "/platform/events", told)["events"])

    racers = [threading.Thread(target=push_it) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(said(answers)) == ["duplicate"] * 5 + ["processed"]
    assert db.execute("SELECT revision FROM credit_grades").fetchone() == (1,)


def test_a_smaller_number_never_overwrites_a_larger(known, push, db):
    """Break: the numbers not compared, or the repair's number not counted as the grade's."""
    push("grade.changed", seq=500, data=changed("B"))
    assert said(push("grade.changed", seq=499, data=changed("D"))) == ["processed"]
    assert grades.latest(known).grade == "B"
    assert said(push("record.repaired", seq=498)) == ["processed"]
    assert grades.latest(known).grade == "B"
    assert events(db) == [("record.repaired", "stale"), ("grade.changed", "stale"), ("grade.changed", "processed")]


def test_each_list_has_its_own_order_and_so_has_the_grade(known, push):
    """Break: one number for all things."""
    push("grade.changed", seq=500, data=changed("B"))
    push("red_list.added", seq=400, data={"list": "one"})
    push("red_list.added", seq=300, data={"list": "two"})
    push("red_list.removed", seq=350, data={"list": "one"})
    assert grades.latest(known).red_lists == ("one", "two")
    push("red_list.removed", seq=401, data={"list": "one"})
    assert grades.latest(known).red_lists == ("two",)


def test_what_occurred_before_a_later_answer_does_not_overwrite_it(known, push, db):
    """The same second is not before. Break: only numbers compared, or `<=` for `<`."""
    said_at = db.execute("SELECT said_at FROM credit_grades").fetchone()[0]
    before = clock.rfc3339(said_at - timedelta(seconds=1))
    for kind, more in (("grade.changed", {"data": changed("D")}), ("record.repaired", {}),
                       ("red_list.added", {"data": {"list": "late"}})):
        assert said(push(kind, occurred_at=before, **more)) == ["processed"]
    assert (grades.latest(known).grade, grades.latest(known).red_lists) == ("A", ())
    assert {state for _, state in events(db)} == {"stale"}
    push("grade.changed", occurred_at=clock.rfc3339(said_at), data=changed("D"))
    assert grades.latest(known).grade == "D"


def test_an_event_that_overtakes_an_answer_wins(app, lin, world, push, db):
    """Asked, changed and pushed, then the old answer arrives. Break: the revision not compared in keep_answer."""
    ground.registered(lin)
    look = asking.begin(lin.id, "rental", ground.USCC)
    with ground.changed(asking, "LEAVES_WITHIN_S", 60.0):
        world.control("POST", "/clock", {"offset_s": -30})
        real = asking._finish

        def overtaken(*args):
            world.control("POST", "/clock", {"offset_s": 0})
            assert said(push("record.repaired")) == ["processed"]
            return real(*args)

        with ground.changed(asking, "_finish", overtaken):
            asking.ask(lin, look)
    assert grades.latest(lin) is None, "asked for again at the next need"
    grades.freshen(lin, "rental", ground.USCC)
    assert grades.latest(lin).grade == "A"


def test_a_look_right_after_a_repair_is_kept(known, push):
    """Event and answer are of the same second, and the answer was asked for after the event."""
    for _ in range(3):
        assert said(push("record.repaired")) == ["processed"]
        grades.freshen(known, "rental", ground.USCC)
        assert grades.latest(known).grade == "A"


def test_withdrawn_at_the_platform(known, push, world, db):
    """Final whatever the number; not told back; no query after it."""
    push("grade.changed", seq=500, data=changed("B"))
    assert said(push("authorization.revoked", seq=1)) == ["processed"]
    [consent] = consents.all_of(known.id)
    assert (consent.status, consent.withdrawn_by) == ("withdrawn", "platform")
    assert grades.latest(known) is None
    with pytest.raises(ConsentRequired):
        grades.freshen(known, "rental", ground.USCC)
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = 'authorization.revoke'").fetchone() == (0,)


def test_once_for_each_authorisation(known, push):
    ground.registered(known, "usage.report")
    assert said(push("grade.changed", data=changed("C"))) == ["processed", "processed"]
    assert grades.latest(known).grade == "C"


def test_nothing_is_kept_without_a_consent(known, push):
    ground.registered(known, "usage.report")
    for consent in consents.all_of(known.id):
        if consent.scope == "grade.read":
            withdrawing.withdraw(known, consent.id)
    assert set(said(push("grade.changed", data=changed("C")))) == {"processed"}
    assert grades.latest(known) is None


def test_nothing_is_kept_under_a_consent_that_has_run_out(known, push, db):
    """Before the scheduler notes the end, too. Break: only `sealed` looked at."""
    db.execute("UPDATE consents SET valid_from = now() - interval '1 year', valid_to = now() - interval '1 second'")
    assert said(push("grade.changed", data=changed("C"))) == ["processed"]
    assert grades.latest(known) is None


def test_an_unknown_authorisation(known, push, db):
    assert said(push("grade.changed", data={**changed("D"), "authorization_id": "A999"})) == [
        "AUTHORIZATION_NOT_FOUND"]
    assert said(push("authorization.revoked", data={"authorization_id": "A999"})) == ["AUTHORIZATION_NOT_FOUND"]
    assert events(db) == [], "it may be known at the next delivery"


def test_another_person_than_the_authorisations(known, world, push, db):
    """Break: the subject not compared: Wu's grade would become Lin's."""
    [paper] = world.control("GET", "/platform/authorizations")["items"]
    told = {**changed("D"), "authorization_id": paper["authorization_id"]}
    answers = world.control("POST", "/platform/events", {"type": "grade.changed", "person": "wu", "data": told})
    assert said(answers["events"]) == ["BAD_REQUEST"]
    assert grades.latest(known).grade == "A"
    assert events(db) == [("grade.changed", "refused")]


def test_an_unknown_type_is_refused_and_kept_for_staff(known, push, db):
    """Break: the body not kept, or the second delivery taken for a duplicate."""
    assert said(push("something.new", event_id="E-7", data={"any": "thing"})) == ["BAD_REQUEST"]
    assert said(push("something.new", event_id="E-7", data={"any": "thing"})) == ["BAD_REQUEST"], "judged anew"
    state, refusal, sealed = db.execute("SELECT state, refusal, body_sealed FROM platform_events").fetchone()
    assert (state, refusal) == ("refused", "BAD_REQUEST")
    told = jsons.loads(sealer().open_service("platform_event|E-7", bytes(sealed)))
    assert told["type"] == "something.new"


@pytest.mark.parametrize(("fault", "code"), [("bad_signature", "BAD_SIGNATURE"), ("stale", "CLOCK_SKEW"),
                                             ("replay", "NONCE_REPLAYED")])
def test_hostile_pushes(known, push, fault, code):
    answers = push("grade.changed", data=changed("D"), fault=fault)
    assert said(answers) == [code]
    assert grades.latest(known).grade == ("D" if fault == "replay" else "A")


def test_unsigned_pushes(pushed_to, db):
    for headers in ({}, {"X-Suite": "ES256-SHA256"}, {"X-App-Id": "platform"}):
        answer = requests.post(f"{pushed_to}/platform/v1/events", json={"event_id": "E1"}, headers=headers, timeout=10)
        assert 400 <= answer.status_code < 500
        assert set(json.loads(answer.content)) == {"code", "message", "request_id"}
        assert ("X-Signature" in answer.headers) == ("X-Suite" in headers)
    assert events(db) == []


def test_a_database_away_is_said_signed(known, push, monkeypatch):
    """Not a problem+json of ours: the platform reads section 3 only. Break: OperationalError not caught there."""
    def away(*_):
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr("app.credit.events.take", away)
    assert said(push("grade.changed", data=changed("D"))) == ["INTERNAL"]


def test_who_left_is_nobody_any_more(known, push, db, world):
    [paper] = world.control("GET", "/platform/authorizations")["items"]
    erasing.erase(known.id)
    assert said(push("grade.changed", data={**changed("D"), "authorization_id": paper["authorization_id"]})) == [
        "processed"]
    assert events(db) == [("grade.changed", "stale")]
