"""From a nomination to the list, and off it: each step by another person, each told, each only once.

Breaks that were tried stand with each test.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.errors import CheckViolation

from app.benefits import claiming, deciding
from app.benefits.errors import NotEligible
from app.consent import queries as consents
from app.consent import withdrawing
from app.credit import keeping
from app.identity import sealing
from app.kernel import clock
from app.volunteers.outstanding import (
    campaigns,
    evaluating,
    exiting,
    listing,
    moving,
    nominating,
    objecting,
    publicising,
    reviewing,
)
from app.volunteers.outstanding import queries as nomination_queries
from app.volunteers.outstanding.cli import outstanding_cli
from app.volunteers.outstanding.errors import (
    HearingAnswered,
    HearingNotOver,
    ListingRefused,
    NominationExists,
    NominationMoved,
    NominationRefused,
    NominationUnknown,
    NotRegisteredThere,
    NotThisLevel,
    NotYetEligible,
    PublicityOver,
    QuotaRefused,
    QuotaUsedUp,
    ReasonMissing,
    SamePerson,
    TermsLooser,
)
from app.volunteers.outstanding.listing import Entry
from app.volunteers.outstanding.models import STATES, Nomination
from app.volunteers.red_list import queries as red_list_queries
from app.volunteers.red_list import sharing as red_list
from app.volunteers.service import hours
from tests.benefits import ground
from tests.feedback import bad_days
from tests.volunteers import outstanding_ground as made
from tests.volunteers.objections import SAID
from tests.volunteers.outstanding_ground import League

WHY = "材料需要补充说明"


@pytest.fixture
def tree(inside: Any) -> League:
    return made.league()


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`turned(day)`: it is the noon of that Shanghai day from now on."""
    def turn(day: date) -> None:
        monkeypatch.setattr(clock, "now", lambda: clock.day_start(day) + timedelta(hours=12))

    return turn


def entry(days: int = 365) -> Entry:
    today = clock.today()
    return Entry("示例团发〔2026〕1号", today, today + timedelta(days=days))


def served(nomination: Nomination, turned: Any) -> Nomination:
    """Its publicity is over."""
    last = made.fresh(nomination).publicised_to
    assert last is not None
    turned(last + timedelta(days=1))
    assert publicising.close_due() == 1
    return made.fresh(nomination)


def listed(tree: League, turned: Any, number: int = 1) -> tuple[Any, Nomination]:
    citizen, campaign = ground.person(number), made.campaign(tree)
    nomination = served(made.at(tree, campaign, made.volunteer(citizen), citizen, "publicised"), turned)
    listing.put(tree.who("province", "list_officer"), nomination.id, entry())
    return citizen, made.fresh(nomination)


def story(nomination: Nomination) -> list[str]:
    return [each.move for each in nomination_queries.story(nomination.id)]


def test_the_whole_way_to_the_list(tree: League, turned: Any, db: Any) -> None:
    """Fails, as tried, where listing doesn't reach the red list, and where a move leaves no line in the trail."""
    citizen, nomination = listed(tree, turned)
    told = db.execute("SELECT count(*) FROM outbox WHERE topic = 'wechat.message' AND key = %s", [str(citizen.id)])
    assert told.fetchone() == (8,), "at each step"
    assert story(nomination) == ["nominate", "submit", "forward_county", "forward_city", "approve", "publicise",
                                 "clear", "list"]
    row = red_list_queries.by_no(nomination.nomination_no)
    assert row is not None
    assert (row.state, row.document_no) == ("listed", "示例团发〔2026〕1号")
    assert row.publicised_to == nomination.publicised_to
    seen = [what for (what,) in db.execute("SELECT what FROM trail_entries WHERE citizen_id = %s ORDER BY at, id",
                                           [citizen.id])]
    assert [what for what in seen if what.startswith(("nomination.", "red_list."))] == [
        "nomination.nominate", "nomination.submit", "nomination.evaluate", "nomination.forward_county",
        "nomination.evaluate", "nomination.forward_city", "nomination.evaluate", "nomination.approve",
        "nomination.publicise", "nomination.clear", "nomination.list", "red_list.listed"]
    assert [(each.name, each.entry_no) for each in listing.public_list({"limit": 20})[0]] == [
        ("示**", nomination.nomination_no)]
    assert listing.public_list({"limit": 20, "region": "360103"})[0] == []


def test_each_step_takes_another_person(tree: League, db: Any) -> None:
    """Fails, as tried, without the CHECK `others`: then who nominated reviews, and who approved lists."""
    citizen, campaign = ground.person(1), made.campaign(tree)
    both = tree.who("east", "registrar", "reviewer")
    nomination = made.nominated(tree, campaign, made.volunteer(citizen), both)
    made.agreed(citizen, nomination)
    nominating.submit(both, nomination.id)
    evaluating.evaluate(both, nomination.id)
    with pytest.raises(SamePerson):
        reviewing.forward(both, nomination.id)
    assert made.fresh(nomination).state == "at_county"
    mender, sender = (tree.who("east", "registrar", "reviewer") for _ in range(2))
    reviewing.send_back(tree.who("east", "reviewer"), nomination.id, WHY)
    nominating.amend(mender, nomination.id, made.DEEDS)
    nominating.submit(sender, nomination.id)
    for who in (mender, sender, both):
        with pytest.raises(SamePerson):
            reviewing.forward(who, nomination.id)
    reviewing.forward(tree.who("east", "reviewer"), nomination.id)
    with pytest.raises(CheckViolation, match="ck_nominations_others"):
        db.execute("UPDATE nominations SET province_by = county_by WHERE id = %s", [nomination.id])


def test_who_may_move_it(tree: League) -> None:
    """Level, role, subtree and state are all looked at."""
    citizen, campaign = ground.person(1), made.campaign(tree)
    nomination = made.at(tree, campaign, made.volunteer(citizen), citizen, "at_county")
    for scope, no in ((tree.who("city", "reviewer"), NominationMoved),
                      (tree.who("unit", "reviewer"), NominationUnknown),
                      (tree.who("west", "reviewer"), NominationUnknown)):
        with pytest.raises(no):
            reviewing.refuse(scope, nomination.id, WHY)
    with pytest.raises(NotThisLevel):
        nominating.nominate(tree.who("city", "registrar"), campaign.id, "3601020000000000", made.DEEDS)
    with pytest.raises(NotThisLevel):
        publicising.publicise(tree.who("east", "list_officer"), nomination.id)
    for reason in ("", "电话 19900001111", " x "):
        with pytest.raises(ReasonMissing):
            reviewing.send_back(tree.who("east", "reviewer"), nomination.id, reason)


def test_returns_go_down_with_their_reasons_and_give_the_place_back(tree: League) -> None:
    citizen, campaign = ground.person(1), made.campaign(tree, {"east": 1, "city": 1})
    nomination = made.at(tree, campaign, made.volunteer(citizen), citizen, "at_province")
    assert taken(tree, campaign) == [1, 1]
    reviewing.send_back(tree.who("province", "reviewer"), nomination.id, WHY)
    assert taken(tree, campaign) == [0, 1], "the city has its place again"
    reviewing.send_back(tree.who("city", "reviewer"), nomination.id, WHY)
    assert taken(tree, campaign) == [0, 0]
    reviewing.send_back(tree.who("east", "reviewer"), nomination.id, WHY)
    back = made.fresh(nomination)
    assert (back.state, back.county_by, back.city_by) == ("draft", None, None)
    assert [each.reason for each in nomination_queries.story(back.id)][-3:] == [WHY] * 3
    nominating.amend(tree.who("east", "registrar"), back.id, made.DEEDS + "已补充。")
    nominating.submit(tree.who("east", "registrar"), back.id)
    reviewing.refuse(tree.who("east", "reviewer"), back.id, WHY)
    with pytest.raises(NominationExists):
        made.nominated(tree, campaign, made.volunteer(citizen, days=0))


def taken(tree: League, campaign: Any) -> list[int]:
    """Of the city, then of the east."""
    return [each.taken for each in nomination_queries.quotas(tree.who("province", "viewer"), campaign.id)]


def test_a_county_forwards_no_more_than_its_quota(tree: League) -> None:
    """Fails, as tried, where places aren't given back."""
    campaign = made.campaign(tree, {"east": 1})
    people = [ground.person(number) for number in (1, 2)]
    both = [made.at(tree, campaign, made.volunteer(each), each, "at_county") for each in people]
    reviewer = tree.who("east", "reviewer")
    for each in both:
        evaluating.evaluate(reviewer, each.id)
    reviewing.forward(reviewer, both[0].id)
    with pytest.raises(QuotaUsedUp):
        reviewing.forward(reviewer, both[1].id)
    assert made.fresh(both[1]).state == "at_county"
    with pytest.raises(QuotaRefused):
        campaigns.set_quota(tree.who("province", "list_officer"), campaign.id, tree.east.id, 0)
    reviewing.refuse(tree.who("city", "reviewer"), both[0].id, WHY)
    reviewing.forward(reviewer, both[1].id)
    campaigns.set_quota(tree.who("province", "list_officer"), campaign.id, tree.city.id, 0)
    evaluating.evaluate(tree.who("city", "reviewer"), both[1].id)
    with pytest.raises(QuotaUsedUp):
        reviewing.forward(tree.who("city", "reviewer"), both[1].id)


def test_a_county_without_a_quota_has_none(tree: League) -> None:
    citizen, campaign = ground.person(1), made.campaign(tree, {"west": 9})
    nomination = made.at(tree, campaign, made.volunteer(citizen), citizen, "at_county")
    evaluating.evaluate(tree.who("east", "reviewer"), nomination.id)
    with pytest.raises(QuotaUsedUp):
        reviewing.forward(tree.who("east", "reviewer"), nomination.id)


@pytest.mark.parametrize(("said", "unmet"), [
    ({}, []), ({"grade": "NONE"}, []), ({"grade": "C"}, ["credit_record"]), ({"restricted": True}, ["credit_list"])])
def test_what_the_platform_says_decides(tree: League, inside: Any, db: Any, said: dict[str, Any],
                                        unmet: list[str]) -> None:
    citizen, campaign = ground.person(1), made.campaign(tree)
    nomination = made.nominated(tree, campaign, made.volunteer(citizen))
    made.agreed(citizen, nomination, **said)
    found = evaluating.evaluate(tree.who("east", "reviewer"), nomination.id)
    assert (found.eligible, found.unmet) == (not unmet, unmet)
    assert b"credit" not in found.facts_sealed
    assert inside.test_cli_runner().invoke(outstanding_cli, ["replay"]).output == "1 same\n"
    db.execute("UPDATE nomination_evaluations SET conditions = jsonb_set(conditions, '{3,value}', '9999')")
    assert inside.test_cli_runner().invoke(outstanding_cli, ["replay"]).exit_code == 1
    results = evaluating.results(found, campaign.terms)
    assert [each.reason.code.lower() for each in results if not each.met] == unmet
    assert all(each.reason.how and each.reason.legal_ground for each in results)


def test_what_the_register_says_decides(tree: League) -> None:
    """Fails, as tried, where days with nothing left after a correction count."""
    campaign = made.campaign(tree, min_hours=700)
    for number, born, told, unmet in ((1, "19960307", {}, ["hours"]), (2, "19960307", {"minutes": 3000, "days": 23},
                                      ["frequency"]), (3, "19700307", {"minutes": 3000}, ["too_old"]),
                                      (4, "19960307", {"minutes": 60}, ["hours", "stars"])):
        citizen = ground.person(number, born)
        volunteer = made.volunteer(citizen, **told)
        if number == 2:
            for minutes in (60, -60):
                hours.add(volunteer.id, activity="更正", served_on=clock.today(), minutes=minutes, source="test")
        nomination = made.nominated(tree, campaign, volunteer)
        made.agreed(citizen, nomination)
        assert evaluating.evaluate(tree.who("east", "reviewer"), nomination.id).unmet == unmet, number


def test_without_both_consents_nothing_is_looked_at(tree: League) -> None:
    """Fails, as tried, where one consent stands for both."""
    citizen, campaign = ground.person(1), made.campaign(tree)
    nomination = made.nominated(tree, campaign, made.volunteer(citizen))
    reviewer = tree.who("east", "reviewer")
    assert evaluating.evaluate(reviewer, nomination.id).unmet == ["agreement"]
    made.agreed(citizen, nomination, "grade.read")
    assert evaluating.evaluate(reviewer, nomination.id).unmet == ["agreement"]
    made.agreed(citizen, nomination)
    assert evaluating.evaluate(reviewer, nomination.id).eligible
    mine = {each.scope: each for each in consents.all_of(citizen.id)}
    assert {each.recipient_id for each in mine.values()} == {f"league:{campaign.id}"}
    withdrawing.withdraw(citizen, mine["grade.read"].id)
    assert evaluating.evaluate(reviewer, nomination.id).unmet == ["agreement"]
    assert made.fresh(nomination).state == "draft", "what was evaluated stands; only no new look"
    withdrawing.withdraw(citizen, mine["list.publish"].id)
    assert made.fresh(nomination).state == "withdrawn"
    with pytest.raises(NominationMoved):
        evaluating.evaluate(reviewer, nomination.id)


def test_a_review_needs_a_fresh_yes(tree: League, turned: Any) -> None:
    citizen, campaign = ground.person(1), made.campaign(tree)
    nomination = made.at(tree, campaign, made.volunteer(citizen), citizen, "at_county")
    reviewer = tree.who("east", "reviewer")
    with pytest.raises(NotYetEligible):
        reviewing.forward(reviewer, nomination.id)
    evaluating.evaluate(reviewer, nomination.id)
    turned(clock.today() + timedelta(days=31))
    with pytest.raises(NotYetEligible):
        reviewing.forward(reviewer, nomination.id)


def test_terms_are_never_looser_and_deeds_never_name(tree: League) -> None:
    for terms in ({"min_hours": 1}, {"max_age": 60}, {"publicity_days": 4}, {"valid_months": 600}):
        with pytest.raises(TermsLooser):
            made.campaign(tree, {}, **terms)
    assert made.campaign(tree, {}, publicity_days=9).publicity_days == 9
    citizen, campaign = ground.person(1), nomination_queries.taking()[0]
    volunteer = made.volunteer(citizen, days=0)
    for deeds in ("示例1长期参加社区助老志愿服务。", "长期服务，联系电话 199 0000 1111。", "太短"):
        with pytest.raises(NominationRefused):
            nominating.nominate(tree.who("east", "registrar"), campaign.id, volunteer.volunteer_no, deeds)
    with pytest.raises(NotRegisteredThere):
        nominating.nominate(tree.who("west", "registrar"), campaign.id, volunteer.volunteer_no, made.DEEDS)


def test_an_objection_stops_the_clock_of_that_person_only(tree: League, turned: Any) -> None:
    """Fails, as tried, where a stopped day counts, or the resumed publicity begins anew."""
    turned(date(2026, 11, 23))  # a Monday; seven working days: to 2 December
    campaign = made.campaign(tree)
    people = [ground.person(number) for number in (1, 2)]
    first, second = [made.at(tree, campaign, made.volunteer(each), each, "publicised") for each in people]
    assert first.publicised_to == second.publicised_to == date(2026, 12, 2)
    turned(date(2026, 11, 26))  # 24 and 25 were shown whole; the 26th isn't
    objection = objecting.object_publicly(first.id, SAID, "198.51.100.7")
    assert [each.id for each in publicising.public_list({"limit": 20})[0]] == [second.id]
    turned(date(2026, 12, 7))
    assert publicising.close_due() == 1, "the other one only"
    officer = tree.who("province", "list_officer")
    again = objecting.raise_by_staff(officer, first.id, SAID)
    objecting.settle(officer, objection.id, upheld=False, answer="经核实与事实不符")
    assert made.fresh(first).state == "objected", "another one is open"
    with pytest.raises(SamePerson):
        objecting.settle(officer, again.id, upheld=False, answer="经核实与事实不符")
    objecting.settle(tree.who("province", "list_officer"), again.id, upheld=False, answer="经核实与事实不符")
    resumed = made.fresh(first)
    assert (resumed.state, resumed.days_owed, resumed.publicised_to) == ("publicised", 5, date(2026, 12, 14))
    with pytest.raises(ListingRefused):
        listing.put(tree.who("province", "list_officer"), second.id, Entry("文号", date(2026, 12, 1), date(2027, 1, 1)))
    served(first, turned)
    assert listing.put_all(tree.who("province", "list_officer"), campaign.id, entry()) == 2
    with pytest.raises(PublicityOver):
        objecting.object_publicly(first.id, SAID, "198.51.100.7")


def test_an_upheld_objection_ends_it(tree: League, db: Any, turned: Any) -> None:
    citizen, campaign = ground.person(1), made.campaign(tree, {"east": 1})
    nomination = made.at(tree, campaign, made.volunteer(citizen), citizen, "publicised")
    objection = objecting.object_publicly(nomination.id, SAID, "198.51.100.7")
    other = objecting.object_publicly(nomination.id, SAID, "198.51.100.8")
    officer = tree.who("province", "list_officer")
    assert objecting.read(officer, objection.id) == SAID
    with pytest.raises(NotThisLevel):
        objecting.read(tree.who("east", "reviewer"), objection.id)
    objecting.settle(officer, objection.id, upheld=True, answer="服务时长经核实不足")
    assert made.fresh(nomination).state == "refused"
    assert db.execute("SELECT state FROM nomination_objections WHERE id = %s", [other.id]).fetchone() == ("moot",)
    assert [each.taken for each in nomination_queries.quotas(officer, campaign.id)] == [0]
    kept = b"".join(db.execute("SELECT text_sealed, contact_sealed FROM nomination_objections WHERE id = %s",
                               [objection.id]).fetchone())
    assert SAID.text.encode() not in kept
    assert SAID.contact.encode() not in kept
    turned(clock.today() + timedelta(days=91))
    assert objecting.forget_contacts() == 2


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(5, 20), st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=4))
@settings(max_examples=60, deadline=None)
def test_nobody_is_publicised_for_fewer_days(start: date, days: int, stops: list[tuple[int, int]]) -> None:
    """Whatever objections come when: whole working days shown are as many as owed. Tried: a stopped day that counts."""
    shown: set[date] = set()
    now = Nomination(**publicising.running(start, days))
    for run, pause in stops:
        stop = now.running_from + timedelta(days=run)
        if stop > now.publicised_to:
            break
        shown |= {now.running_from + timedelta(days=each) for each in range(1, run)}
        now = Nomination(running_from=None, **publicising.stopped(now, stop))
        now = Nomination(**publicising.running(stop + timedelta(days=pause), now.days_owed))
    span = (now.publicised_to - now.running_from).days
    shown |= {now.running_from + timedelta(days=each) for each in range(1, span + 1)}
    assert sum(clock.is_working_day(day) for day in shown) == days


def test_the_list_decides_at_once_and_takes_nothing_back(tree: League, turned: Any, db: Any) -> None:
    """Before the platform has heard of it. Fails, as tried, where facts come from the platform's answer alone."""
    citizen, nomination = listed(tree, turned)
    offer = ground.voucher()
    ground.agrees(citizen, offer)
    ground.answered(citizen, red_lists=("another_list",))
    assert db.execute("SELECT platform_status FROM red_list_entries").fetchall() == [(None,)]
    mine = claiming.claim(citizen, offer.id, "key-1", None)
    exiting.leave(citizen, nomination.id)
    assert exiting.leave(citizen, nomination.id).state == "left"
    ground.answered(citizen)  # the platform still says so
    found = deciding.may_have(citizen, offer.id)
    assert (found.eligible, found.unmet) == (False, ["not_outstanding"])
    with pytest.raises(NotEligible):
        claiming.claim(citizen, offer.id, "key-2", None)
    assert claiming.claim(citizen, offer.id, "key-1", None).id == mine.id, "what was granted stays"
    assert listing.public_list({"limit": 20})[0] == []


def test_the_platforms_answer_makes_room_for_a_new_look(inside: Any, sandbox: Any, db: Any) -> None:
    """What the platform told before it heard of the entry is dropped. Fails, as tried, without `red_list.answered`."""
    citizen, today = ground.person(1), clock.today()
    ground.agrees(citizen, ground.voucher())
    ground.answered(citizen, red_lists=())
    subject = sealing.subject_of(citizen)
    sandbox.control("PUT", "/people/outstanding-1", {"id_number": subject.id_number, "name": subject.name})
    red_list.list_entry(red_list.NewEntry("QN2026-000001", subject.name, subject.id_number, "示例团省委", "1号", today,
                                          today, today, today), "operator:test")
    assert keeping.fresh(citizen.id)
    assert bad_days.drain(db, "red_list") == ["done"]
    assert not keeping.fresh(citizen.id)


def test_for_cause_after_notice_an_answer_and_anothers_decision(tree: League, turned: Any) -> None:
    """Fails, as tried, where the days to answer aren't looked at, and without the CHECK on who decides."""
    citizen, nomination = listed(tree, turned)
    officer, other = (tree.who("province", "list_officer") for _ in range(2))
    notice = exiting.open_hearing(officer, nomination.id, "服务记录经查不实", "评定办法第十二条")
    assert notice.answer_by == clock.add_working_days(clock.today(), 10)
    assert nomination_queries.word_on(citizen) is True, "on the list until it is decided"
    with pytest.raises(HearingNotOver):
        exiting.decide(other, nomination.id, remove=True, reason="记录经查不实")
    exiting.answer(citizen, nomination.id, "记录由学校代填，本人已经申请更正。")
    with pytest.raises(HearingAnswered):
        exiting.take_down(officer, nomination.id, "再次陈述")
    with pytest.raises(SamePerson):
        exiting.decide(officer, nomination.id, remove=False, reason="申辩成立")
    assert "学校代填" in exiting.read(other, nomination.id)
    assert exiting.decide(other, nomination.id, remove=False, reason="申辩成立").state == "listed"
    exiting.open_hearing(officer, nomination.id, "另有新的事实", "评定办法第十二条")
    turned(clock.add_working_days(clock.today(), 10) + timedelta(days=1))
    assert exiting.decide(other, nomination.id, remove=True, reason="记录经查不实").state == "removed"
    row = red_list_queries.by_no(nomination.nomination_no)
    assert row is not None
    assert (row.state, row.delist_reason) == ("delisted", "记录经查不实")
    assert nomination_queries.word_on(citizen) is False


def test_time_ends_it(tree: League, turned: Any) -> None:
    """Also before the job has run (fails, as tried, where the days aren't looked at); an open hearing is moot then."""
    citizen, nomination = listed(tree, turned)
    exiting.open_hearing(tree.who("province", "list_officer"), nomination.id, "服务记录经查不实", "评定办法第十二条")
    assert nomination.valid_to is not None
    turned(nomination.valid_to)
    assert exiting.expire_due() == 0
    turned(nomination.valid_to + timedelta(days=1))
    assert nomination_queries.word_on(citizen) is False
    assert exiting.expire_due() == 1
    assert made.fresh(nomination).state == "expired"
    assert [each.state for each in nomination_queries.hearings(nomination.id)] == ["moot"]


def test_taking_the_yes_back_hides_and_leaving_us_withdraws(tree: League, turned: Any) -> None:
    citizen, nomination = listed(tree, turned)
    publish = next(each for each in consents.all_of(citizen.id) if each.scope == "list.publish")
    withdrawing.withdraw(citizen, publish.id)
    assert listing.public_list({"limit": 20})[0] == []
    assert (made.fresh(nomination).state, nomination_queries.word_on(citizen)) == ("listed", True)


def test_who_left_the_register_is_neither_shown_nor_listed(tree: League, turned: Any, db: Any) -> None:
    """Fails, as tried, without the look at the register."""
    people, campaign = [ground.person(number) for number in (1, 2)], made.campaign(tree)
    first, second = [made.at(tree, campaign, made.volunteer(each), each, state)
                     for each, state in zip(people, ("approved", "publicised"), strict=True)]
    served(second, turned)
    db.execute("UPDATE volunteers SET state = 'left', left_cause = 'own_wish'")
    officer = tree.who("province", "list_officer")
    with pytest.raises(NotRegisteredThere):
        publicising.publicise(officer, first.id)
    with pytest.raises(NotRegisteredThere):
        listing.put(officer, second.id, entry())


def test_a_table_of_moves_that_leads_somewhere() -> None:
    """Every state is reached from a draft, every move's states are states, and only ends have no way out."""
    reached, grew = {"draft"}, True
    while grew:
        more = {move.target for move in moving.MOVES.values() if reached & set(move.sources)} - reached
        reached, grew = reached | more, bool(more)
    assert reached == set(STATES)
    leaving = {state for move in moving.MOVES.values() for state in move.sources}
    assert set(STATES) - leaving == {"refused", "withdrawn", "expired", "left", "removed"}


def test_what_waits_for_whom(tree: League) -> None:
    citizen, campaign = ground.person(1), made.campaign(tree)
    nomination = made.at(tree, campaign, made.volunteer(citizen), citizen, "at_county")
    assert nomination_queries.waiting(tree.who("east", "reviewer")) == {"reviews": 1}
    assert nomination_queries.waiting(tree.who("west", "reviewer")) == {"reviews": 0}
    nominator = tree.who("east", "registrar", "reviewer")
    own = replace(nominator, account_id=nomination.nominated_by)
    assert nomination_queries.waiting(own) == {"drafts": 0, "reviews": 0}, "not who nominated"
    assert nomination_queries.waiting(tree.who("province", "list_officer")) == {
        "to_publicise": 0, "to_list": 0, "objections": 0, "hearings": 0}
