"""Claiming: once for each key, never without consents, never past the quota, and a no leaves nothing behind."""

from datetime import UTC, timedelta
from typing import Any

import psycopg
import pytest

from app.benefits import claiming, offers, quotas
from app.benefits.errors import LimitReached, NotEligible, OfferClosed, OfferNotFound, SoldOut
from app.consent import checking, withdrawing
from app.consent.errors import ConsentRequired
from app.identity.errors import Unauthenticated
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from app.kernel.idempotency import KeyReused
from app.kernel.ids import new_id
from app.merchants import enrolling
from tests.benefits import ground

FAST_TRACK = {"min_grade": "A", "matters": ["个体工商户设立登记"], "required_documents": ["登记申请书"],
              "deferrable_documents": ["经营场所使用证明"], "template_version": "2026-1"}
pytestmark = pytest.mark.usefixtures("inside")


def counts(db: psycopg.Connection) -> dict[str, int]:
    """Rows of what a claim writes."""
    tables = ("entitlements", "entitlement_steps", "quota_counts", "decisions")
    found = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
    return {**found, "granted": db.execute("SELECT coalesce(sum(granted), 0)::int FROM offers").fetchone()[0]}


def test_all_of_a_claim_is_there_together(db: psycopg.Connection) -> None:
    """The place in every quota, the entitlement, its first step, the decision and the trail."""
    offer = ground.offer(quota_total=5, quota_per_day=4, quota_per_person=3, quota_per_period=2)
    lin = ground.ready(1, offer)
    got = claiming.claim(lin, offer.id, "key-1", None)
    day = clock.today()
    assert got.buckets == [f"person:{lin.id}", f"month:{day:%Y-%m}:{lin.id}", f"day:{day}"]
    assert counts(db) == {"entitlements": 1, "entitlement_steps": 1, "quota_counts": 3, "decisions": 1, "granted": 1}
    assert db.execute("SELECT what FROM trail_entries WHERE citizen_id = %s ORDER BY at DESC LIMIT 2",
                      (lin.id,)).fetchall() == [("benefit.claim",), ("eligibility.decide",)]


def test_the_same_key_finds_the_same_entitlement(db: psycopg.Connection) -> None:
    """Also when the first answer was lost (promises C14), and after the offer has ended. Fails where `_claimed` isn't
    asked first of all.
    """
    offer = ground.voucher()
    lin = ground.ready(1, offer)
    first = claiming.claim(lin, offer.id, "key-1", None)
    assert claiming.claim(lin, offer.id, "key-1", None).id == first.id
    assert claiming.claim(lin, offer.id, "key-2", None).id != first.id
    assert claiming.claim(lin, offer.id, None, None).id != claiming.claim(lin, offer.id, None, None).id
    assert counts(db)["granted"] == 4
    offers.end(offer.id)
    assert claiming.claim(lin, offer.id, "key-1", None).id == first.id


def test_a_key_is_good_for_one_offer_and_belongs_to_one_citizen() -> None:
    """C13: the same key with another content is refused; another's key is another key."""
    offer, other = ground.voucher(), ground.voucher()
    lin, wu = ground.ready(1, offer), ground.ready(2, offer)
    first = claiming.claim(lin, offer.id, "key-1", None)
    with pytest.raises(KeyReused):
        claiming.claim(lin, other.id, "key-1", None)
    assert claiming.claim(wu, offer.id, "key-1", None).id != first.id


def test_the_database_has_the_last_word_on_keys(db: psycopg.Connection) -> None:
    """The unique constraint holds without our code: a second row of one citizen and key can't be written."""
    offer = ground.voucher()
    claiming.claim(ground.ready(1, offer), offer.id, "key-1", None)
    same = ("citizen_id, offer_id, merchant_id, decision_id, scenario, kind, state, final, claim_key, terms, value_fen,"
            " buckets, quota_held, valid_from, valid_to, created_at")
    with pytest.raises(psycopg.errors.UniqueViolation):
        db.execute(f"INSERT INTO entitlements (id, entitlement_no, {same}) SELECT gen_random_uuid(), 'E2', {same}"  # noqa: S608
                   " FROM entitlements")


def test_zhou_who_gave_no_consent_is_not_looked_at(db: psycopg.Connection) -> None:
    """Nothing is taken and nothing asked; what is missing is named; the decision that says so is kept."""
    offer = ground.offer()
    zhou = ground.person(7)
    with pytest.raises(ConsentRequired) as no:
        claiming.claim(zhou, offer.id, "key-1", None)
    assert [each["scope"] for each in no.value.extra["missing_consents"]] == ["grade.read", "usage.report"]
    assert counts(db) == {"entitlements": 0, "entitlement_steps": 0, "quota_counts": 0, "decisions": 1, "granted": 0}
    assert db.execute("SELECT count(*) FROM trail_entries WHERE what = 'eligibility.decide'").fetchone() == (0,)


def test_a_withdrawn_consent_is_none(db: psycopg.Connection) -> None:
    """C16: withdrawn before the claim's transaction, the claim is refused, though the grade is still kept."""
    offer = ground.offer()
    lin = ground.ready(1, offer)
    withdrawing.withdraw(lin, checking.any_live(lin.id, "usage.report").id)
    with pytest.raises(ConsentRequired):
        claiming.claim(lin, offer.id, "key-1", None)
    assert counts(db)["granted"] == 0


def test_wu_whose_grade_is_too_low_is_told_why(db: psycopg.Connection) -> None:
    """The claim is refused, the decision kept. Fails where NotEligible is raised inside the transaction."""
    offer = ground.offer(quota_total=5, quota_per_person=3)
    wu = ground.ready(2, offer, grade="D")
    with pytest.raises(NotEligible) as no:
        claiming.claim(wu, offer.id, "key-1", None)
    reason = no.value.extra["reasons"][0]
    assert reason["code"] == "GRADE_TOO_LOW"
    assert reason["appeal"] is True
    assert all(reason[name] for name in ("message", "legal_ground", "how"))
    kept = db.execute("SELECT id::text, eligible FROM decisions").fetchall()
    assert kept == [(no.value.extra["decision_id"], False)]
    assert counts(db) == {"entitlements": 0, "entitlement_steps": 0, "quota_counts": 0, "decisions": 1, "granted": 0}


def test_when_all_places_are_taken(db: psycopg.Connection) -> None:
    """SOLD_OUT, before anything of the person is looked at; given back, the place can be had again."""
    offer = ground.voucher(quota_total=1)
    lin, wu = ground.ready(1, offer), ground.ready(2, offer)
    got = claiming.claim(lin, offer.id, "key-1", None)
    before = counts(db)
    with pytest.raises(SoldOut) as no:
        claiming.claim(wu, offer.id, "key-1", None)
    assert no.value.extra == {"quota": "total"}
    assert counts(db) == before
    with transaction():
        quotas.give_back(got)
    assert claiming.claim(wu, offer.id, "key-1", None).citizen_id == wu.id


@pytest.mark.parametrize(("limit", "code", "quota"), [
    ("quota_per_day", SoldOut, "day"), ("quota_per_person", LimitReached, "person"),
    ("quota_per_period", LimitReached, "month")])
def test_each_limit_is_named_and_leaves_nothing(db: psycopg.Connection, limit: str, code: Any, quota: str) -> None:
    """The third of two is refused without any partial effect (the other buckets are untouched)."""
    wide = {"quota_total": 9, "quota_per_day": 8, "quota_per_person": 8, "quota_per_period": 8}
    offer = ground.voucher(**{**wide, limit: 2})
    lin = ground.ready(1, offer)
    claiming.claim(lin, offer.id, "key-1", None)
    claiming.claim(lin, offer.id, "key-2", None)
    before = counts(db), db.execute("SELECT bucket, granted FROM quota_counts ORDER BY 1").fetchall()
    with pytest.raises(code) as no:
        claiming.claim(lin, offer.id, "key-3", None)
    assert no.value.extra == {"quota": quota}
    assert (counts(db), db.execute("SELECT bucket, granted FROM quota_counts ORDER BY 1").fetchall()) == before


def test_a_new_day_is_a_new_day_in_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 23:59:59 the day's place is gone, one second later there is another."""
    offer = ground.voucher(quota_per_day=1)
    people = [ground.ready(number, offer) for number in (1, 2, 3)]
    midnight = clock.day_end(clock.today()).astimezone(UTC)
    monkeypatch.setattr(clock, "now", lambda: midnight - timedelta(seconds=1))
    claiming.claim(people[0], offer.id, "key-1", None)
    with pytest.raises(SoldOut):
        claiming.claim(people[1], offer.id, "key-1", None)
    monkeypatch.setattr(clock, "now", lambda: midnight)
    claiming.claim(people[1], offer.id, "key-1", None)
    with pytest.raises(SoldOut):
        claiming.claim(people[2], offer.id, "key-1", None)


@pytest.mark.parametrize(("kind", "label"), [("week", "2026-W53"), ("month", "2027-01"), ("year", "2027")])
def test_periods_are_shanghais(kind: str, label: str) -> None:
    """1 January 2027 lies in the last ISO week of 2026."""
    offer = ground.voucher(quota_per_period=1, period_kind=kind)
    lin = ground.person(1)
    day = clock.shanghai_day(clock.day_end(clock.today().replace(year=2026, month=12, day=31)))
    assert quotas.buckets(offer, lin.id, day) == [f"{kind}:{label}:{lin.id}"]


def test_a_raised_limit_counts_at_once(db: psycopg.Connection) -> None:
    """`lim` is kept in step with the offer, upwards and downwards."""
    offer = ground.voucher(quota_per_person=1)
    lin = ground.ready(1, offer)
    claiming.claim(lin, offer.id, "key-1", None)
    db.execute("UPDATE offers SET quota_per_person = 2")
    claiming.claim(lin, offer.id, "key-2", None)
    db.execute("UPDATE offers SET quota_per_person = 1")
    with pytest.raises(LimitReached):
        claiming.claim(lin, offer.id, "key-3", None)
    assert db.execute("SELECT granted, lim FROM quota_counts").fetchone() == (2, 2)


def test_closed_offers(db: psycopg.Connection) -> None:
    """Not begun, over, paused, ended, the provider paused: OFFER_CLOSED. A draft and an unknown one aren't there."""
    offer = ground.voucher()
    lin = ground.ready(1, offer)
    for change, back in (("opens_at = now() + '1 hour'", "opens_at = now() - interval '1 hour'"),
                         ("closes_at = now()", "closes_at = now() + interval '1 day'"),
                         ("state = 'paused'", "state = 'live'"), ("state = 'ended'", "state = 'live'")):
        db.execute(f"UPDATE offers SET {change}")  # noqa: S608
        with pytest.raises(OfferClosed):
            claiming.claim(lin, offer.id, "key-1", None)
        db.execute(f"UPDATE offers SET {back}")  # noqa: S608
    enrolling.pause("1600000001")
    with pytest.raises(OfferClosed):
        claiming.claim(lin, offer.id, "key-1", None)
    enrolling.resume("1600000001")
    db.execute("UPDATE offers SET state = 'draft'")
    for unknown in (offer.id, new_id()):
        with pytest.raises(OfferNotFound):
            claiming.claim(lin, unknown, "key-1", None)
    assert counts(db)["entitlements"] == 0


def test_an_offer_that_closes_while_the_claim_runs(db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The conditional write looks at state and period itself. Fails where `_take_one` asks for the quota only."""
    offer = ground.voucher()
    lin = ground.ready(1, offer)
    take = quotas.take

    def late(*args: Any) -> None:
        db.execute("UPDATE offers SET state = 'paused'")
        take(*args)

    monkeypatch.setattr(quotas, "take", late)
    with pytest.raises(OfferClosed):
        claiming.claim(lin, offer.id, "key-1", None)
    assert counts(db) == {"entitlements": 0, "entitlement_steps": 0, "quota_counts": 0, "decisions": 0, "granted": 0}


def test_the_form_is_the_scenarios_and_sealed(db: psycopg.Connection) -> None:
    """Unknown fields, wrong choices and a form where none is asked for are refused; a good one is kept sealed."""
    offer = ground.offer(scenario="fast_track", terms=FAST_TRACK, title="登记容缺受理", value_fen=0)
    lin = ground.ready(1, offer)
    good = {"matter": "个体工商户设立登记", "deferred": ["经营场所使用证明"], "note": "工作日联系"}
    for wrong in (None, {}, {**good, "role": "admin"}, {**good, "matter": "别的事项"}):
        with pytest.raises(Invalid) as no:
            claiming.claim(lin, offer.id, "key-1", wrong)
        assert set(no.value.errors["json"]) == {"form"}
    got = claiming.claim(lin, offer.id, "key-1", good)
    assert (got.kind, got.state) == ("application", "draft")
    sealed = db.execute("SELECT form_sealed FROM entitlements").fetchone()[0]
    assert "工作日联系".encode() not in sealed
    rental = ground.offer()
    ground.agrees(lin, rental)
    with pytest.raises(Invalid):
        claiming.claim(lin, rental.id, "key-2", {"matter": "x"})


def test_what_is_claimed_ends_with_the_first_of_its_ends() -> None:
    """The hold of a rental, the year of a volunteer's benefit, the days of life, the offer's end."""
    rental = ground.offer(terms={**ground.RENTAL, "hold_minutes": 30})
    lin = ground.ready(1, rental)
    held = claiming.claim(lin, rental.id, "key-1", None)
    assert held.valid_to - held.valid_from == timedelta(minutes=30)
    assert (held.due_at, held.due_move) == (held.valid_to, "expire")

    short = ground.voucher(valid_days=2)
    ground.agrees(lin, short)
    got = claiming.claim(lin, short.id, "key-2", None)
    assert got.valid_to - got.valid_from == timedelta(days=2)

    long = ground.voucher(valid_days=3660, closes_at=(clock.now() + timedelta(days=800)).isoformat())
    assert claiming.claim(lin, long.id, "key-3", None).valid_to == clock.day_start(
        clock.today().replace(year=clock.today().year + 1, month=1, day=1))

    ends = (clock.now() + timedelta(hours=5)).replace(microsecond=0)
    soon = ground.voucher(closes_at=ends.isoformat())
    assert claiming.claim(lin, soon.id, "key-4", None).valid_to == ends


def test_terms_stay_as_they_were_claimed(db: psycopg.Connection) -> None:
    """C17: what was granted is lived out on the terms of its start."""
    offer = ground.offer()
    got = claiming.claim(ground.ready(1, offer), offer.id, "key-1", None)
    assert got.terms == offers.get(offer.id).terms
    assert got.terms["grace_hours"] == 24


def test_who_was_erased_meanwhile_claims_nothing(db: psycopg.Connection) -> None:
    """The citizen's row is read under its lock."""
    offer = ground.voucher()
    lin = ground.ready(1, offer)
    db.execute("UPDATE citizens SET deleted_at = now(), data_key = NULL, identity_index = NULL, verified_at = NULL")
    with pytest.raises(Unauthenticated):
        claiming.claim(lin, offer.id, "key-1", None)
    assert counts(db)["granted"] == 0


def test_numbers_are_short_and_not_to_be_guessed() -> None:
    """17 characters, 80 random bits."""
    numbers = {claiming._number() for _ in range(1000)}
    assert len(numbers) == 1000
    assert {len(number) for number in numbers} == {17}
