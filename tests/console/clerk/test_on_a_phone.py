"""The scan page in a real Chromium of a phone's size, with a camera that films a code, and without network.

CONSOLE_IMAGES=docs/images keeps the pictures.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supervisor import browser as chromium
from tests.console.clerk.counter import SCAN
from tests.console.clerk.filming import film
from tests.console.watching import DESK, PHONE, Watched, log_in, serious, watching
from tests.journeys.walker import Walker, yes
from tests.journeys.world import RENTAL, World
from tests.stack import Stack

READY = "[data-scan][data-ready]"
FAILED = "Failed to load resource"  # what the tests bring about: no network, an upload that is refused
COFFEE = 1
KEPT = """async () => {
  const caught = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return caught.flat().map((one) => new URL(one.url).pathname);
}"""


@dataclass
class Holder:
    """Somebody with a benefit in hand."""

    walker: Walker
    entitlement_id: str

    def code(self) -> str:
        return self.walker.show(self.entitlement_id)

    def proof(self) -> str:
        told = self.walker.post(f"/entitlements/{self.entitlement_id}/presentations", {"offline": True})
        return str(yes(told, 201)["code"])


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack)


@pytest.fixture(scope="module")
def cookies(stack: Stack, browser: Any) -> dict[int, list[Any]]:
    """A clerk of the rental shop and one of the coffee house, logged in."""
    found = {}
    for shop in (RENTAL, COFFEE):
        with watching(browser, stack, PHONE) as there:
            found[shop] = log_in(there, stack.demo["merchants"][shop]["clerk"])
    return found


def holder(world: World, title: str, **facts: Any) -> Holder:
    walker = world.citizen(world.newcomer(**facts))
    offer = world.offer(title)["offer_id"]
    walker.agree(offer)
    return Holder(walker, yes(walker.claim(offer), 201)["id"])


def coffee(world: World) -> Holder:
    return holder(world, "优秀青年志愿者咖啡礼遇", red_lists=["outstanding_youth_volunteer"])


def arrive(there: Watched, path: str = f"{SCAN}/") -> Any:
    there.go(path)
    there.page.wait_for_selector(READY)
    return there.page


def typed(page: Any, code: str) -> None:
    page.fill("#code", code)
    page.press("#code", "Enter")


@pytest.fixture
def filmed(stack: Stack, browser: Any, tmp_path: Path) -> Iterator[Any]:
    """`filmed(text)`: another Chromium, before whose camera this is held."""
    started = []

    def start(text: str) -> Any:
        more = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film(text, tmp_path / 'held.y4m')}"]
        started.append(browser.browser_type.launch(executable_path=str(chromium.find(os.environ)),
                                                   args=[*chromium.flags(), *more]))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_the_camera_sees_a_code_and_it_is_redeemed(stack: Stack, world: World, cookies: dict[int, list[Any]],
                                                   filmed: Any) -> None:
    """A proof is the densest code there is: where that is read, every code is. Seen to fail: without jsQR."""
    held = coffee(world)
    with watching(filmed(held.proof()), stack, PHONE, cookies[COFFEE]) as there:
        page = arrive(there)
        there.picture("scan-phone")
        assert serious(there) == []
        page.click("[data-camera]")
        page.wait_for_selector(".answer.yes", timeout=15000)
        assert "可以使用" in page.inner_text("#counter")
        there.fits()
        there.picture("scan-yes-phone")
        assert serious(there) == []
        page.click("text=确认核销")
        page.wait_for_selector("text=已核销")
        there.picture("scan-done-phone")
        page.click("text=撤销（五分钟内）")
        page.click("dialog .btn-danger")
        page.wait_for_selector("[data-toast]")
        assert "已撤销" in page.inner_text("[data-toast]")
        there.picture("scan-today-phone")
        there.quiet()


def test_without_network_a_proof_is_checked_kept_and_sent_once(stack: Stack, world: World, browser: Any,
                                                               cookies: dict[int, list[Any]]) -> None:
    """From the camera's text on: the page is there after a reload, the use is kept, and uploaded when the network is
    back.

    Seen to fail: with a worker that doesn't keep the page, a queue in memory only, nothing sent on arrival, a refusal
    that isn't told.
    """
    held, other = coffee(world), coffee(world)
    proof, code, spent = held.proof(), other.code(), other.proof()
    with watching(browser, stack, PHONE, cookies[COFFEE]) as there:
        page = arrive(there)
        page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        page.wait_for_function("caches.keys().then((names) => names.length === 1)")
        there.page.context.set_offline(True)
        arrive(there)
        assert "没有网络" in page.inner_text("[data-net]")
        there.fits()
        there.picture("scan-offline-phone")
        assert serious(there) == []
        typed(page, code)
        page.wait_for_selector(".answer.no")
        assert "离线出示" in page.inner_text("#counter"), "a code says nothing by itself"
        page.click("text=下一位")
        typed(page, proof)
        page.wait_for_selector(".answer.yes")
        there.picture("scan-offline-yes-phone")
        page.click("text=确认核销")
        page.wait_for_selector("text=已记下")
        assert "离线待上传 1 笔" in page.inner_text("[data-kept]")
        there.picture("scan-kept-phone")
        arrive(there)
        assert "离线待上传 1 笔" in page.inner_text("[data-kept]"), "it survives a reload"
        typed(page, proof)
        page.wait_for_selector(".answer.no")
        page.click("text=下一位")
        typed(page, spent)
        page.click("text=确认核销")
        page.wait_for_selector("text=离线待上传 2 笔")
        used = world.till(COFFEE).post("/v3/xinyi/redemptions", {
            "out_redemption_no": f"T{other.entitlement_id}", "presentation": other.code(),
            "service_id": world.offer("优秀青年志愿者咖啡礼遇")["service_id"]})
        assert used.status_code == 200, "the other one is used at a till, with network"
        page.context.set_offline(False)  # the page loads itself anew: whoever goes there meanwhile is cut off
        page.wait_for_selector("text=未能入账：这张离线凭证已被使用", timeout=60_000)
        assert "离线待上传 0 笔" in page.inner_text("[data-kept]")
        assert page.locator("[data-kept] li").count() == 1
        there.picture("scan-refused-phone")
        assert serious(there) == []
        page.click("text=知道了")
        page.wait_for_selector("[data-kept]", state="hidden")
        there.quiet(but=FAILED)
        kept = page.evaluate(KEPT)
    assert all(path.startswith("/static/") or path == f"{SCAN}/offline" for path in kept), kept
    found = world.sql("SELECT state FROM redemptions WHERE received_at IS NOT NULL AND entitlement_id = %s",
                      held.entitlement_id)
    assert found == [("done",)]


def test_a_scanner_that_types_and_a_phone_whose_camera_is_lost(stack: Stack, world: World, browser: Any,
                                                               cookies: dict[int, list[Any]]) -> None:
    """No hand on the screen: from one person to the next. Without a camera the page says what to do.

    Seen to fail: with keys that don't go to the input.
    """
    codes = [holder(world, "免押借雨伞", grade="B").code() for _ in range(2)]
    with watching(browser, stack, DESK, cookies[RENTAL]) as there:
        page = arrive(there)
        page.click("[data-camera]")
        page.wait_for_selector("[data-nocamera]:not([hidden])")
        assert "相机打不开" in page.inner_text("[data-nocamera]")
        assert serious(there) == []
        there.picture("scan-no-camera-desk")
        page.keyboard.type("0" * 22)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=不能使用")
        page.keyboard.type(codes[0])
        page.keyboard.press("Enter")
        page.wait_for_selector("text=可以使用")
        page.click("text=确认交付")
        page.wait_for_selector("text=已交付")
        page.keyboard.type(codes[1])
        page.keyboard.press("Enter")
        page.wait_for_selector("text=可以使用")
        there.fits()
        there.go(f"{SCAN}/open")
        page.click("tbody a.btn")
        page.wait_for_selector("dialog[open]")
        page.fill("#f-owed", "2")
        page.click("dialog .btn-primary")
        page.wait_for_selector("[data-toast]")
        assert "已归还" in page.inner_text("[data-toast]")
        there.quiet()


def test_who_logs_out_is_told_of_what_is_unsent(stack: Stack, world: World, browser: Any) -> None:
    """And another account on the same phone sends nothing of it. Seen to fail: without the question, and with a queue
    that sends everybody's.
    """
    shop, asked = stack.demo["merchants"][RENTAL], []
    held = holder(world, "免押租充电宝", grade="A")
    proof = held.proof()
    with watching(browser, stack, PHONE) as there:
        page = there.page
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss() if len(asked) == 1 else
                                          dialog.accept()))
        log_in(there, shop["clerk"])
        arrive(there)
        page.context.route("**/verify", lambda route: route.abort())
        page.context.route("**/upload", lambda route: route.abort())
        typed(page, proof)
        page.click("text=确认交付")
        page.wait_for_selector("text=离线待上传 1 笔")
        page.click(".bar button")
        assert "还有 1 笔离线核销没有上传" in asked[0]
        assert page.is_visible("text=离线待上传 1 笔"), "they stayed"
        page.click(".bar button")
        page.wait_for_selector("#f-login")
        log_in(there, shop["manager"])
        page.context.unroute("**/upload")
        arrive(there, f"{SCAN}/?store=GJ-01")
        assert "另有 1 笔由其他账号记下" in page.inner_text("[data-kept]")
        assert "离线待上传 0 笔" in page.inner_text("[data-kept]")
        page.wait_for_load_state("networkidle")
        page.click(".bar button")
        page.wait_for_selector("#f-login")
        log_in(there, shop["clerk"])
        arrive(there)
        page.wait_for_selector("[data-kept]", state="hidden")
        assert len(asked) == 2
        assert world.sql("SELECT login FROM redemptions JOIN staff_accounts ON clerk = 'merchant:' || staff_accounts.id"
                         " WHERE entitlement_id = %s", held.entitlement_id) == [(shop["clerk"]["login"],)]
        there.go(f"{SCAN}/open")
        assert "免押租充电宝" in page.inner_text("tbody")
        there.quiet(but=FAILED)
