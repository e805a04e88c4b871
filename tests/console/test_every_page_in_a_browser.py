"""Every page of the console in a real Chromium, on a phone and on a desk: axe finds nothing serious or critical.

The walk goes to each page without an id in its address, and from there by the links that people have to one of each
kind of page with one, over a merchant with a book full of things. What no walk reaches is named in UNREACHED, or fails.

`make proof-pages` sees all of them at both widths (CONSOLE_IMAGES=docs/images keeps the pictures); otherwise some.
"""

import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from app.staff import organising
from tests.adversary.counters import Books
from tests.adversary.pages import PAGES
from tests.adversary.parties import Party
from tests.adversary.test_console_matrix import path
from tests.console.browsing import Some, Visit
from tests.console.watching import DESK, PHONE, Served, serious, watching
from tests.merchant_api.conftest import till_of
from tests.merchant_api.till import Till

__all__ = ["till_of"]
FULL = os.environ.get("PROOF") == "full"
ROLES = ("operator", "system_admin", "security_admin", "audit_admin")
GUARD = re.compile(r"console(?::(operations|merchant)(?::([a-z_|]+))?)?")
FILES = {  # no pages: files, what a script asks for, and parts of a log-in that is half-way
    "console.code", "console.enrol", "console.nowhere", "console.index", "console_account.work",
    "console_merchant_keys.ours", "console_merchant_keys.certificate", "console_merchant_scan.worker",
    "console_operations_joining.paper", "console_operations_reconciliations.report"}
# what takes a day of the platform's or of an applicant's to have one: tests/console/operations, test_merchant_joining
# and the League's pages, each of which tests/console/league sees at a desk and on a phone with what belongs on it
UNREACHED = re.compile(r"console_(?:league|portal)[a-z_]*\.|console_operations_(?:joining|records|feedback|"
                       r"reconciliations|initiatives|initiative_offers|events|red_list|checks|roles)\.(?!index)|"
                       r"console_join\.supplement|console\.invitation|console_account\.end_session")


@pytest.fixture
def books(app: Flask, db: psycopg.Connection, till_of: Callable[..., Till], sandbox: object) -> Books:
    with app.app_context():
        organising.add("示例省委", "360000")
    return Books(Party(app, db, till_of(1, "public_body"), "P"))


@pytest.fixture
def cookies(books: Books, someone: Some, visitor: Visit, served: Served) -> dict[str, list[dict[str, Any]]]:
    """Of each role a session, over a shop with things."""
    visitors = {"manager": books.visitor, "clerk": next(iter(books.clerks.values())),
                **{role: visitor(someone(role)) for role in ROLES}}
    return {role: [{"name": "xinyi", "value": str(there.cookie()), "url": served.base_url}]
            for role, there in visitors.items()}


def test_axe_is_content_everywhere(app: Flask, served: Served, browser: Any, books: Books,
                                   cookies: dict[str, list[dict[str, Any]]]) -> None:
    addresses = {role: walked(app, browser, served, role, cookie, books) for role, cookie in cookies.items()}
    seen = {endpoint for found in addresses.values() for endpoint in found}
    missed = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console")
              and "GET" in (rule.methods or ()) and not UNREACHED.match(rule.endpoint)} - seen - FILES
    assert missed == set(), "no link leads there"
    found: dict[str, list[str]] = {}
    for role, pages in addresses.items():
        for width, size in (("phone", PHONE), ("desk", DESK)):
            chosen = [each for number, each in enumerate(sorted(pages.items()))
                      if FULL or (number + len(role) + (width == "desk")) % 15 == 0]
            with watching(browser, served, size, cookies[role]) as there:
                for endpoint, address in chosen:
                    there.go(address)
                    there.fits()
                    found[f"{role} {width} {endpoint} {address}"] = serious(there)
                    there.picture(f"all-{role}-{endpoint}-{width}")
                there.quiet()
    assert {page: problems for page, problems in found.items() if problems} == {}
    if FULL:
        print(f"\n{len(found)} looks at {len(seen)} pages")


def walked(app: Flask, browser: Any, served: Served, role: str, cookie: list[Any], books: Books) -> dict[str, str]:
    """One address of each page that this role is shown: endpoint → path. What no link leads to at the moment (a closed
    store's opening) is gone to by its address.
    """
    mine = [rule for rule in app.url_map.iter_rules() if may(app, rule, role)]
    waiting = [rule.rule for rule in mine if not rule.arguments]
    waiting += [path(rule, PAGES[rule.endpoint], books.ids) for rule in mine
                if rule.arguments and rule.endpoint in PAGES]
    waiting += [f"/console/operations/offers/{books.ids['offer_id']}/give_back"]
    found: dict[str, str] = {}
    with watching(browser, served, DESK, cookie) as there:
        while waiting:
            address = waiting.pop(0)
            endpoint = endpoint_of(app, address)
            if endpoint is None or endpoint in found or endpoint in FILES:
                continue
            answer = there.page.request.get(served.base_url + address)
            if answer.status != 200 or "text/html" not in answer.headers["content-type"]:
                continue
            found[endpoint] = address
            waiting += re.findall(r'href="(/console/[^"#]*)"', answer.text())
    return found


def may(app: Flask, rule: Any, role: str) -> bool:
    guard = GUARD.fullmatch(getattr(app.view_functions[rule.endpoint], "guard", ""))
    if guard is None or "GET" not in (rule.methods or ()):
        return rule.endpoint in {"console.login", "console_join.index", "console_join.status"}
    realm, roles = guard.groups()
    own = "merchant" if role in {"manager", "clerk"} else "operations"
    return realm in (None, own) and (roles is None or role in roles.split("|"))


def endpoint_of(app: Flask, address: str) -> str | None:
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(address).path, "GET")[0])
    except HTTPException:
        return None
