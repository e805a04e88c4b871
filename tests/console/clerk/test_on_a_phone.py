"""The scan page in a real Chromium of a phone's size, with a camera that films a code, and without network.

CONSOLE_IMAGES=docs/images keeps the pictures. Breaks tried: see each test.
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
from tests.console.watching import PHONE, Watched, log_in, serious, watching
from tests.journeys.walker import Walker, yes
from tests.journeys.world import RENTAL, World
from tests.stack import Stack

READY = "[data-scan][data-ready]"
GONE = "net::ERR_INTERNET_DISCONNECTED"
COFFEE = 1


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
    """A proof is the densest code there is: where that is read, every code is."""
    held = coffee(world)
    with watching(filmed(held.proof()), stack, PHONE, cookies[COFFEE]) as there:
        page = arrive(there)
        there.picture("scan-phone")
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
        page.wait_for_selector("[data-toast]")
        assert "已撤销" in page.inner_text("[data-toast]")
        there.picture("scan-today-phone")
        there.quiet()


def test_without_network_a_proof_is_checked_kept_and_sent_once(stack: Stack, world: World, browser: Any,
                                                               cookies: dict[int, list[Any]]) -> None:
    """From the camera's text on: the page is there after a reload, the use is kept, and uploaded when the network is
    back.

    Seen to fail: with a worker that doesn't keep the page, `check` not looking at `seen`, a queue in memory only.
    """
    held, other = coffee(world), coffee(world)
    proof, code = held.proof(), other.code()
    with watching(browser, stack, PHONE, cookies[COFFEE]) as there:
        page = arrive(there)
        page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        page.wait_for_function("caches.keys().then((names) => names.length === 1)")
        there.page.context.set_offline(True)
        arrive(there)
        assert "没有网络" in page.inner_text("[data-net]")
        there.fits()
        there.picture("scan-offline-phone")
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
        page.context.set_offline(False)
        arrive(there)
        page.wait_for_selector("[data-kept]", state="hidden")
        arrive(there)
        there.quiet(but=GONE)
        kept = page.evaluate("(async () => { const every = []; for (const name of await caches.keys()) "
                             "for (const one of await (await caches.open(name)).keys()) every.push(new URL(one.url).pathname);"
                             " return every; })()")
    assert all(path.startswith("/static/") or path == f"{SCAN}/offline" for path in kept), kept
    found = world.sql("SELECT state, received_at IS NOT NULL FROM redemptions WHERE entitlement_id = %s", held.entitlement_id)
    assert found == [("done", True)]
