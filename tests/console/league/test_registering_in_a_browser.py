"""Registering in a real Chromium, on a desk and on a phone: axe finds nothing serious, the keyboard is enough, a
question is a dialog, an undo is one press.
"""

import uuid
from typing import Any

import pytest
from flask import Flask

from app.kernel import clock
from app.volunteers import applying, registering, transferring, verifying
from tests import cast
from tests.consent import ground as citizens
from tests.console.league.conftest import Ground
from tests.console.watching import DESK, PHONE, Served, Watched, serious, watching
from tests.volunteers import league

BASE = "/console/league"
SUBMIT = "main form.card button.btn-primary"




@pytest.fixture
def registrar(app: Flask, ground: Ground, served: Served, sandbox: Any) -> list[Any]:
    """A registrar's cookie, over an application, a transfer asked of the county, and somebody who doesn't fit."""
    with app.app_context():
        applying.apply(citizens.citizen(cast.LIN), "360102")
        applying.apply(citizens.citizen(cast.ALI), "360102")
        wrong = league.person("示例別名", cast.WU.id_number, agreed_on=clock.today())
        registering.enrol(ground.league.east, wrong)
        verifying.run_due()
        asked = league.person("东二", league.number(serial=2))
        transferring.ask(ground.league.west, asked.name, asked.id_number, "就读学校变更，本人已同意转入")
    cookie = ground.there("east").cookie()
    return [{"name": "xinyi", "value": str(cookie), "url": served.base_url}]


def looked(there: Watched, name: str = "") -> None:
    there.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => 1)")
    assert serious(there) == [], there.page.url
    there.fits()
    if name:
        there.picture(f"league-{name}")


def test_a_registrars_day(ground: Ground, served: Served, browser: Any, registrar: list[Any]) -> None:
    """All on one log-in: registered by the keyboard, decided in dialogs, put right, ended and brought back."""
    with watching(browser, served, DESK, registrar) as there:
        by_keyboard(there)
        decided(there)
        transferred(there)
        put_right(there)
        there.quiet(but="422")  # what was mistyped
    with watching(browser, served, PHONE, registrar) as there:
        for path, name in (("register/", "register-phone"), ("applications/", "applications-phone"),
                           ("applications/several", ""), ("transfers/asked", ""), ("transfers/ask", ""),
                           ("real_names/?state=mismatched", ""),
                           (f"entries/{ground.east['东三']}/change", ""), (f"entries/{ground.east['东三']}/leave", "")):
            there.go(f"{BASE}/{path}")
            looked(there, name)
        there.quiet()
    with watching(browser, served, DESK, registrar, java_script_enabled=False) as there:
        there.go(f"{BASE}/entries/{ground.east['东三']}/leave")
        there.page.select_option("#f-cause", "own_wish")
        there.page.fill("#f-reason", "本人书面申请")
        there.page.click("button.btn-danger")
        there.page.click("[data-toast] button")
        assert "恢复登记？" in there.page.inner_text("main") or "已恢复登记" in there.page.inner_text("body")


def by_keyboard(there: Watched) -> None:
    """From field to field by Tab, sent by Enter; what is wrong is said beside its field, and what was typed stays."""
    page = there.page
    there.go(f"{BASE}/register/")
    looked(there, "register-desk")
    page.focus("#f-name")
    page.keyboard.type("示例新人")
    page.keyboard.press("Tab")
    page.keyboard.type("360102199603071231")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-id_number[aria-invalid]")
    assert "校验位" in page.inner_text("#error-id_number")
    assert page.input_value("#f-name") == "示例新人"
    looked(there)
    page.fill("#f-id_number", league.number(serial=55))
    page.fill("#f-phone", league.PHONE)
    page.check("#f-agreed")
    page.press("#f-phone", "Enter")
    page.wait_for_selector("text=已登记。")
    looked(there, "entry-desk")


def decided(there: Watched) -> None:
    page = there.page
    there.go(f"{BASE}/applications/")
    looked(there, "applications-desk")
    page.click("tbody >> text=不同意 >> nth=0")
    page.fill("dialog[open] #f-reason", "请到学校团委登记")
    looked(there)
    page.click("dialog[open] button.btn-danger")
    page.wait_for_selector("[data-toast]")
    page.click("tbody >> text=重新审核")
    page.click("dialog[open] button.btn")
    page.wait_for_selector("text=已回到待审核")
    page.click("tbody a.btn:text-is('同意') >> nth=0")
    page.click("dialog[open] button.btn-primary")
    page.wait_for_selector("text=已同意登记")


def transferred(there: Watched) -> None:
    page = there.page
    there.go(f"{BASE}/transfers/")
    looked(there, "transfers-desk")
    page.click("tbody a.btn:text-is('同意')")
    page.click("dialog[open] button.btn-danger")
    page.wait_for_selector("text=已同意转出")


def put_right(there: Watched) -> None:
    page = there.page
    there.go(f"{BASE}/real_names/?state=mismatched")
    looked(there, "real-names-desk")
    page.click("tbody >> text=更正")
    page.wait_for_selector("#f-no_phone")
    looked(there, "change-desk")
    page.fill("#f-name", cast.WU.name)
    page.press("#f-name", "Enter")
    page.wait_for_selector("text=核验中")
    assert uuid.UUID(page.url.rsplit("/", 1)[1])
