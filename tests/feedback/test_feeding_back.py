"""What a closed month of an initiative brought is told once, and again where late uses change it.

Breaks that were tried: uses taken back still counted, the month cut by UTC, the same figures owed twice; each failed
here.
"""

from datetime import UTC, datetime, timedelta

import pytest

from app.benefits import claiming, offers, presenting, redeeming, reversing, usage_queries, usages
from app.benefits.models import Usage
from app.feedback import feeding_back, initiative_queries, initiatives, responding
from app.feedback.initiative_errors import NotAccepted, PeriodWrong
from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import queries as merchants
from app.scenario.contract import Outcome
from tests.benefits import ground
from tests.feedback import bad_days
from tests.feedback.test_initiatives import NOW, STAFF, issue, theirs

TOLD = ("beneficiaries", "usages", "waived_fen")


@pytest.fixture
def offer(inside, sandbox, db):
    """A voucher of 18 yuan from an initiative that was accepted this month, and that the platform knows of."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    issue(sandbox, regions=["360000"])
    initiatives.poll()
    template = ground.voucher(value_fen=1800)
    made = responding.offer_from("I-1", {"code": "FROM-I-1"}, STAFF, like=template.code)
    offers.resume(made.id)
    responding.accept("I-1", [made.code], STAFF)
    assert bad_days.drain(db, responding.TOPIC) == ["done"]
    return made


def use(offer, number, citizen=None):
    """A person of this number, or this citizen, redeems once; gives (citizen, redemption number)."""
    citizen = citizen or ground.ready(number, offer)
    entitlement = claiming.claim(citizen, offer.id, None, None)
    code = presenting.present(citizen.id, entitlement.id).code
    out_no = f"R{number}"
    redeeming.redeem(merchants.by_mchid("1600000001").id, redeeming.Request(out_no, offer.service_id, code))
    return citizen, out_no


def next_month(months=1):
    """The 1st of the month after, 03:00 in Shanghai."""
    day = clock.today().replace(day=1)
    for _ in range(months):
        day = (day + timedelta(days=32)).replace(day=1)
    return clock.day_start(day) + timedelta(hours=3)


def fed(sandbox):
    return {each["period"]: tuple(each[name] for name in TOLD) for each in theirs(sandbox)["feedbacks"]}


def test_a_usage_of_such_an_offer_carries_the_initiative(offer):
    use(offer, 1)
    other = ground.voucher()
    use(other, 2)
    assert sorted(session().query(Usage.initiative_no).all(), key=str) == [("I-1",), (None,)]


def test_a_month_is_told_once_and_again_where_it_changed(offer, sandbox, db, monkeypatch):
    citizen, _ = use(offer, 1)
    use(offer, 2, citizen)
    _, taken_back = use(offer, 3)
    reversing.reverse(merchants.by_mchid("1600000001").id, taken_back, "测试撤销")
    month, later = f"{clock.today():%Y-%m}", next_month()
    assert feeding_back.run_due() == 0, "this month isn't over"
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert feeding_back.run_due() == 1
        assert feeding_back.run_due() == 0
    sandbox.control("POST", "/clock", {"offset_s": 0})
    assert set(bad_days.drain(db, feeding_back.TOPIC)) == {"done"}
    assert fed(sandbox) == {month: (1, 2, 3600)}
    use(offer, 4)  # comes late into the month that was told
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert feeding_back.run_due() == 1
    assert set(bad_days.drain(db, feeding_back.TOPIC)) == {"done"}
    assert fed(sandbox) == {month: (2, 3, 5400)}
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = %s", [feeding_back.TOPIC]).fetchone() == (2,)
    (row,), _ = initiative_queries.feedbacks({"limit": 10, "period": month})
    assert (row.revision, row.answered_revision, row.status) == (2, 2, "received")


def test_a_month_of_nothing_is_told_too_and_none_before_or_after(offer, sandbox, db, monkeypatch):
    later = next_month(5)  # the initiative ends in 60 days
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        assert feeding_back.run_due() in (2, 3)
    rows, _ = initiative_queries.feedbacks({"limit": 10, "initiative_no": "I-1"})
    ends = clock.shanghai_day(initiatives.get("I-1").ends_at)
    assert {row.period for row in rows} == {f"{clock.today():%Y-%m}", f"{ends:%Y-%m}",
                                            *(row.period for row in rows if row.period < f"{ends:%Y-%m}")}
    assert all((row.beneficiaries, row.usages, row.waived_fen) == (0, 0, 0) for row in rows)


def written(entitlement, moment, outcome=Outcome.FULFILLED, corrects=None):
    """A record of this use, as at its moment; its number."""
    with transaction():
        usage_id = usages.write(entitlement, outcome, usages.Use(occurred_at=moment, corrects=corrects), moment)
    return f"U{usage_id.hex}"


def test_the_month_is_shanghais(offer):
    """23:30 of the 30th in Shanghai, and half an hour after midnight: two months, though UTC has both on the 30th."""
    citizen = ground.ready(9, offer)
    for minute in (30, 90):
        written(claiming.claim(citizen, offer.id, None, None), datetime(2026, 11, 30, 15, tzinfo=UTC)
                + timedelta(minutes=minute))
    found = usage_queries.of_initiative("I-1")
    assert {period: each.usages for period, each in found.items()} == {"2026-11": 1, "2026-12": 1}


def test_of_each_use_the_last_record_counts(offer):
    """A rejected record that was corrected by another one, then taken back: no use is left, whoever corrects whom."""
    entitlement = claiming.claim(ground.ready(9, offer), offer.id, None, None)
    first = written(entitlement, NOW)
    assert usage_queries.of_initiative("I-1")["2026-11"].usages == 1
    written(entitlement, NOW, corrects=first)
    assert usage_queries.of_initiative("I-1")["2026-11"].usages == 1
    written(entitlement, NOW, Outcome.REVERSED, corrects=first)
    assert usage_queries.of_initiative("I-1") == {}


def test_staff_may_tell_this_month_before_its_end_with_a_note(offer, sandbox, db):
    """A note is there without one, too: the page names five fields, and none that may be absent (tried: left out)."""
    use(offer, 1)
    month = f"{clock.today():%Y-%m}"
    feeding_back.feed_back("I-1", month)
    assert bad_days.drain(db, feeding_back.TOPIC) == ["done"]
    assert theirs(sandbox)["feedbacks"][0]["note"] == feeding_back.NO_REMARK
    feeding_back.feed_back("I-1", month, "试点阶段")
    assert set(bad_days.drain(db, feeding_back.TOPIC)) == {"done"}
    assert theirs(sandbox)["feedbacks"][0] == {"period": month, "beneficiaries": 1, "usages": 1, "waived_fen": 1800,
                                               "note": "试点阶段"}
    for wrong in ("2020-01", "2026-13", "2026-1", "9999-12", f"{next_month():%Y-%m}"):
        with pytest.raises(PeriodWrong):
            feeding_back.feed_back("I-1", wrong)
    issue(sandbox, "I-2")
    initiatives.poll(at_once=True)
    with pytest.raises(NotAccepted):
        feeding_back.feed_back("I-2", month)


def test_bad_days_of_feeding_back(offer, sandbox, db):
    month = f"{clock.today():%Y-%m}"
    for count, fault in enumerate(bad_days.ROUNDS, 1):
        bad_days.order(sandbox, "/initiatives/I-1/feedbacks", "POST", fault)
        feeding_back.feed_back("I-1", month, f"第{count}次")
        assert set(bad_days.drain(db, feeding_back.TOPIC)) == {"done"}, fault
        (told,) = theirs(sandbox)["feedbacks"]
        assert told["note"] == f"第{count}次", fault
    assert sandbox.control("GET", "/platform/breaches")["items"] == []
