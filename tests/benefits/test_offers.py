"""Offers: who sees which, what they say of themselves, and what an operator can and cannot do with them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from marshmallow import ValidationError

from app.benefits import claiming, offers, queries, showing
from app.benefits.errors import OfferCodeTaken, OfferNotFound, OfferStateWrong, QuotaBelowGranted, SoldOut
from app.kernel import clock
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.merchants import enrolling
from tests.benefits import ground

pytestmark = pytest.mark.usefixtures("inside")


def titles(**args: Any) -> set[str]:
    return {each.title for each in queries.open_offers({"limit": 100, **args})[0]}


@pytest.mark.parametrize(("region", "seen"), [
    ("360102", {"province", "city", "district"}),
    ("360103", {"province", "city"}),
    ("360100", {"province", "city", "district"}),
    ("360200", {"province", "other city"}),
    ("360000", {"province", "city", "district", "other city"}),
    ("110101", set()),
])
def test_offers_near_me(region: str, seen: set[str]) -> None:
    """The province's and the city's offers hold in their districts; a city's page shows its districts' offers too."""
    for title, code in (("province", "360000"), ("city", "360100"), ("district", "360102"), ("other city", "360200")):
        ground.offer(title=title, region=code)
    assert titles(region=region) == seen


def test_search_means_what_was_typed() -> None:
    """In title, summary and provider's name; wildcards and backslashes are plain characters."""
    ground.offer(title="满100%减免", summary="一")
    ground.offer(title="under_score", summary=r"back\slash")
    ground.shop(2, "明月湖书店")
    ground.offer(title="借书", summary="免押", mchid="1600000002")
    assert titles(q="%") == {"满100%减免"}
    assert titles(q="_") == {"under_score"}
    assert titles(q="\\") == {"under_score"}
    assert titles(q="UNDER") == {"under_score"}
    assert titles(q="月湖") == {"借书"}
    assert titles(q="免押", scenario="rental") == {"借书"}
    assert titles(q="' OR 1=1 --") == set()


def test_only_what_can_be_claimed_now_is_listed(db: psycopg.Connection) -> None:
    """Not drafts, paused or ended ones, nor those out of their period, nor those of a paused provider."""
    now = clock.now()
    ground.offer(title="open")
    ground.offer(title="draft", state="draft")
    ground.offer(title="early", opens_at=(now + timedelta(hours=1)).isoformat())
    ground.offer(title="over", opens_at=(now - timedelta(days=2)).isoformat(), closes_at=now.isoformat())
    for title, turn in (("paused", offers.pause), ("ended", offers.end)):
        turn(ground.offer(title=title).id)
    ground.shop(3, "停业商户")
    ground.offer(title="closed shop", mchid="1600000003")
    enrolling.pause("1600000003")
    assert titles() == {"open"}


def test_pages_are_complete_and_without_doubles() -> None:
    """Newest first; an offer that comes meanwhile shifts nothing."""
    made = [ground.offer(title=str(number)).title for number in range(5)]
    first, cursor = queries.open_offers({"limit": 2})
    ground.offer(title="new")
    second, cursor = queries.open_offers({"limit": 2, "cursor": cursor})
    third, end = queries.open_offers({"limit": 2, "cursor": cursor})
    assert [each.title for each in [*first, *second, *third]] == made[::-1]
    assert end is None


def test_an_offer_says_what_it_needs_and_no_more() -> None:
    """Facts and consents are derived from the conditions; in lists the long texts are left out."""
    stars = ground.voucher(terms={"by": "stars", "min_stars": 3, "benefit": "discount", "pay_percent": 80})
    page = showing.offer_detail(stars)
    assert page["needs"]["facts"] == ["volunteer.stars"]
    assert [each["scope"] for each in page["needs"]["consents"]] == ["volunteer.read", "usage.report"]
    assert page["terms"] == [
        {"name": "by", "label": "按什么享受", "value": "按星级"},
        {"name": "min_stars", "label": "最低星级", "value": "3 星"},
        {"name": "benefit", "label": "礼遇方式", "value": "折扣"},
        {"name": "pay_percent", "label": "折后支付比例", "value": "80 %"}]
    assert page["form"] == []
    assert page["commitment"] is None
    listed, = showing.offer_list([stars])
    assert all("text" not in each for each in listed["needs"]["consents"])


def test_an_application_shows_its_form_and_undertaking() -> None:
    """What the citizen will fill in and sign is there before the claim."""
    page = showing.offer_detail(ground.offer(scenario="fast_track", value_fen=0, terms={
        "min_grade": "A", "matters": ["甲", "乙"], "required_documents": ["登记申请书"],
        "deferrable_documents": ["证明"], "template_version": "2026-1"}))
    assert [each["name"] for each in page["form"]] == ["matter", "deferred", "contact_time", "note"]
    assert page["form"][0]["choices"] == [{"value": "甲", "label": "甲"}, {"value": "乙", "label": "乙"}]
    assert page["commitment"]["template_version"] == "2026-1"
    assert len(page["commitment"]["digest"]) == 64
    assert {"name": "min_grade", "label": "最低信用等级", "value": "信用良好"} in page["terms"]


@pytest.mark.parametrize("wrong", [
    {"code": "has space"}, {"code": "x\n"}, {"region": "36010"}, {"region": "３６０１００"}, {"title": ""},
    {"title": "长" * 61}, {"valid_days": 0}, {"valid_days": "30"}, {"value_fen": -1}, {"value_fen": 1.5},
    {"quota_total": 0}, {"quota_per_day": -1}, {"period_kind": "day"},
    {"state": "ended"}, {"granted": 5}, {"opens_at": "2026-01-01T00:00:00"},
    {"closes_at": "2020-01-01T00:00:00+08:00"}, {"terms": {**ground.RENTAL, "secret": 1}},
    {"terms": {**ground.RENTAL, "min_grade": "Z"}}, {"terms": {**ground.RENTAL, "max_days": "3"}},
    {"scenario": "../rental"}])
def test_what_an_operator_may_not_tell(wrong: dict[str, Any]) -> None:
    """Unknown fields, wrong types, terms that the scenario's own schema refuses."""
    ground.shop()
    with pytest.raises(ValidationError):
        offers.make(ground.told(**wrong))


def test_unknown_scenario_merchant_and_code_twice() -> None:
    """Named, each."""
    ground.offer(code="ONE")
    with pytest.raises(OfferCodeTaken):
        ground.offer(code="ONE")
    for wrong in ({"scenario": "nosuch"}, {"mchid": "1699999999"}):
        with pytest.raises(Invalid) as no:
            ground.offer(**wrong)
        assert set(no.value.errors) == set(wrong)


def test_pausing_resuming_ending() -> None:
    """Each from its states only; an ended offer stays ended."""
    offer = ground.offer()
    offers.pause(offer.id)
    with pytest.raises(OfferStateWrong):
        offers.pause(offer.id)
    offers.resume(offer.id)
    offers.end(offer.id)
    for turn in (offers.end, offers.pause, offers.resume):
        with pytest.raises(OfferStateWrong) as no:
            turn(offer.id)
        assert no.value.extra == {"state": "ended"}
        with pytest.raises(OfferNotFound):
            turn(new_id())


def test_a_quota_is_never_set_below_what_was_granted(db: psycopg.Connection) -> None:
    """C19: refused by name with the lowest that can be set; set to that, nothing more is granted."""
    offer = ground.voucher(quota_total=5)
    lin = ground.ready(1, offer)
    for _ in range(3):
        claiming.claim(lin, offer.id, None, None)
    with pytest.raises(QuotaBelowGranted) as no:
        offers.set_quota(offer.id, 2)
    assert no.value.extra == {"granted": 3}
    offers.set_quota(offer.id, 3)
    with pytest.raises(SoldOut):
        claiming.claim(lin, offer.id, None, None)
    offers.set_quota(offer.id, None)
    claiming.claim(lin, offer.id, None, None)
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("UPDATE offers SET quota_total = 3")
    with pytest.raises(OfferNotFound):
        offers.set_quota(new_id(), 3)


def test_the_commands(app: Any, tmp_path: Path) -> None:
    """Made from a file, listed, paused, resumed, its quota set, ended; refusals by name and with status 1."""
    ground.shop()
    file = tmp_path / "offer.json"
    file.write_text(json.dumps(ground.told(title="从文件来", quota_total=10)), "utf-8")
    run = app.test_cli_runner().invoke

    made = run(args=["offers", "make", str(file)])
    assert made.exit_code == 0, made.output
    offer_id = made.output.strip()
    assert "live    0/10  rental        从文件来" in run(args=["offers", "list"]).output
    for command, state in (("pause", "paused"), ("resume", "live")):
        assert run(args=["offers", command, offer_id]).output == "done\n"
        assert f"{offer_id}  {state}" in run(args=["offers", "list"]).output
    assert run(args=["offers", "set-quota", offer_id, "7"]).exit_code == 0
    assert "0/7" in run(args=["offers", "list"]).output
    assert run(args=["offers", "end", offer_id]).exit_code == 0

    again = run(args=["offers", "end", offer_id])
    assert again.exit_code == 1
    assert "OFFER_STATE_WRONG" in again.output
    taken = run(args=["offers", "make", str(file)])
    assert taken.exit_code == 1
    assert "OFFER_CODE_TAKEN" in taken.output
    for text, said in (("{", "not JSON"), ('{"code": "x"}', "VALIDATION_FAILED"), ("[]", "VALIDATION_FAILED")):
        file.write_text(text, "utf-8")
        wrong = run(args=["offers", "make", str(file)])
        assert (wrong.exit_code, said in wrong.output) == (1, True), wrong.output
    assert run(args=["benefits", "run-due"]).output == "0\n"
