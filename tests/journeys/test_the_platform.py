"""What the platform does on its own account: being away, telling of changes, hearing of a withdrawal."""

import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests

from tests.journeys.walker import no, yes
from tests.journeys.world import RENTAL, World

POWER_BANK = "免押租充电宝"
AWAY = {"target": "platform", "kind": "drop"}
ORDINARY = "普通办理方式"
THREADS, SLOW_S = 8, 4.0  # two web processes of four threads each


def test_while_the_platform_is_away_the_ordinary_way_is_told_and_nobody_is_unworthy(world: World) -> None:
    """Fails where an unanswered question counts as a no. What began before goes on; what is owed arrives later."""
    lin, offer, shop = world.citizen(world.newcomer()), world.offer(POWER_BANK), world.till(RENTAL)
    lin.agree(offer["offer_id"])
    world.sandbox.control("POST", "/faults", {**AWAY, "path": "/credit-grades/queries"})
    for answer in (lin.post(f"/offers/{offer['offer_id']}/decisions"), lin.claim(offer["offer_id"]),
                   lin.get("/me/credit-grade")):
        told = no(answer, 503, "PLATFORM_UNAVAILABLE")
        assert ORDINARY in told["detail"]
        assert "reasons" not in told
    lin.lost_looks = len(lin.looks_of("grade.query"))
    assert lin.lost_looks > 0, "each attempt is a look, though it didn't arrive"
    assert world.asked_about(lin.person) == []
    world.sandbox.control("DELETE", "/faults")
    mine = yes(lin.claim(offer["offer_id"]), 201)["id"]

    world.sandbox.control("POST", "/faults", AWAY)
    stranger = world.logged_in(world.newcomer())
    assert ORDINARY in no(stranger.prove(), 503, "PLATFORM_UNAVAILABLE")["detail"]
    assert yes(lin.get("/me/credit-grade"))["grade"] == "A", "what is known holds until its day"
    number = uuid.uuid4().hex
    told = {"out_redemption_no": number, "presentation": lin.show(mine), "service_id": offer["service_id"]}
    yes(shop.post("/v3/xinyi/redemptions", told))
    yes(shop.post(f"/v3/xinyi/redemptions/{number}/completion", {"total_amount": 0}))
    assert [usage["receipt_no"] for usage in lin.usages()] == [None]
    world.sandbox.control("DELETE", "/faults")
    world.held(world.receipts(lin, 1))
    assert yes(stranger.prove()) == {"verified": True}


def test_while_the_platform_is_slow_who_needs_nobody_is_answered(world: World) -> None:
    """As many citizens wait for it as all web processes have threads. Fails where wsgi.py bounds nothing: a push of the
    platform's, or a health check, then waits until they have given up (seen: 9 s).
    """
    citizens = [world.logged_in(world.newcomer()) for _ in range(THREADS)]
    world.sandbox.control("POST", "/faults", {"target": "platform", "path": "/identities", "kind": "latency",
                                              "value": SLOW_S})
    with ThreadPoolExecutor(THREADS) as hands:
        waiting = [hands.submit(citizen.prove) for citizen in citizens]
        next(as_completed(waiting))  # the first one was told that there is no place: all the others hold theirs
        for _ in range(4):
            requests.get(f"{world.stack.base_url}/healthz", timeout=SLOW_S / 2).raise_for_status()
        statuses = sorted(each.result().status_code for each in waiting)
    world.sandbox.control("DELETE", "/faults")
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= THREADS // 2


def test_a_withdrawal_stops_every_later_look_and_what_was_granted_is_lived_out(world: World) -> None:
    """Fails where withdrawing leaves the kept grade in use, or the platform isn't told through the outbox."""
    lin, offer, shop = world.citizen(world.newcomer()), world.offer(POWER_BANK), world.till(RENTAL)
    consent = lin.agree(offer["offer_id"])["grade.read"]["id"]
    mine = yes(lin.claim(offer["offer_id"]), 201)["id"]
    asked = len(world.asked_about(lin.person))
    for _ in range(2):
        assert yes(lin.post(f"/consents/{consent}/withdrawal"))["status"] == "withdrawn"
    no(lin.get("/me/credit-grade"), 403, "CONSENT_REQUIRED")
    assert [need["scope"] for need in lin.decide(offer["offer_id"])["missing_consents"]] == ["grade.read"]
    no(lin.claim(offer["offer_id"]), 403, "CONSENT_REQUIRED")
    assert len(world.asked_about(lin.person)) == asked
    number = uuid.uuid4().hex
    told = {"out_redemption_no": number, "presentation": lin.show(mine), "service_id": offer["service_id"]}
    yes(shop.post("/v3/xinyi/redemptions", told))
    yes(shop.post(f"/v3/xinyi/redemptions/{number}/completion", {"total_amount": 0}))
    world.held(world.receipts(lin, 1))
    papers = world.stack.wait_until(lambda: {
        paper["status"] for paper in world.sandbox.control("GET", "/platform/authorizations")["items"]
        if paper["person"] == lin.person.key and "grade.read" in paper["scopes"]} == {"revoked"}, 30)
    assert papers
    assert lin.looks()[-3]["what"] == "consent.withdraw"


def test_a_grade_that_changed_counts_at_once_without_a_new_look(world: World) -> None:
    """Fails where the event is answered and not kept."""
    lin, offer = world.citizen(world.newcomer(grade="A")), world.offer(POWER_BANK)["offer_id"]
    lin.agree(offer)
    assert lin.decide(offer)["eligible"] is True
    event = world.push("grade.changed", lin.person, grade="C")
    assert (event["http_status"], event["verified"]) == (200, True), event
    assert [reason["code"] for reason in lin.decide(offer)["reasons"]] == ["GRADE_TOO_LOW"]
    assert yes(lin.get("/me/credit-grade"))["grade"] == "C"
    assert len(world.asked_about(lin.person)) == 1
    assert {look["who"] for look in lin.looks_of("grade.changed")} == {"江西省公共信用信息平台"}


def test_a_repaired_record_is_asked_for_anew(world: World) -> None:
    """Fails where the old grade is kept until its day although the record was repaired."""
    lin, offer = world.citizen(world.newcomer(grade="D")), world.offer(POWER_BANK)["offer_id"]
    lin.agree(offer)
    assert [reason["code"] for reason in lin.decide(offer)["reasons"]] == ["GRADE_TOO_LOW"]
    world.sandbox.control("PUT", f"/people/{lin.person.key}", {"grade": "AA"})
    assert lin.decide(offer)["eligible"] is False, "nobody told us yet"
    assert world.push("record.repaired", lin.person)["http_status"] == 200
    assert lin.decide(offer)["eligible"] is True
    assert len(world.asked_about(lin.person)) == 2
    assert lin.looks_of("record.repaired")


def test_a_consent_that_was_withdrawn_at_the_platform_is_withdrawn_here(world: World) -> None:
    """Fails where the event doesn't end the consent: the next question would be a breach."""
    lin, offer = world.citizen(world.newcomer()), world.offer(POWER_BANK)["offer_id"]
    lin.agree(offer)
    assert lin.decide(offer)["eligible"] is True
    assert world.push("authorization.revoked", lin.person)["http_status"] == 200
    assert len(lin.decide(offer)["missing_consents"]) >= 1
    no(lin.get("/me/credit-grade"), 403, "CONSENT_REQUIRED")
    assert len(world.asked_about(lin.person)) == 1
    assert {look["who"] for look in lin.looks_of("consent.withdraw")} == {"江西省公共信用信息平台"}
    lin.agree(offer)
    assert lin.decide(offer)["eligible"] is True, "agreed anew, under a new authorisation"
