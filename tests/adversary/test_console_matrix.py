"""Merchant A's manager at every page with what is B's; a clerk with what is another store's or another clerk's.

Breaks tried, each fails here: a notification and a redemption found without the merchant, the list of redemptions
without it; a page that PAGES doesn't name. `own` without the person and `of_store` without the store were tried by the
counter's own tests.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.kernel.http import cursor_of
from app.staff import passwords
from tests.adversary.counters import NOBODYS, Books, send, shown
from tests.adversary.pages import OPEN, PAGES, Page
from tests.adversary.parties import Ids, Party
from tests.merchant_api.conftest import till_of
from tests.merchant_api.till import Till
from tests.staff.people import QUICK

__all__ = ["till_of"]
KEPT = {"now", "fresh", "redeemed_at"}  # of the asker's own making
FILTER = re.compile(r'<(?:input|select)[^>]*\bid="[a-z]+-([a-z_]+)"[^>]*name="\1"')
FILTERED = ("out_order_no", "scanned_no", "store_id")
PURPOSES = ("", "对账")


@pytest.fixture
def books(app: Flask, db: psycopg.Connection, till_of: Callable[..., Till], sandbox: object,
          monkeypatch: pytest.MonkeyPatch) -> tuple[Books, Books]:
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    return tuple(Books(Party(app, db, till_of(number, "public_body"), mark)) for number, mark in ((1, "AA"), (2, "BB")))


def rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0].startswith("console_merchant"):
            yield rule


def test_every_page_has_its_cells(application: Flask) -> None:
    assert {rule.endpoint for rule in rules(application)} == PAGES.keys()
    for rule in rules(application):
        assert set(rule.arguments) - OPEN.keys() == PAGES[rule.endpoint].path.keys(), rule


def test_another_merchant_isnt_there(app: Flask, books: tuple[Books, Books]) -> None:
    """What is another's is answered as what is nobody's, and no page, filter, cursor or export shows any of it."""
    anothers_and_nobodys_are_one(app, *books)
    nothing_of_another_is_shown(app, *books)


def anothers_and_nobodys_are_one(app: Flask, mine: Books, theirs: Books) -> None:
    """On every page, in its address and its form."""
    before, wrong, tried = theirs.party.state(), [], 0
    for rule in rules(app):
        page = PAGES[rule.endpoint]
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            for names in exchanged(page, method):
                answers = []
                for ids in (theirs.ids, NOBODYS):
                    used = {**mine.ids, **{name: ids[name] for name in names}}
                    answer = send(mine.visitor, method, path(rule, page, used), form(page, used))
                    answers.append(shown(answer, *(used[name] for name in names)))
                tried += 1
                if answers[0] != answers[1] or answers[0][0] not in {page.no, *page.nos.values()}:
                    wrong.append((rule.endpoint, method, names, [each[0] for each in answers]))
    assert wrong == []
    assert theirs.party.state() == before
    assert tried > 25
    for rule in rules(app):  # one's own is there: what was compared was right in every other part
        page = PAGES[rule.endpoint]
        if page.path and "GET" in (rule.methods or ()):
            answer = send(mine.visitor, "GET", path(rule, page, mine.ids))
            assert answer.status_code in page.own, (rule, answer.status_code)


def nothing_of_another_is_shown(app: Flask, mine: Books, theirs: Books) -> None:
    """Every page, every filter of every list with ids of B's, cursors to B's rows, and every export."""
    marks, looked = theirs.marks(), 0
    cursors = [cursor_of([datetime.now(UTC), UUID(theirs.ids["offer_id"])]), cursor_of(["B", theirs.ids["offer_id"]])]
    for rule in rules(app):
        page = PAGES[rule.endpoint]
        here = path(rule, page, mine.ids)
        if "GET" in (rule.methods or ()):
            first = send(mine.visitor, "GET", here)
            assert not held(first, marks), rule
            for name in {*FILTER.findall(first.get_data(as_text=True))}:
                for value in (theirs.ids[of] for of in FILTERED):
                    answer = send(mine.visitor, "GET", f"{here}?{name}={value}")
                    assert not held(answer, marks - {value}, value), (rule, name, value)
                    looked += 1
            for cursor in cursors:
                assert not held(send(mine.visitor, "GET", f"{here}?cursor={cursor}"), marks), rule
        if "POST" in (rule.methods or ()) and not page.path and not page.form:
            for purpose in PURPOSES:
                answer = send(mine.visitor, "POST", here, {"purpose": purpose})
                assert not held(answer, marks), rule
                looked += answer.mimetype == "text/csv"
    assert looked > 60


def test_a_clerk_sees_their_own_store_and_no_managers_page(app: Flask, books: tuple[Books, Books]) -> None:
    """Another store's, another clerk's and nobody's are one; a store that is named counts for nothing."""
    mine, _ = books
    (here, clerk), (there, other) = mine.clerks.items()
    elsewhere = {"scanned": mine.scanned(there, mine.people[there]), "lent": mine.scanned(there, mine.people[there],
                                                                                           lent=True)}
    lately = mine.scanned(here, mine.manager)  # in this store, by somebody else
    own = mine.scanned(here, mine.people[here])
    undo, back = "/console/merchant/scan/redemptions/{}/undo", "/console/merchant/scan/redemptions/{}/completion"
    before = mine.party.state()
    for method in ("GET", "POST"):
        for address, numbers in ((undo, (elsewhere["scanned"], lately)), (back, (elsewhere["lent"],))):
            nothing = shown(send(clerk, method, address.format("NOTHING-7")), "NOTHING-7")
            assert nothing[0] == 404
            for number in numbers:
                for query in ("", f"?store={there}"):
                    answer = send(clerk, method, address.format(number) + query, {"store": there})
                    assert shown(answer, number) == nothing, (method, address, number)
    assert mine.party.state() == before
    for page in ("", "scan/", "scan/today", "scan/open"):
        for query in ("", f"?store={there}"):
            answer = send(clerk, "GET", f"/console/merchant/{page}{query}")
            assert answer.status_code == 200
            assert not held(answer, {there, f"分店{mine.party.mark}", *elsewhere.values()}, there), page
    assert own in send(clerk, "GET", "/console/merchant/scan/today").text
    assert elsewhere["scanned"] in send(other, "GET", "/console/merchant/scan/today").text
    tried = 0
    for rule in rules(app):
        if app.view_functions[rule.endpoint].guard == "console:merchant:manager":
            for method in {"GET", "POST"} & (rule.methods or set()):
                answer = send(clerk, method, path(rule, PAGES[rule.endpoint], mine.ids))
                assert answer.status_code == 403, (rule, method)
                tried += 1
    assert tried > 40


def exchanged(page: Page, method: str) -> Iterator[tuple[str, ...]]:
    """Each set of the ids that stand in the address, and with POST in the form."""
    names = [*page.path.values(), *(page.form.values() if method == "POST" else ())]
    open_ones = [name for name in names if name not in KEPT]
    for size in range(1, len(open_ones) + 1):
        yield from itertools.combinations(open_ones, size)


def path(rule: Rule, page: Page, ids: Ids) -> str:
    told = {**OPEN, **{name: ids[of] for name, of in page.path.items()}}
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: told[found[1]], rule.rule)


def form(page: Page, ids: Ids) -> Ids:
    return {name: ids[of] for name, of in page.form.items()}


def held(answer: object, marks: set[str], *echoed: str) -> set[str]:
    text = shown(answer, *echoed)[1]
    return {mark for mark in marks if mark in text}
