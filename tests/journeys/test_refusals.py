"""Every no on the way: named, in plain Chinese, with what to do next; and never a look without consent."""

import uuid
from typing import Any

import pytest

from tests.cast import STRANGER, TIAN, WU, XU, ZHOU, Person
from tests.journeys.walker import Walker, no, yes
from tests.journeys.wire import Wire
from tests.journeys.world import World

POWER_BANK = "免押租充电宝"


def refused(walker: Walker, offer_id: str, code: str) -> dict[str, Any]:
    """The one reason, alike in the decision and in the claim, with all that a reason has to say."""
    decided = walker.decide(offer_id)
    assert decided["eligible"] is False
    assert "普通方式" in decided["ordinary_way"]
    reason = decided["reasons"][0]
    assert (len(decided["reasons"]), reason["code"], reason["appeal"]) == (1, code, True)
    assert reason["message"]
    assert reason["legal_ground"]
    assert reason["how"]
    assert no(walker.claim(offer_id), 403, "NOT_ELIGIBLE")["reasons"] == decided["reasons"]
    return decided


def test_wu_whose_grade_is_too_low_reads_why_and_objects(world: World) -> None:
    """And an objection is taken, with its working-day clocks."""
    wu, offer = world.citizen(WU), world.offer(POWER_BANK)["offer_id"]
    wu.agree(offer)
    decided = refused(wu, offer, "GRADE_TOO_LOW")
    told = {"about": {"kind": "decision", "id": decided["decision_id"]}, "text": "记录已经还清，请核对。"}
    appeal = yes(wu.post("/appeals", told), 201)
    assert (appeal["state"], appeal["text"]) == ("opened", told["text"])
    assert appeal["mark_by"] <= appeal["settle_by"]
    assert appeal["appeal_no"] in [each["appeal_no"] for each in yes(wu.get("/appeals"))["items"]]
    stranger = world.citizen(world.newcomer())
    no(stranger.post("/appeals", told), 404, "NOT_FOUND")


def test_zhou_who_agrees_to_nothing_is_told_what_is_missing_and_nobody_asks(world: World) -> None:
    """Fails where a query is made before the consent is looked for: the platform then has a look at Zhou."""
    zhou, offer = world.citizen(ZHOU), world.offer(POWER_BANK)["offer_id"]
    decided = zhou.decide(offer)
    assert decided["eligible"] is False
    assert {need["scope"] for need in decided["missing_consents"]} == {"grade.read", "usage.report"}
    assert all(need["text"] and need["recipient"] and need["purpose"] for need in decided["missing_consents"])
    told = no(zhou.claim(offer), 403, "CONSENT_REQUIRED")
    assert {need["scope"] for need in told["missing_consents"]} == {"grade.read", "usage.report"}
    no(zhou.get("/me/credit-grade"), 403, "CONSENT_REQUIRED")
    assert world.asked_about(ZHOU) == []
    assert zhou.looks_of("eligibility.decide") == [], "nothing was looked at"


def test_one_of_two_consents_is_not_enough(world: World) -> None:
    """Consents are never bundled, and a text that moved on is not what was read."""
    lin, offer = world.citizen(world.newcomer()), world.offer(POWER_BANK)["offer_id"]
    need = next(each for each in lin.needs(offer) if each["scope"] == "grade.read")
    no(lin.consent(offer, {**need, "text_digest": "0" * 64}), 409, "CONSENT_TEXT_CHANGED")
    no(lin.consent(offer, {**need, "scope": "volunteer.read"}), 422, "CONSENT_NOT_NEEDED")
    yes(lin.consent(offer, need), 201)
    assert [each["scope"] for each in lin.decide(offer)["missing_consents"]] == ["usage.report"]
    assert world.asked_about(lin.person) == [], "not asked for nothing"


def test_xu_who_is_restricted_reads_how_it_is_repaired(world: World) -> None:
    """Grade A, all the same: the platform says `restricted`, and we say no more than that."""
    xu, offer = world.citizen(XU), world.offer(POWER_BANK)["offer_id"]
    xu.agree(offer)
    assert "修复" in refused(xu, offer, "RESTRICTED")["reasons"][0]["how"]


def test_tian_who_is_ten_is_sent_to_the_window_with_a_guardian(world: World) -> None:
    """Kindly, and without asking the platform about a child."""
    tian = world.logged_in(TIAN)
    assert "监护人" in no(tian.prove(), 403, "GUARDIAN_NEEDED")["detail"]
    no(tian.post(f"/offers/{world.offer(POWER_BANK)['offer_id']}/decisions"), 403, "IDENTITY_REQUIRED")
    checks = world.sandbox.control("GET", "/platform/verifications")["items"]
    assert [check for check in checks if check["person"] == TIAN.key] == []


def test_who_somebody_is_has_to_be_right_and_theirs_alone(world: World) -> None:
    """A wrong name, an unknown number, a mistyped one, another account, another number; then the right papers."""
    lin = world.logged_in(world.newcomer(name="卞试样"))
    papers, other = lin.person.papers, world.newcomer().id_number
    no(lin.put("/me/identity", {**papers, "name": "卞试羊"}), 422, "IDENTITY_MISMATCH")
    no(lin.put("/me/identity", STRANGER.papers), 422, "IDENTITY_MISMATCH")
    wrong = papers["id_number"][:-1] + ("1" if papers["id_number"][-1] != "1" else "2")
    assert no(lin.put("/me/identity", {**papers, "id_number": wrong}), 422, "ID_NUMBER_INVALID")["errors"]
    assert yes(lin.prove()) == {"verified": True}
    me = yes(lin.get("/me"))
    assert (me["name"], me["id_number"][1:-1]) == ("卞**", "*" * 16)
    no(lin.put("/me/identity", {**papers, "id_number": other}), 409, "IDENTITY_BOUND")
    second = world.logged_in(lin.person, device="another telephone")
    assert "原微信" in no(second.prove(), 409, "IDENTITY_TAKEN")["next"]
    no(second.get("/me/credit-grade"), 403, "IDENTITY_REQUIRED")
    assert len(lin.looks_of("identity.verify")) == 3, "each question about the person is seen"


def test_nobody_without_a_session_and_none_that_was_stolen(world: World) -> None:
    """A refresh token that comes twice ends the whole log-in; logging out holds at once."""
    nobody = Walker(STRANGER, Wire(world.stack.base_url))
    no(nobody.get("/me"), 401, "UNAUTHENTICATED")
    lin = world.logged_in(world.newcomer())
    old = lin.refresh_token
    fresh = yes(nobody.wire.open("/api/v1/sessions/refresh", "POST", json={"refresh_token": old}))
    no(nobody.wire.open("/api/v1/sessions/refresh", "POST", json={"refresh_token": old}), 401, "REFRESH_REUSED")
    no(nobody.wire.open("/api/v1/sessions/refresh", "POST", json={"refresh_token": fresh["refresh_token"]}), 401,
       "REFRESH_INVALID")
    no(lin.get("/me"), 401, "UNAUTHENTICATED")
    again = world.logged_in(lin.person)
    assert again.wire.open("/api/v1/sessions/current", "DELETE", headers=again.headers).status_code == 204
    no(again.get("/me"), 401, "UNAUTHENTICATED")
    lin.headers = again.headers = {}


def test_places_run_out_and_come_back(world: World) -> None:
    """Limit reached, sold out, given back, closed; and a key stands for one claim of one offer."""
    young = {"grade": "B", "red_lists": ["outstanding_youth_volunteer"]}
    lin, mei, ji = (world.citizen(world.newcomer(**young)) for _ in range(3))
    offer = world.make_offer(quota_total=2, quota_per_person=1)
    for walker in (lin, mei, ji):
        walker.agree(offer)
    key = uuid.uuid4().hex
    mine = yes(lin.claim(offer, key=key), 201)
    no(lin.claim(offer), 409, "LIMIT_REACHED")
    no(lin.claim(world.offer("优秀青年志愿者咖啡礼遇")["offer_id"], key=key), 422, "IDEMPOTENCY_KEY_REUSED")
    yes(mei.claim(offer), 201)
    told = no(ji.claim(offer), 409, "SOLD_OUT")
    assert told["quota"] == "total"
    assert yes(lin.get(f"/offers/{offer}"))["quota"]["left"] == 0
    yes(lin.post(f"/entitlements/{mine['id']}/cancellation"))
    yes(ji.claim(offer), 201)
    no(lin.claim(offer), 409, "SOLD_OUT")
    assert yes(lin.claim(offer, key=key), 201)["id"] == mine["id"], "what was answered is answered again"
    world.sql("UPDATE offers SET state = 'paused' WHERE id = %s", offer)
    no(ji.claim(offer), 409, "OFFER_CLOSED")
    no(ji.claim(str(uuid.uuid4())), 404, "OFFER_NOT_FOUND")


@pytest.mark.parametrize(("grade", "eligible"), [("AA", True), ("B", False), ("NONE", False)])
def test_a_person_made_this_minute_walks_too(world: World, grade: str, eligible: bool) -> None:
    """Nothing of ours has to be told of them first; a name with rare characters is kept as it is."""
    made = world.newcomer(name="欧阳·𠮷䶮样", grade=grade)
    assert isinstance(made, Person)
    lin, offer = world.citizen(made), world.offer(POWER_BANK)["offer_id"]
    lin.agree(offer)
    assert lin.decide(offer)["eligible"] is eligible
    assert lin.claim(offer).status_code == (201 if eligible else 403)
    assert yes(lin.get("/me/export"))["citizen"]["name"] == "欧阳·𠮷䶮样"
