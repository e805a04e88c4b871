"""Signing in and out by the code of the moment, over HTTP and at once.

Breaks tried: LATE of a hundred steps (the old photo is let in); `_before` that finds nothing (one's own code, sent
again later, is refused); the sign-in without ON CONFLICT (of eight at once some fail).
"""

from datetime import timedelta
from typing import Any

import pytest

from app.kernel import clock
from app.volunteers.errors import NotAVolunteer
from app.volunteers.service import attending, entering, organising_activities
from app.volunteers.service import codes as attendance_codes
from app.volunteers.service.errors import (
    ActivityClosed,
    CodeNotOurs,
    CodeOld,
    NotRegistered,
    NotSignedIn,
    OutsidePeriod,
    TooShort,
)
from tests import cast
from tests.consent import ground
from tests.volunteers import field
from tests.volunteers.field import TEN, Field, at_once, shown, signs, taken_in

PATH = "/api/v1/me/volunteer/attendances"
IN, OUT = attendance_codes.IN, attendance_codes.OUT


@pytest.fixture
def there(inside: Any, monkeypatch: pytest.MonkeyPatch) -> Field:
    return field.made(monkeypatch)


def test_in_and_out_by_the_code_of_the_moment(there: Field, db: Any) -> None:
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    there.moment.passes(minutes=-10)
    began = signs(lin, activity, IN, there.moment.now)
    assert (began.state, began.source, began.minutes) == ("present", "qr", None)
    there.moment.passes(minutes=100, seconds=59)
    left = signs(lin, activity, OUT, there.moment.now)
    assert left.id == began.id
    assert (left.state, left.minutes) == ("waiting", 90), "the ten minutes before it began don't count"
    assert db.execute("SELECT count(*) FROM service_records").fetchone() == (0,), "nothing counts unconfirmed"


def test_a_photo_of_an_old_code_is_refused_and_ones_own_again_is_no_harm(there: Field, db: Any) -> None:
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    wu = taken_in(cast.WU, there.league.east)
    photo, began = shown(activity, IN, there.moment.now), signs(lin, activity, IN, there.moment.now)
    there.moment.passes(seconds=61)
    with pytest.raises(CodeOld):
        attending.sign(wu, photo)
    assert attending.sign(lin, photo)[0].id == began.id
    there.moment.passes(minutes=30)
    out = shown(activity, OUT, there.moment.now)
    left = attending.sign(lin, out)[0]
    there.moment.passes(minutes=20)
    assert (attending.sign(lin, out)[0].minutes, attending.sign(lin, photo)[0].id) == (left.minutes, left.id)
    assert db.execute("SELECT count(*), max(minutes) FROM attendances").fetchone() == (1, 31)


def test_clocks_may_differ_by_a_step(there: Field) -> None:
    lin = taken_in(cast.LIN, there.league.east)
    for skew, taken in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        activity = there.activity()
        code = shown(activity, IN, there.moment.now + timedelta(seconds=skew))
        if taken:
            assert attending.sign(lin, code)[0].state == "present"
        else:
            with pytest.raises(CodeOld):
                attending.sign(lin, code)


def test_what_is_no_code_of_ours(there: Field) -> None:
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    code = shown(activity, IN, there.moment.now)
    other = shown(there.activity(title="另一项"), IN, there.moment.now)
    way, mine, step, digest = code.removeprefix("XYA.").split(".")
    for wrong in ("", "x", code[:-1], code + "\n", code.replace("XYA.I", "XYA.O"), f"XYA.{way}.{mine}.{step}1.{digest}",
                  f"XYA.{way}.{other.split('.')[2]}.{step}.{digest}", "X" * 5000,
                  f"XYA.{way}.{mine}.{step.translate(str.maketrans('0123456789', '０１２３４５６７８９'))}.{digest}"):
        with pytest.raises(CodeNotOurs):
            attending.sign(lin, wrong)


def test_who_and_when(there: Field, db: Any) -> None:
    activity, lin, wu = there.activity(), field.kept(ground.citizen(cast.LIN)), taken_in(cast.WU, there.league.east)
    with pytest.raises(NotAVolunteer):
        signs(lin, activity, IN, there.moment.now)
    there.moment.passes(minutes=-61)
    with pytest.raises(OutsidePeriod):
        signs(wu, activity, IN, there.moment.now)
    there.moment.passes(minutes=61, seconds=10)
    with pytest.raises(NotSignedIn):
        signs(wu, activity, OUT, there.moment.now)
    signs(wu, activity, IN, there.moment.now)
    with pytest.raises(TooShort):
        signs(wu, activity, OUT, there.moment.passes(seconds=30))
    with pytest.raises(OutsidePeriod):
        signs(wu, activity, OUT, there.moment.passes(hours=4))
    organising_activities.cancel(there.anna, activity.id)
    with pytest.raises(ActivityClosed):
        signs(wu, activity, IN, there.moment.now)
    db.execute("UPDATE volunteers SET state = 'left', left_cause = 'own_wish'")
    with pytest.raises(NotRegistered):
        signs(wu, there.activity(), IN, there.moment.now)


def test_eight_scans_at_once_are_one(app: Any, there: Field, db: Any) -> None:
    """In and then out, each on a connection of its own; two codes of the same minute among them."""
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    for way, after in ((IN, 0), (OUT, 40)):
        now = there.moment.passes(minutes=after)
        codes = [shown(activity, way, now - timedelta(seconds=30 * (place % 2))) for place in range(8)]
        done = at_once(app, [lambda code=code: attending.sign(ground.again(lin), code)[0].id for code in codes])
        assert len({str(each) for each in done}) == 1, done
    assert db.execute("SELECT state, minutes FROM attendances").fetchall() == [("waiting", 40)]


def test_who_forgot_to_sign_out_is_ended_by_hand(there: Field) -> None:
    activity, lin = there.activity(), taken_in(cast.LIN, there.league.east)
    began = signs(lin, activity, IN, there.moment.now)
    there.moment.passes(hours=5)
    done = entering.finish(there.anna, began.id, TEN + timedelta(minutes=90), "手机没电")
    assert (done.state, done.source, done.minutes, done.entered_by) == ("waiting", "hand", 90, there.anna.account_id)


def test_over_http(app: Any, client: Any, sandbox: Any) -> None:
    me = cast.verified(client, sandbox, cast.LIN)
    assert me.get(PATH).json["code"] == "NOT_A_VOLUNTEER"
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        there = field.made(patch)
        field.registering.enrol(there.league.east, field.league.person(cast.LIN.name, cast.LIN.id_number))
        patch.undo()
        now = clock.now()
        activity = there.activity(begins_at=now - timedelta(minutes=5), ends_at=now + timedelta(hours=2))
        code, old = shown(activity, IN, now), shown(activity, IN, now - timedelta(minutes=5))
    done = me.put(PATH, {"code": code})
    assert done.status_code == 200
    assert (done.json["state"], done.json["activity"]["title"], done.json["activity"]["risk"]) == (
        "present", "社区清洁", "没有明显风险")
    assert me.put(PATH, {"code": code}).json == done.json
    assert (me.put(PATH, {"code": old}).status_code, me.put(PATH, {"code": "nonsense"}).status_code) == (409, 422)
    for wrong in ({}, {"code": 5}, {"code": code, "scanned_at": "2026-11-20T10:00:00+08:00"}):
        assert me.put(PATH, wrong).status_code == 422
    told = me.get(PATH).json
    assert [each["state"] for each in told["items"]] == ["present"]
    log = [(each["who"], each["what"]) for each in me.get("/api/v1/me/access-log").json["items"]]
    assert ("本人", "volunteer.signed_in") in log
