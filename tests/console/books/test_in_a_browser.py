"""A merchant's books in a real Chromium, on a phone and on a desk: drawn, quiet, fitting, without axe's serious finds.

CONSOLE_IMAGES=docs/images keeps the pictures. Seen to fail: with a table that is wider than a phone outside of its
scrolling frame, and with a chart's script taken away.
"""

import os
from typing import Any

import pytest

from tests.console.watching import DESK, PHONE, log_in, serious, watching
from tests.journeys.walker import yes
from tests.journeys.world import RENTAL, World
from tests.stack import Stack

BASE = "/console/merchant"
UMBRELLA = "免押借雨伞"
PICTURES = bool(os.environ.get("CONSOLE_IMAGES"))


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    """A use, an order that runs, one that nobody confirmed, and a call that was refused; more of it for pictures."""
    world = World(stack)
    for _ in range(8 if PICTURES else 1):
        used(world)
    till = world.till(RENTAL)
    assert till.post("/v3/xinyi/redemptions", {"presentation": "nonsense"}).status_code == 400
    world.sql("UPDATE merchants SET created_at = now() - interval '20 days' WHERE mchid = %s", till.mchid)
    if PICTURES:  # the uses seem to be of several days
        world.sql("UPDATE redemptions SET redeemed_at = redeemed_at - (random() * 20)::int * interval '1 day'")
        world.sql("DO $$ BEGIN SET LOCAL session_replication_role = replica; "
                  "UPDATE ledger_entries SET at = at - interval '3 days'; END $$")
    return world


def used(world: World) -> None:
    """By one person."""
    till, offer = world.till(RENTAL), world.offer(UMBRELLA)
    walker = world.citizen(world.newcomer())
    walker.agree(offer["offer_id"])
    code = walker.show(yes(walker.claim(offer["offer_id"]), 201)["id"])
    yes(till.post("/v3/xinyi/redemptions", {"out_redemption_no": f"BOOK-{code[:8]}", "presentation": code,
                                            "service_id": offer["service_id"], "store_id": "GJ-01"}))
    appid = world.demo["merchants"][RENTAL]["appid"]
    for number in range(2):
        told = till.post("/v3/payscore/serviceorder", {
            "out_order_no": f"BOOK-{number}-{code[:8]}", "appid": appid, "service_id": offer["service_id"],
            "service_introduction": "免押借雨伞", "time_range": {"start_time": "OnAccept"},
            "risk_fund": {"name": "DEPOSIT", "amount": 3000}, "notify_url": "http://127.0.0.1:9/notify"})
        if number == 0:
            yes(walker.post(f"/orders/{yes(told)['package']}/confirmation"))


@pytest.fixture(scope="module")
def cookies(stack: Stack, browser: Any) -> list[Any]:
    with watching(browser, stack, DESK) as there:
        return log_in(there, stack.demo["merchants"][RENTAL]["manager"])


def paths(world: World) -> dict[str, str]:
    """Every page of the books, by a name for its picture."""
    mchid = world.demo["merchants"][RENTAL]["mchid"]
    order = world.sql("SELECT 'S' || replace(o.id::text, '-', '') FROM service_orders o JOIN merchants m "
                      "ON m.id = o.merchant_id WHERE mchid = %s ORDER BY begun_at DESC NULLS LAST LIMIT 1", mchid)[0][0]
    use = world.sql("SELECT redemption_no FROM redemptions WHERE out_redemption_no LIKE 'BOOK-%%' LIMIT 1")[0][0]
    told = world.sql("SELECT notification_no FROM notifications n JOIN merchants m ON m.id = n.merchant_id "
                     "WHERE mchid = %s LIMIT 1", mchid)[0][0]
    day = world.sql("SELECT ((now() AT TIME ZONE 'Asia/Shanghai')::date - 3)::text")[0][0]
    return {"home": f"{BASE}/", "orders": f"{BASE}/orders/", "order": f"{BASE}/orders/{order}",
            "redemptions": f"{BASE}/redemptions/", "redemption": f"{BASE}/redemptions/{use}",
            "disputes": f"{BASE}/disputes/", "notifications": f"{BASE}/notifications/",
            "notification": f"{BASE}/notifications/{told}", "statements": f"{BASE}/statements/",
            "statement": f"{BASE}/statements/{day}", "calls": f"{BASE}/calls/", "sandbox": f"{BASE}/sandbox/"}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_books_are_drawn_quietly_fit_and_can_be_read(stack: Stack, browser: Any, world: World, cookies: list[Any],
                                                         size: dict[str, int]) -> None:
    found: dict[str, list[str]] = {}
    with watching(browser, stack, size, cookies) as there:
        for name, path in paths(world).items():
            assert there.go(path).status == 200, path
            if name == "home":
                there.page.wait_for_selector(".drawn canvas, .drawn svg")
            there.fits()
            there.picture(f"books-{name}-{'phone' if size is PHONE else 'desk'}")
            if problems := serious(there):
                found[path] = problems
        there.quiet()
    assert found == {}


def test_an_order_is_completed_in_a_dialog(stack: Stack, browser: Any, world: World, cookies: list[Any]) -> None:
    """By keyboard; what is wrong stands in the page, with what was typed."""
    path = paths(world)["order"]
    with watching(browser, stack, DESK, cookies) as there:
        there.go(path)
        there.page.click("text=完结订单")
        there.page.wait_for_selector("dialog[open] #f-amount")
        assert serious(there) == []
        there.page.fill("#f-amount", "0")
        there.page.press("#f-amount", "Enter")
        there.page.wait_for_selector("[data-toast]")
        assert "订单已完结" in there.page.inner_text("[data-toast]")
        assert "已完结" in there.page.inner_text(".facts")
        there.quiet()
