"""The League's console in a real Chromium over the demo's tree: at a desk and on a phone, by keyboard alone where it
matters; axe finds nothing serious, pictures are drawn, nobody else is asked.

Breaks tried: the search's label taken away (axe), `tabindex="-1"` on its field (the keyboard doesn't get there).
"""

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import demo_league, demo_staff
from app.staff import organising, queries
from tests.console.browsing import Visit
from tests.console.watching import DESK, PHONE, Served, Watched, serious, watching
from tests.staff.people import Person

BASE = "/console/league"
NAMED = "赵示例乙"
FULL = os.environ.get("PROOF") == "full"


@pytest.fixture
def cookies(app: Flask, visitor: Visit, served: Served, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Of these of the demo's people, logged in, over its volunteers."""
    kept = demo_staff.opened(tmp_path / "staff.json")
    with app.app_context():
        demo_staff.staff(kept)
        demo_league.volunteers()
    return {login: cookie(app, visitor, served, login, kept.of(login))
            for login in ("registrar", "city.reviewer", "sysadmin")}


def cookie(app: Flask, visitor: Visit, served: Served, login: str, told: dict[str, str]) -> list[dict[str, Any]]:
    with app.app_context():
        account = queries.by_login(login)
        assert account is not None
    there = visitor(Person(account.id, login, told["totp_secret"], told["password"]))
    return [{"name": "xinyi", "value": str(there.cookie()), "url": served.base_url}]


def looked(there: Watched, name: str = "") -> None:
    there.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => 1)")
    assert serious(there) == [], there.page.url
    there.fits()
    if name:
        there.picture(f"league-{name}")


def focus(there: Watched) -> str:
    return str(there.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def test_a_registrar_at_a_desk(served: Served, browser: Any, cookies: dict[str, Any]) -> None:
    """Finds somebody, turns to the entry, sorts, filters: without a mouse."""
    with watching(browser, served, DESK, cookies["registrar"]) as there:
        page = there.page
        there.go(f"{BASE}/volunteers/")
        looked(there, "volunteers-desk")
        for key in ("Tab", "Enter", "Tab"):
            page.keyboard.press(key)
        assert focus(there) == "f-q", "the search comes first"
        page.keyboard.type(NAMED)
        for key in ("Tab", "ArrowDown", "Tab"):
            page.keyboard.press(key)
        assert focus(there) == "查找"
        page.keyboard.press("Enter")
        page.wait_for_url("**/find")
        page.get_by_role("region", name="找到的志愿者").get_by_role("link").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('志愿者 3601')")
        looked(there, "volunteer-desk")
        assert NAMED not in page.content()
        there.go(f"{BASE}/volunteers/")
        page.get_by_role("link", name="编号", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("th[aria-sort=descending]:has-text('编号')")
        page.get_by_label("星级").focus()
        page.keyboard.type("5")
        page.get_by_role("button", name="筛选").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#table-volunteers tbody tr:only-child")
        there.quiet()


def test_a_city_on_a_phone(served: Served, browser: Any, cookies: dict[str, Any]) -> None:
    """Figures are drawn, and lead to a county's; an export is a file with who took it."""
    with watching(browser, served, PHONE, cookies["city.reviewer"]) as there:
        page = there.page
        there.go(f"{BASE}/figures/")
        page.wait_for_selector("[data-chart] canvas")
        looked(there, "figures-phone")
        page.get_by_role("link", name="共青团西湖区委（示例）").click()
        page.wait_for_selector("h1:has-text('西湖区委')")
        there.go(f"{BASE}/volunteers/")
        there.fits()
        page.get_by_label("导出用途").select_option("年度核对")
        with page.expect_download() as got:
            page.get_by_role("button", name="导出 CSV").click()
        assert "city.reviewer" in Path(got.value.path()).read_text("utf-8-sig")
        there.quiet()


def test_all_at_both_widths(app: Flask, served: Served, browser: Any, cookies: dict[str, Any]) -> None:
    """`make proof-pages` sees all of them, otherwise every fourth."""
    with app.app_context():
        tree = {each.name: each.id for each in organising.subtree("/")}
    county = tree["共青团东湖区委（示例）"]
    pages = [("registrar", f"{BASE}/", "home"), ("registrar", f"{BASE}/figures/", "figures"),
             ("city.reviewer", f"{BASE}/volunteers/", "volunteers"), ("city.reviewer", f"{BASE}/exports/", "exports"),
             ("sysadmin", "/console/operations/organisations/", "organisations"),
             ("sysadmin", f"/console/operations/organisations/{county}", "organisation"),
             ("sysadmin", f"/console/operations/organisations/{county}/invite", "invite")]
    for number, (login, address, name) in enumerate(pages):
        for width, size in (("desk", DESK), ("phone", PHONE)):
            if FULL or (number + (width == "phone")) % 4 == 0:
                with watching(browser, served, size, cookies[login]) as there:
                    there.go(address)
                    looked(there, f"{name}-{width}")
                    there.quiet()
