"""The League's red list reaches the platform as it stands here: once, in order, and never who was taken off in time.

Breaks that were tried: a first sending that doesn't ask whether the entry still stands, the subject compared by number
only, the order of days left to the database, a removal of what never arrived parked; each failed here.
"""

from dataclasses import replace
from datetime import date

import pytest
from psycopg.errors import CheckViolation

from app.identity.errors import IdNumberInvalid
from app.volunteers.errors import (
    PublicityNotOver,
    RedListEntryRefused,
    RedListEntryUnknown,
    RedListSubjectDiffers,
)
from app.volunteers.red_list import queries as red_list_queries
from app.volunteers.red_list import sharing as red_list
from app.volunteers.red_list.sharing import NewEntry
from tests.cast import JI, LIN, STRANGER, verified
from tests.feedback import bad_days

STAFF = "staff:wang"
ENTRY = NewEntry("JX2026-0001", LIN.name, LIN.id_number, "共青团江西省委员会", "赣青发〔2026〕1号", date(2026, 10, 1),
                 date(2026, 10, 8), date(2026, 10, 8), date(2027, 10, 7))


@pytest.fixture(autouse=True)
def _fresh(inside, sandbox):
    sandbox.control("POST", "/reset", {"authorizations": True})


def theirs(sandbox):
    return {each["entry_no"]: each["status"] for each in sandbox.control("GET", "/platform/red-lists")["items"]}


def breaches(sandbox):
    return sandbox.control("GET", "/platform/breaches")["items"]


def calls(db):
    return [row[0] for row in db.execute("SELECT state FROM outbox WHERE topic = 'red_list' ORDER BY id")]


def test_listed_replaced_delisted(db, sandbox):
    red_list.list_entry(ENTRY, STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["done"]
    assert theirs(sandbox) == {ENTRY.entry_no: "listed"}
    red_list.list_entry(ENTRY, STAFF)
    assert calls(db) == ["done"], "the same again owes nothing"
    red_list.list_entry(replace(ENTRY, valid_to=date(2028, 10, 7)), STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["done"] * 2
    red_list.delist(ENTRY.entry_no, "本人申请退出", STAFF)
    red_list.delist(ENTRY.entry_no, "本人申请退出", STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["done"] * 3
    assert theirs(sandbox) == {ENTRY.entry_no: "delisted"}
    row = red_list_queries.by_no(ENTRY.entry_no)
    assert (row.state, row.platform_status, row.revision, row.answered_revision) == ("delisted", "delisted", 3, 3)
    red_list.list_entry(ENTRY, STAFF)
    bad_days.drain(db, red_list.TOPIC)
    assert theirs(sandbox) == {ENTRY.entry_no: "listed"}
    assert breaches(sandbox) == []


def test_who_was_delisted_before_it_was_sent_is_never_told_of(db, sandbox):
    red_list.list_entry(ENTRY, STAFF)
    red_list.delist(ENTRY.entry_no, "录入有误", STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["done"] * 2
    assert theirs(sandbox) == {}
    assert breaches(sandbox) == []
    assert red_list_queries.listed({"limit": 10, "unsettled": True})[0] == []


def test_not_told_either_where_the_platform_said_that_it_did_nothing(db, sandbox):
    bad_days.order(sandbox, "/red-lists", "PUT", ("MAINTENANCE", {"times": 1}))
    red_list.list_entry(ENTRY, STAFF)
    bad_days.outbox.drain()
    red_list.delist(ENTRY.entry_no, "录入有误", STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["done"] * 2
    assert theirs(sandbox) == {}
    assert breaches(sandbox) == []


@pytest.mark.parametrize("fault", ["hung up", "taken, then hung up"])
def test_what_may_have_arrived_is_taken_off(db, sandbox, fault):
    bad_days.order(sandbox, "/red-lists", "PUT", (fault, {"times": 1}))
    red_list.list_entry(ENTRY, STAFF)
    bad_days.outbox.drain()
    red_list.delist(ENTRY.entry_no, "录入有误", STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["done"] * 2
    assert theirs(sandbox).get(ENTRY.entry_no) != "listed"
    assert red_list_queries.by_no(ENTRY.entry_no).platform_status == "delisted"


def test_bad_days(db, sandbox):
    for count, fault in enumerate(bad_days.ROUNDS):
        entry = replace(ENTRY, entry_no=f"JX-{count}")
        bad_days.order(sandbox, "/red-lists", "PUT", fault)
        red_list.list_entry(entry, STAFF)
        assert set(bad_days.drain(db, red_list.TOPIC)) == {"done"}, fault
        assert theirs(sandbox)[entry.entry_no] == "listed", fault
        bad_days.order(sandbox, "/red-lists", "DELETE", fault)
        red_list.delist(entry.entry_no, "测试", STAFF)
        assert set(bad_days.drain(db, red_list.TOPIC)) == {"done"}, fault
        assert theirs(sandbox)[entry.entry_no] == "delisted", fault
    assert breaches(sandbox) == []


def test_another_person_under_the_number_is_refused_here(db, sandbox):
    red_list.list_entry(ENTRY, STAFF)
    for other in (replace(ENTRY, name=JI.name, id_number=JI.id_number), replace(ENTRY, name="林别名")):
        with pytest.raises(RedListSubjectDiffers):
            red_list.list_entry(other, STAFF)
    assert calls(db) == ["pending"]


def test_nothing_is_valid_before_its_publicity_is_over():
    for wrong in ({"valid_from": date(2026, 10, 7)}, {"publicised_to": date(2026, 9, 30)},
                  {"valid_to": date(2026, 10, 7)}):
        with pytest.raises(PublicityNotOver):
            red_list.list_entry(replace(ENTRY, **wrong), STAFF)


def test_what_no_entry_can_be():
    for name, value in (("entry_no", LIN.id_number), ("entry_no", "A" + LIN.phone), ("entry_no", "a/b"),
                        ("entry_no", "甲"), ("cited_by", ""), ("document_no", "x\x00")):
        with pytest.raises(RedListEntryRefused) as no:
            red_list.list_entry(replace(ENTRY, **{name: value}), STAFF)
        assert no.value.extra == {"field": name}


def test_other_refusals():
    with pytest.raises(IdNumberInvalid):
        red_list.list_entry(replace(ENTRY, id_number="360102199203045530"), STAFF)
    with pytest.raises(RedListEntryUnknown):
        red_list.delist("JX-none", "无", STAFF)
    red_list.list_entry(ENTRY, STAFF)
    with pytest.raises(RedListEntryRefused):
        red_list.delist(ENTRY.entry_no, " ", STAFF)


def test_the_database_has_the_last_word_on_the_days(db):
    red_list.list_entry(ENTRY, STAFF)
    with pytest.raises(CheckViolation):
        db.execute("UPDATE red_list_entries SET valid_from = '2026-10-07'")


def test_what_the_platform_refuses_is_parked_shown_and_sent_again_once_mended(db, sandbox):
    red_list.list_entry(replace(ENTRY, name=STRANGER.name, id_number=STRANGER.id_number), STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["parked"]
    (row,), _ = red_list_queries.listed({"limit": 10, "unsettled": True})
    assert row.refused_code == "SUBJECT_NOT_FOUND"
    red_list.again(ENTRY.entry_no)
    assert bad_days.drain(db, red_list.TOPIC) == ["parked", "parked"]
    red_list.delist(ENTRY.entry_no, "查无此人", STAFF)
    assert bad_days.drain(db, red_list.TOPIC) == ["parked", "parked", "done"]
    assert theirs(sandbox) == {}


def test_it_is_sealed_and_the_person_sees_it(app, db, sandbox):
    me = verified(app.test_client(), sandbox, LIN)
    red_list.list_entry(ENTRY, STAFF)
    log = me.get("/api/v1/me/access-log").json["items"]
    assert ("red_list.listed", "共青团组织") in [(each["what"], each["who"]) for each in log]
    kept = str(db.execute("SELECT red_list_entries::text FROM red_list_entries").fetchall())
    owed = str(db.execute("SELECT payload::text FROM outbox WHERE topic = 'red_list'").fetchall())
    assert LIN.name not in kept + owed + repr(ENTRY)
    assert LIN.id_number not in kept + owed + repr(ENTRY)
