"""The console in a real Chromium at the widths of a phone and a desk: drawn, quiet, accessible, and usable by keyboard.

CONSOLE_IMAGES=docs/images keeps the pictures. Seen to fail: with a style put into the page from outside, at which the
policy speaks up.
"""

from typing import Any

import pytest

from tests.console.watching import DESK, PHONE, Watched, log_in, serious, watching
from tests.stack import Stack

PAGES = {
    "operator": ["/console/operations/", "/console/operations/merchants/", "/console/account/"],
    "sysadmin": ["/console/operations/accounts/", "/console/operations/accounts/invite", "/console/operations/roles/"],
    "auditadmin": ["/console/operations/audit/"],
    "manager": ["/console/merchant/", "/console/account/totp"],
    "clerk": ["/console/merchant/", "/console/account/password"],
}


@pytest.fixture(scope="module")
def cookies(stack: Stack, browser: Any) -> dict[str, list[Any]]:
    """Each kind of account, logged in once."""
    told = {one["login"]: one for one in stack.demo["staff"]}
    shop = stack.demo["merchants"][0]
    people = {**told, "manager": shop["manager"], "clerk": shop["clerk"]}
    found = {}
    for name in PAGES:
        with watching(browser, stack, DESK) as there:
            found[name] = log_in(there, people[name])
            there.quiet()
    return found


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_drawn_quietly_fits_and_can_be_read(stack: Stack, browser: Any, cookies: dict[str, list[Any]],
                                                          size: dict[str, int]) -> None:
    width = "phone" if size is PHONE else "desk"
    found: dict[str, list[str]] = {}
    for who, paths in PAGES.items():
        with watching(browser, stack, size, cookies[who]) as there:
            for path in paths:
                assert there.go(path).status == 200, (who, path)
                there.fits()
                there.picture(f"{who}-{path.strip('/').split('/')[-1]}-{width}")
                found[f"{who} {path}"] = serious(there)
            there.quiet()
    with watching(browser, stack, size) as there:
        there.go("/console/login")
        there.page.click("button.btn-primary")
        there.page.wait_for_selector(".wrong")
        found["login, wrong"] = serious(there)
        there.picture(f"login-{width}")
    assert {page: problems for page, problems in found.items() if problems} == {}


def test_a_question_is_a_dialog_and_goes_away_by_escape(stack: Stack, browser: Any,
                                                        cookies: dict[str, list[Any]]) -> None:
    with watching(browser, stack, DESK, cookies["operator"]) as there:
        page = open_dialog(there)
        assert serious(there) == []
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        assert page.evaluate("document.activeElement.matches('a[data-dialog]')"), "the focus goes back"
    with watching(browser, stack, DESK, cookies["operator"]) as there:
        page = open_dialog(there)
        there.picture("dialog")
        page.click("dialog button.btn-danger")
        page.wait_for_selector("[data-toast]")
        assert "已退出" in page.inner_text("[data-toast]")
        there.quiet()


def open_dialog(there: Watched) -> Any:
    there.go("/console/account/")
    there.page.click("text=退出其他所有登录")
    there.page.wait_for_selector("dialog[open]")
    assert there.page.url.endswith("/console/account/")
    return there.page


def test_a_table_is_narrowed_and_sorted_in_its_place(stack: Stack, browser: Any, cookies: dict[str, list[Any]]) -> None:
    """htmx swaps the table; the address says what is shown, so that a reload shows it again."""
    with watching(browser, stack, DESK, cookies["operator"]) as there:
        there.go("/console/operations/merchants/")
        page = there.page
        page.evaluate("window.notReloaded = true")
        page.fill("#merchants-name", "书咖")
        page.press("#merchants-name", "Enter")
        page.locator("tbody tr").nth(1).wait_for(state="detached")
        assert "name=" in page.url
        page.click("thead a >> nth=0")
        page.wait_for_selector("th[aria-sort=descending]:first-child")
        assert page.evaluate("window.notReloaded"), "only the table was swapped"
        page.reload()
        assert page.locator("tbody tr").count() == 1
        there.quiet()


def test_by_keyboard_and_without_javascript(stack: Stack, browser: Any, cookies: dict[str, list[Any]]) -> None:
    with watching(browser, stack, DESK, cookies["operator"]) as there:
        there.go("/console/operations/merchants/")
        there.page.keyboard.press("Tab")
        assert there.page.evaluate("document.activeElement.className") == "skip"
        there.page.keyboard.press("Enter")
        assert there.page.evaluate("document.activeElement.id") == "main"
    with watching(browser, stack, PHONE, cookies["operator"], java_script_enabled=False) as there:
        there.go("/console/account/")
        assert there.page.is_visible("nav >> text=商户"), "the menu stands open"
        there.page.click("text=退出其他所有登录")
        there.page.click("button.btn-danger")
        assert "已退出" in there.page.inner_text("[data-toast]")
