"""Certificates in a real Chromium: sealed, issued, voided on a desk, checked by anybody on a phone; axe is content."""

from typing import Any

from flask import Flask

from app.kernel import clock
from app.volunteers import registering
from tests.console.league.conftest import Ground
from tests.console.portal.test_portal import PAGES
from tests.console.watching import DESK, PHONE, Served, Watched, serious, watching
from tests.volunteers import league
from tests.volunteers.test_certificates import stamp

BASE = "/console/league"
PICTURES = {"/portal/": "portal-home-phone", "/portal/statistics": "portal-statistics-phone"}
SUBMIT = "main form.card button.btn-primary"




def looked(there: Watched, name: str = "") -> None:
    there.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => 1)")
    assert serious(there) == [], there.page.url
    there.fits()
    if name:
        there.picture(name)


def test_issued_on_a_desk_and_checked_on_a_phone(app: Flask, ground: Ground, served: Served, browser: Any) -> None:
    with app.app_context():
        for serial in (21, 22, 23):  # seven in all: enough for a figure
            registering.enrol(ground.league.east, league.person(f"示例{serial}", league.number(serial=serial)))
    cookie = [{"name": "xinyi", "value": str(ground.there("east", "hours_officer").cookie()), "url": served.base_url}]
    with watching(browser, served, DESK, cookie) as there:
        said_and_sealed(there)
        number = issued(there, ground.east["东一"])
        there.quiet()
    with watching(browser, served, PHONE) as there:
        checked(there, number)
        for path in PAGES:
            there.go(path)
            if path == "/portal/statistics":
                there.page.wait_for_selector("[data-chart] canvas")
            looked(there, PICTURES.get(path, ""))
        there.quiet(but="404")
        assert there.page.context.cookies() == []
    with watching(browser, served, DESK, cookie) as there:
        voided(there)
        there.quiet()
    with watching(browser, served, PHONE, cookie) as there:
        for path in ("certificates/", "issuer/", "issuer/state", f"certificates/new/{ground.east['东一']}"):
            there.go(f"{BASE}/{path}")
            looked(there)
        there.quiet()


def said_and_sealed(there: Watched) -> None:
    page = there.page
    there.go(f"{BASE}/issuer/state")
    for name, value in {"responsible": "示例负责人", "handler": "示例经办人", "contact": "0791-1234567"}.items():
        page.fill(f"#f-{name}", value)
    page.press("#f-contact", "Enter")
    page.wait_for_selector("[data-toast]")
    there.go(f"{BASE}/issuer/seal")
    page.set_input_files("#f-picture", {"name": "seal.png", "mimeType": "image/png", "buffer": stamp()})
    looked(there)
    page.click(SUBMIT)
    page.wait_for_selector("text=停用印章")
    looked(there)


def issued(there: Watched, volunteer_id: str) -> str:
    """From the volunteer's page; its number."""
    page = there.page
    there.go(f"{BASE}/volunteers/{volunteer_id}")
    page.click("main >> text=出具证明")
    page.fill("#f-period_from", clock.today().isoformat())
    looked(there)
    page.click(SUBMIT)
    page.wait_for_selector("text=打印 PDF")
    looked(there, "league-certificate-desk")
    return str(page.inner_text("dt:text-is('证明编号') + dd"))


def checked(there: Watched, number: str) -> None:
    """By the address that the QR code holds; a wrong four first."""
    page = there.page
    there.go(f"/portal/certificates?number={number.replace('-', '')}")
    assert page.input_value("#f-number") == number
    for tail in ("0000", league.number(serial=1)[-4:]):
        page.fill("#f-tail", tail)
        page.press("#f-tail", "Enter")
        page.wait_for_selector("main [role=alert]" if tail == "0000" else "main [role=status]")
        looked(there, "portal-certificate-phone" if tail != "0000" else "")
    assert "有效" in page.inner_text("main")
    assert "?" not in page.url


def voided(there: Watched) -> None:
    """In a dialog, which asks why."""
    page = there.page
    there.go(f"{BASE}/certificates/")
    looked(there, "league-certificates-desk")
    page.click("tbody a >> nth=0")
    page.click("main .acts >> text=作废")
    page.wait_for_selector("dialog[open] textarea")
    looked(there)
    page.fill("dialog[open] textarea", "登记有误")
    page.click("dialog[open] button.btn-danger")
    page.wait_for_selector("main >> text=已作废")
    looked(there)
