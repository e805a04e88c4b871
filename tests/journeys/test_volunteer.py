"""志愿激励 (a voucher): by the list of outstanding young volunteers, and by stars."""

import uuid

from tests.cast import LIU
from tests.journeys.walker import no, yes
from tests.journeys.world import RENTAL, YOUTH, World


def test_a_coffee_for_an_outstanding_young_volunteer(world: World) -> None:
    """Fails where the voucher's use isn't reported at its redemption, or a voucher can be used twice."""
    liu = world.citizen(world.newcomer(grade="C", red_lists=["outstanding_youth_volunteer"]))
    shop, offer = world.till(YOUTH), world.offer("优秀青年志愿者咖啡礼遇")
    liu.agree(offer["offer_id"])
    mine = yes(liu.claim(offer["offer_id"]), 201)
    first, second = liu.show(mine["id"]), liu.show(mine["id"])
    yes(shop.post("/v3/xinyi/verifications", {"presentation": first}))
    told = {"out_redemption_no": uuid.uuid4().hex, "service_id": offer["service_id"], "store_id": "QN-01",
            "entitlement_no": mine["entitlement_no"], "amount": {"original": 1800, "waived": 1800, "paid": 0}}
    done = yes(shop.post("/v3/xinyi/redemptions", told))
    assert (done["state"], done["amount"]) == ("done", {"original": 1800, "waived": 1800, "paid": 0})
    again = {"out_redemption_no": uuid.uuid4().hex, "service_id": offer["service_id"], "presentation": second}
    assert shop.post("/v3/xinyi/redemptions", again).status_code == 404, "every code of it died with its use"
    other = shop.post("/v3/xinyi/redemptions", {**told, "amount": {"original": 1900, "waived": 1800, "paid": 100}})
    assert (other.status_code, other.json["code"]) == (400, "INVALID_REQUEST")

    usages = world.receipts(liu, 1)
    assert (usages[0]["outcome"], usages[0]["waived_fen"]) == ("fulfilled", 1800)
    world.held(usages)
    assert yes(shop.post(f"/v3/xinyi/redemptions/{told['out_redemption_no']}/reversal", {"reason": "未制作"}))
    assert [each["outcome"] for each in world.receipts(liu, 2)] == ["fulfilled", "reversed"]
    assert liu.entitlement(mine["id"])["state"] == "ready"
    assert [look["what"] for look in liu.looks()] == [
        "identity.verify", "identity.bind", "consent.grant", "consent.grant", "grade.query", "eligibility.decide",
        "benefit.claim", "eligibility.verify", "benefit.redeem", "benefit.reverse"]


def test_books_by_stars_without_asking_for_a_grade(world: World) -> None:
    """Least disclosure: what the League knows suffices, so the platform isn't asked. Fails where `needs` names more."""
    liu, shop, offer = world.citizen(LIU), world.till(YOUTH), world.offer("星级志愿者购书八折")
    asked_before = len(world.asked_about(LIU))
    assert {need["scope"] for need in liu.needs(offer["offer_id"])} == {"volunteer.read", "usage.report"}
    liu.agree(offer["offer_id"])
    assert liu.decide(offer["offer_id"])["eligible"] is True
    earlier = len(liu.usages())
    mine = yes(liu.claim(offer["offer_id"]), 201)
    told = {"out_redemption_no": uuid.uuid4().hex, "service_id": offer["service_id"],
            "presentation": liu.show(mine["id"]), "amount": {"original": 5000, "waived": 1000, "paid": 4000}}
    refused = world.till(RENTAL).post("/v3/xinyi/redemptions", told)
    assert (refused.status_code, refused.json["code"]) == (404, "RESOURCE_NOT_EXISTS"), "another shop has no such code"
    beyond = shop.post("/v3/xinyi/redemptions", {**told, "amount": {"original": 9000, "waived": 2001, "paid": 6999}})
    assert (beyond.status_code, beyond.json["code"]) == (400, "PARAM_ERROR"), "never above what the offer is worth"
    yes(shop.post("/v3/xinyi/redemptions", told))
    usages = world.receipts(liu, earlier + 1)
    assert usages[-1]["waived_fen"] == 1000
    world.reconciled(usages[-1:])
    assert len(world.asked_about(LIU)) == asked_before

    ali = world.citizen(world.newcomer(grade="AAA"))
    ali.agree(offer["offer_id"])
    decided = ali.decide(offer["offer_id"])
    assert [reason["code"] for reason in decided["reasons"]] == ["STARS_TOO_FEW"], "the best grade is no star"
    no(ali.claim(offer["offer_id"]), 403, "NOT_ELIGIBLE")


def test_a_voucher_is_given_back_unused(world: World) -> None:
    """Nothing is reported of what wasn't used, and the code on the screen is dead."""
    liu = world.citizen(world.newcomer(grade="NONE", red_lists=["outstanding_youth_volunteer"]))
    shop, offer = world.till(YOUTH), world.offer("优秀青年志愿者咖啡礼遇")
    liu.agree(offer["offer_id"])
    mine = yes(liu.claim(offer["offer_id"]), 201)
    code = liu.show(mine["id"])
    assert yes(liu.post(f"/entitlements/{mine['id']}/cancellation"))["state"] == "cancelled"
    told = {"out_redemption_no": uuid.uuid4().hex, "service_id": offer["service_id"], "presentation": code}
    assert shop.post("/v3/xinyi/redemptions", told).status_code == 404
    assert liu.usages() == []
    stranger = world.citizen(world.newcomer())
    no(stranger.get(f"/entitlements/{mine['id']}"), 404, "ENTITLEMENT_NOT_FOUND")
    no(stranger.post(f"/entitlements/{mine['id']}/presentations"), 404, "ENTITLEMENT_NOT_FOUND")
