"""What the platform initiates: polled and pushed, answered once, in time; limits kept by every offer made from it.

Breaks that were tried: the older word let in, the cursor kept after the first page, a late response sent, the region
left out of the conditions, another initiative's offer taken for a measure; each failed here.
"""

from datetime import UTC, datetime, timedelta

import pytest

from app.benefits import deciding, offers, replaying
from app.feedback import initiative_queries, initiatives, responding, warning
from app.feedback.initiative_errors import (
    AlreadyResponded,
    InitiativeEnded,
    InitiativeLate,
    InitiativeNotFound,
    MeasuresNeeded,
    MeasureUnknown,
    ReasonNeeded,
)
from app.gateways.platform.fields import Unreadable
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from tests.benefits import ground
from tests.feedback import bad_days

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
STAFF = "operator:chen"


@pytest.fixture(autouse=True)
def _fresh(inside, sandbox):
    sandbox.control("POST", "/reset", {"authorizations": True})
    sandbox.control("PUT", "/platform/settings", {"page_size": 1000})


def told(number="I-1", **other):
    now = clock.now().replace(microsecond=0)
    return {"initiative_no": number, "title": "优秀青年志愿者联合激励", "document_no": "赣信用办〔2026〕8号",
            "red_list": ground.OUTSTANDING, "grades": ["AAA", "AA", "A"], "measures": ["免押金租借"],
            "regions": ["360100"], "issued_at": clock.rfc3339(now),
            "respond_by": clock.rfc3339(now + timedelta(days=10)),
            "ends_at": clock.rfc3339(now + timedelta(days=60)), **other}


def take(data):
    with transaction():
        initiatives.take(data)


def issue(sandbox, number="I-1", **other):
    return sandbox.control("POST", "/platform/initiatives", told(number, **other))


def theirs(sandbox, number="I-1"):
    return {each["initiative_no"]: each for each in sandbox.control("GET", "/platform/initiatives")["items"]}[number]


def at(monkeypatch, moment):
    monkeypatch.setattr(clock, "now", lambda: moment)


# -- taking --------------------------------------------------------------------------------------------------


def test_a_push_is_taken_once_and_needs_the_callers_transaction():
    take(told())
    first = initiatives.get("I-1").taken_at
    take(told(issued_at=clock.rfc3339(initiatives.get("I-1").issued_at), title=told()["title"]))
    assert initiatives.get("I-1").taken_at == first
    with pytest.raises(RuntimeError):
        initiatives.take(told("I-2"))


def test_what_is_no_initiative_is_refused():
    for wrong in ({"grades": ["E"]}, {"red_list": None}, {"more": 1}, {"respond_by": "soon"}, {"regions": ["36"]},
                  {"measures": "all"}, {"initiative_no": ""}):
        with pytest.raises(Unreadable):
            take({**told(), **wrong})
    with pytest.raises(InitiativeNotFound):
        initiatives.get("I-1")


def test_the_newest_word_stands_whatever_the_order():
    early, late = clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)
    take(told(title="后", issued_at=clock.rfc3339(late)))
    take(told(title="先", issued_at=clock.rfc3339(early)))
    assert initiatives.get("I-1").title == "后"
    take(told(title="另", issued_at=clock.rfc3339(late)))
    kept = initiatives.get("I-1")
    assert (kept.title, kept.differing["title"]) == ("后", "另")
    take(told(title="新", issued_at=clock.rfc3339(late + timedelta(minutes=1))))
    kept = initiatives.get("I-1")
    assert (kept.title, kept.differing) == ("新", None)


# -- polling -------------------------------------------------------------------------------------------------


def test_polling_reads_on_over_pages_and_remembers_where(db, sandbox):
    sandbox.control("PUT", "/platform/settings", {"page_size": 2})
    for number in range(5):
        issue(sandbox, f"I-{number}")
    assert initiatives.poll() == 5
    assert initiatives.poll() == 0, "it isn't time yet"
    issue(sandbox, "I-5")
    assert initiatives.poll(at_once=True) == 1
    assert db.execute("SELECT count(*) FROM initiatives").fetchone() == (6,)
    assert initiative_queries.polling().cursor == "i6"


def test_two_polls_lie_minutes_apart_with_jitter(monkeypatch):
    at(monkeypatch, NOW)
    waits = set()
    for _ in range(6):
        initiatives.poll(at_once=True)
        waits.add((initiative_queries.polling().next_at - NOW).total_seconds())
    assert all(240 <= wait <= 360 for wait in waits)
    assert len(waits) > 1


def test_a_poll_that_fails_midway_begins_there_again(db, sandbox):
    sandbox.control("PUT", "/platform/settings", {"page_size": 2})
    for number in range(5):
        issue(sandbox, f"I-{number}")
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/initiatives", "kind": "html", "skip": 1,
                                        "times": 1})
    assert initiatives.poll() == 0
    assert db.execute("SELECT count(*) FROM initiatives").fetchone() == (2,), "the page that was read stays read"
    polled = initiative_queries.polling()
    assert (polled.cursor, polled.last_error) == (None, "BAD_ANSWER")
    assert initiatives.poll(at_once=True) == 5
    assert initiative_queries.polling().last_error is None


def test_a_maintenance_window_is_kept(sandbox):
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/initiatives", "kind": "status", "times": 1,
                                        "value": {"code": "MAINTENANCE", "retry_after_s": 7200}})
    initiatives.poll()
    assert initiative_queries.polling().next_at > clock.now() + timedelta(seconds=7000)


def test_bad_days_of_polling(db, sandbox):
    for count, fault in enumerate(bad_days.ROUNDS, 1):
        issue(sandbox, f"I-{count}")
        bad_days.order(sandbox, "/initiatives", "GET", fault)
        for _ in range(3):
            bad_days.no_hold()
            initiatives.poll(at_once=True)
        assert db.execute("SELECT count(*) FROM initiatives").fetchone() == (count,), fault
        assert initiative_queries.polling().cursor == f"i{count}", fault


# -- responding ----------------------------------------------------------------------------------------------


def test_accepted_with_measures_and_the_answer_is_kept(db, sandbox):
    issue(sandbox)
    initiatives.poll()
    offer = ground.voucher()
    responding.accept("I-1", [offer.code], STAFF)
    assert bad_days.drain(db, responding.TOPIC) == ["done"]
    said = initiative_queries.whole("I-1").listed.response
    assert (said.state, said.status, said.responded_by) == ("answered", "accepted", STAFF)
    assert theirs(sandbox)["response"] == {"response": "accepted", "measures": [offer.code],
                                           "responded_at": clock.rfc3339(said.responded_at)}
    responding.accept("I-1", [offer.code], STAFF)
    with pytest.raises(AlreadyResponded):
        responding.decline("I-1", "不再参与", STAFF)
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = %s", [responding.TOPIC]).fetchone() == (1,)


def test_declined_with_a_reason(db, sandbox):
    issue(sandbox)
    initiatives.poll()
    responding.decline("I-1", "本地区没有相应的服务。", STAFF)
    assert bad_days.drain(db, responding.TOPIC) == ["done"]
    assert theirs(sandbox)["response"]["reason"] == "本地区没有相应的服务。"
    assert "measures" not in theirs(sandbox)["response"]


def test_what_no_response_can_be():
    take(told())
    code = ground.voucher().code
    for measures in ([], [code, code], [f"m{n}" for n in range(201)]):
        with pytest.raises(MeasuresNeeded):
            responding.accept("I-1", measures, STAFF)
    ended = ground.voucher()
    offers.end(ended.id)
    for codes in (["nobody's"], [code, "\x00"], [ended.code]):
        with pytest.raises(MeasureUnknown):
            responding.accept("I-1", codes, STAFF)
    with pytest.raises(ReasonNeeded):
        responding.decline("I-1", "  ", STAFF)
    with pytest.raises(InitiativeNotFound):
        responding.decline("I-9", "无", STAFF)


def test_a_late_response_is_refused_here_and_never_sent(db, sandbox, monkeypatch):
    take(told())
    respond_by = initiatives.get("I-1").respond_by
    at(monkeypatch, respond_by + timedelta(seconds=1))
    with pytest.raises(InitiativeLate):
        responding.decline("I-1", "来不及", STAFF)
    assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    at(monkeypatch, respond_by)
    responding.decline("I-1", "刚好", STAFF)
    at(monkeypatch, respond_by + timedelta(seconds=1))
    assert bad_days.drain(db, responding.TOPIC) in (["parked"], ["pending"])
    monkeypatch.undo()
    assert sandbox.control("GET", "/platform/initiatives")["items"] == []
    assert sandbox.control("GET", "/platform/breaches")["items"] == []


def test_bad_days_of_responding(db, sandbox):
    for count, fault in enumerate(bad_days.ROUNDS):
        number = f"I-{count}"
        issue(sandbox, number)
        initiatives.poll(at_once=True)
        bad_days.order(sandbox, "/initiatives", "POST", fault)
        responding.decline(number, "本地区没有相应的服务。", STAFF)
        assert set(bad_days.drain(db, responding.TOPIC)) == {"done"}, fault
        assert initiative_queries.whole(number).listed.response.state == "answered", fault
        assert theirs(sandbox, number)["response"]["response"] == "declined", fault
    assert sandbox.control("GET", "/platform/breaches")["items"] == []


def test_what_the_platform_refuses_for_good_is_parked_and_shown(db, sandbox):
    take(told("I-unknown"))
    responding.decline("I-unknown", "无", STAFF)
    assert bad_days.drain(db, responding.TOPIC) == ["parked"]
    (listed,), _ = initiative_queries.listed({"limit": 10, "state": "refused"})
    assert (listed.state, listed.response.code) == ("refused", "NOT_FOUND")


# -- offers from an initiative -------------------------------------------------------------------------------


def made(**draft):
    template = ground.offer()
    return responding.offer_from("I-1", {"code": f"FROM-{template.code}"[:64], **draft}, STAFF, like=template.code)


def test_an_offer_in_two_clicks_is_a_draft_within_the_limits():
    take(told())
    offer = made()
    assert (offer.state, offer.initiative_no, offer.closes_at) == ("draft", "I-1", initiatives.get("I-1").ends_at)
    offers.resume(offer.id)
    assert offers.get_live(offer.id).audience == {"red_list": ground.OUTSTANDING, "grades": ["AAA", "AA", "A"],
                                                  "regions": ["360100"]}
    assert [each.code for each in initiative_queries.whole("I-1").offers] == [offer.code]
    responding.accept("I-1", [offer.code], STAFF)


def test_beyond_the_end_or_the_regions_no_offer_is_made(monkeypatch):
    take(told())
    ends = initiatives.get("I-1").ends_at
    with pytest.raises(Invalid) as no:
        made(closes_at=(ends + timedelta(seconds=1)).isoformat())
    assert "closes_at" in no.value.errors
    with pytest.raises(Invalid) as no:
        made(region="360700")
    assert "region" in no.value.errors
    assert made(region="360102").region == "360102"
    template = ground.offer(closes_at=(ends + timedelta(days=30)).isoformat())
    at(monkeypatch, ends)
    with pytest.raises(InitiativeEnded):
        responding.offer_from("I-1", {"code": "LATE"}, STAFF, like=template.code)


def test_an_offer_of_another_initiative_is_no_measure():
    take(told())
    offer = made()
    take(told("I-2"))
    with pytest.raises(MeasureUnknown) as no:
        responding.accept("I-2", [offer.code], STAFF)
    assert no.value.extra == {"codes": [offer.code]}


@pytest.mark.parametrize(("number", "grade", "lists", "region", "unmet"), [
    (1, "A", (ground.OUTSTANDING,), "360102", []),
    (2, "A", (), "360102", ["initiative_red_list"]),
    (3, "B", (ground.OUTSTANDING,), "360102", ["grade_too_low", "initiative_grade"]),
    (4, "AAA", (ground.OUTSTANDING,), "360702", ["initiative_region"])])
def test_the_limits_decide_with_reasons_in_chinese(number, grade, lists, region, unmet):
    take(told())
    offer = made()
    offers.resume(offer.id)
    citizen = ground.person(number, region=region)
    ground.agrees(citizen, offer)
    ground.answered(citizen, grade, lists)
    decision = deciding.may_have(citizen, offer.id)
    assert decision.unmet == unmet
    assert decision.eligible is not bool(unmet)
    assert all("普通方式" in reason.how or "修复" in reason.how for reason in deciding.reasons(decision))
    (again,) = replaying.replay(decision.id)
    assert again.outcome is replaying.Outcome.SAME


def test_the_limits_ask_for_the_consents_that_their_facts_take():
    """A voucher by stars reads no credit; from an initiative with a red list it does, and says so beforehand."""
    take(told())
    stars = ground.voucher(terms={"by": "stars", "min_stars": 2, "benefit": "free"})
    assert {need.scope for need in offers.needs(stars)} == {"volunteer.read", "usage.report"}
    offer = responding.offer_from("I-1", {"code": "STARS"}, STAFF, like=stars.code)
    assert {need.scope for need in offers.needs(offer)} == {"grade.read", "volunteer.read", "usage.report"}
    assert offers.RESTRICTED in offers.conditions(offer)


# -- warning -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("respond_by", "warned_on"), [
    ("2026-12-04T18:00:00+08:00", {"2026-12-01": 3, "2026-12-03": 1}),  # a Friday
    ("2026-12-07T09:00:00+08:00", {"2026-12-02": 3, "2026-12-04": 1}),  # a Monday: the week-end doesn't count
])
def test_staff_are_warned_three_and_one_working_days_before(monkeypatch, respond_by, warned_on):
    at(monkeypatch, NOW)
    take(told(respond_by=respond_by))
    seen = {}
    for day in range(20):
        moment = NOW + timedelta(days=day)
        at(monkeypatch, moment)
        if warning.run_due():
            seen[clock.shanghai_day(moment).isoformat()] = initiative_queries.due()[0].warned
        assert warning.run_due() == 0, "once each"
    assert seen == warned_on
    (overdue,) = initiative_queries.due()
    assert overdue.state == "overdue"


def test_nobody_is_warned_of_what_was_answered(monkeypatch):
    at(monkeypatch, NOW)
    take(told(respond_by="2026-11-24T18:00:00+08:00"))
    responding.decline("I-1", "无", STAFF)
    assert warning.run_due() == 0
    assert initiative_queries.due() == []


def test_lists_page_and_filter(monkeypatch):
    at(monkeypatch, NOW)
    for number in range(5):
        take(told(f"I-{number}", issued_at=clock.rfc3339(NOW - timedelta(minutes=number))))
    responding.decline("I-2", "无", STAFF)
    rows, cursor = initiative_queries.listed({"limit": 3})
    more, end = initiative_queries.listed({"limit": 3, "cursor": cursor})
    assert [each.initiative.initiative_no for each in (*rows, *more)] == ["I-0", "I-1", "I-2", "I-3", "I-4"]
    assert end is None
    assert [each.initiative.initiative_no for each in initiative_queries.listed({"limit": 9, "state": "declined"})[0]] \
        == ["I-2"]
    assert len(initiative_queries.listed({"limit": 9, "state": "open"})[0]) == 4
    assert len(initiative_queries.listed({"limit": 9, "q": "i-3"})[0]) == 1
