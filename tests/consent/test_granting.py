"""Agreeing: to one text, one scope, one recipient; once; for a year at most; and needs derived from facts alone."""

import threading
from datetime import datetime, timedelta

import pytest

from app.consent import checking, granting, needs
from app.consent.errors import ConsentTextChanged
from app.kernel import clock
from tests import cast
from tests.consent import ground


@pytest.fixture
def lin(inside):
    return ground.citizen(cast.LIN)


def test_needs_follow_from_the_facts(inside):
    """Only what the rules read is asked for; reporting always."""
    def scopes(*facts):
        return [need.scope for need in needs.needs_for(frozenset(facts), "rental", ground.USCC, ground.SHOP)]

    assert scopes() == ["usage.report"]
    assert scopes("citizen.age", "usage.breached") == ["usage.report"]
    assert scopes("credit.red_lists") == ["grade.read", "usage.report"]
    assert scopes("volunteer.outstanding") == ["grade.read", "usage.report"]
    assert scopes("volunteer.hours", "credit.grade") == ["grade.read", "volunteer.read", "usage.report"]


def test_a_need_is_shown_whole(inside):
    shown = ground.need("grade.read").shown()
    assert set(shown) == {"scope", "purpose", "recipient", "text", "text_version", "text_digest"}
    assert shown["recipient"] == ground.SHOP
    assert shown["purpose"] in shown["text"]
    reporting = ground.need("usage.report")
    assert reporting.recipient_id == "platform"
    assert reporting == ground.need("usage.report", ground.OTHER_USCC, ground.OTHER_SHOP), "whoever the provider is"


def test_agreeing_writes_consent_trail_and_message_together(lin, db):
    consent = ground.agreed(lin)
    assert consent.status == "active"
    assert (consent.recipient_id, consent.recipient) == (ground.USCC, ground.SHOP)
    entry = db.execute("SELECT what, who, purpose, consent_id FROM trail_entries").fetchall()
    assert entry == [("consent.grant", "本人", consent.purpose, consent.id)]
    owed = db.execute("SELECT topic, key, payload->>'consent_id' FROM outbox").fetchall()
    assert owed == [("authorization.register", consent.authorization_no, str(consent.id))]


def test_what_is_ours_is_not_told_to_the_platform(lin, db):
    consent = ground.agreed(lin, "volunteer.read")
    assert (consent.authorization_no, consent.registration) == (None, "local")
    assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_the_same_again_is_the_same(lin, db):
    assert ground.agreed(lin).id == ground.agreed(lin).id
    assert db.execute("SELECT count(*) FROM outbox").fetchone() == (1,)


def test_another_recipient_is_another_consent(lin):
    first = ground.agreed(lin)
    assert checking.live(lin.id, "grade.read", "rental", ground.OTHER_USCC) is None
    assert checking.live(lin.id, "grade.read", "volunteer", ground.USCC) is None
    assert ground.agreed(lin, uscc=ground.OTHER_USCC, name=ground.OTHER_SHOP).id != first.id


@pytest.mark.parametrize(("version", "digest"), [("2", None), (None, "0" * 64), ("1 ", None)])
def test_a_text_that_moved_on_is_not_agreed_to(lin, db, version, digest):
    """Break: only the version compared, or only the digest."""
    asked = ground.need()
    with pytest.raises(ConsentTextChanged):
        granting.grant(lin, asked, version or asked.text_version, digest or asked.text_digest)
    assert db.execute("SELECT count(*) FROM consents").fetchone() == (0,)


def test_a_newer_text_takes_the_older_ones_place(lin, db):
    old = ground.agreed(lin)
    renamed = ground.need(name="赣江畔新店名")
    new = granting.grant(lin, renamed, renamed.text_version, renamed.text_digest)
    assert new.id != old.id
    assert checking.live(lin.id, "grade.read", "rental", ground.USCC).id == new.id
    topics = db.execute("SELECT topic FROM outbox ORDER BY id").fetchall()
    assert topics == [("authorization.register",), ("authorization.revoke",), ("authorization.register",)]


def test_it_lasts_as_long_as_its_text_says_and_within_a_calendar_year(lin, monkeypatch):
    """29 February is the day on which 365 days and a calendar year come nearest."""
    for day in ("2026-11-23", "2027-02-28", "2028-02-29", "2028-03-01"):
        start = datetime.fromisoformat(f"{day}T23:59:59.999999+08:00")
        monkeypatch.setattr(clock, "now", lambda start=start: start)
        somebody = cast.Person(day, "张示例", f"3601021990{day[5:7]}{day[8:]}0011", "", "")
        consent = ground.agreed(ground.citizen(somebody))
        assert consent.valid_to - consent.valid_from == timedelta(days=365)
        assert consent.valid_from.microsecond == consent.valid_to.microsecond == 0, "as the platform is told"
        last = start.replace(year=start.year + 1, day=28 if day.endswith("02-29") else start.day)
        assert consent.valid_to <= last


def test_it_ends_at_the_very_second(lin, monkeypatch):
    consent = ground.agreed(lin)
    monkeypatch.setattr(clock, "now", lambda: consent.valid_to - timedelta(microseconds=1))
    assert checking.still_live(consent.id) is not None
    monkeypatch.setattr(clock, "now", lambda: consent.valid_to)
    assert checking.still_live(consent.id) is None
    assert consent.status == "expired"
    assert ground.agreed(lin).id != consent.id, "a run-out one doesn't stand in the way, noted or not"


def test_another_purpose_is_missing_a_newer_text_is_not(lin):
    """Break: purposes not compared."""
    asked = ground.need()
    assert checking.missing(lin.id, [asked]) == [asked]
    ground.agreed(lin)
    assert checking.missing(lin.id, [asked, ground.need(name="赣江畔新店名")]) == []
    wider = needs.Need(**{**vars(asked), "purpose": "用于别的事"})
    assert checking.missing(lin.id, [wider]) == [wider]


def test_twenty_at_once_make_one(app, inside, lin, db):
    """Break: without the citizen's lock nineteen meet the unique index, without that there are twenty."""
    made, start = [], threading.Barrier(20)

    def agree():
        start.wait()
        made.append(ground.agreed(ground.again(lin)).id)

    racers = [threading.Thread(target=ground.in_context(app, agree)) for _ in range(20)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(made) == 20
    assert len(set(made)) == 1
    assert db.execute("SELECT count(*) FROM consents").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM outbox").fetchone() == (1,)
