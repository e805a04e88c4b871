"""Merchant A asks for everything of merchant B, on every route that merchants sign (promises T1, C32).

Each answer is compared, byte for byte and header for header, with the answer to what isn't anybody's. The same call
about A's own thing succeeds, so that what is compared was right in every other part; B's rows stay as they were.

Breaks tried, each fails here: orders' `by_number`, `permission_by_openid`, `downloads.opened` and `redeeming._check`
without the merchant, and a row taken out of CELLS. (A proof whose audience isn't looked at stays a no: two look.)
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.adversary.cells import CELLS, GONE, NOT_A_YES, Cell
from tests.adversary.parties import NOTHING, Ids, Party
from tests.benefits import ground
from tests.merchant_api.conftest import till_of
from tests.merchant_api.till import Till

__all__ = ["till_of"]
OURS = re.compile(rb"V[0-9a-f]{32}")  # the number of a look: every look has its own
VARYING = {"Request-ID", "X-Request-Id", "Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Date"}


@pytest.fixture
def parties(app: Flask, db: psycopg.Connection, till_of: Callable[..., Till]) -> tuple[Party, Party]:
    return tuple(Party(app, db, till_of(number, "public_body"), mark) for number, mark in ((1, "A"), (2, "B")))


def test_every_route_has_its_cells(application: Flask) -> None:
    signed = {rule.endpoint for rule in application.url_map.iter_rules()
              if rule.rule.startswith(("/v3/", "/payscore/"))}
    assert signed == CELLS.keys()
    public = {endpoint for endpoint in signed if application.view_functions[endpoint].guard == "public"}
    assert public == {"merchant_keys.proof_keys"}
    for rule in application.url_map.iter_rules():
        cells = CELLS.get(rule.endpoint, [])
        named = {name for cell in cells for name in cell.ids}
        assert rule.arguments <= named or not cells, f"{rule.endpoint}: an id of the path isn't tried"


def test_anothers_and_nobodys_are_one(parties: tuple[Party, Party]) -> None:
    mine, theirs = parties
    tried, wrong = 0, []
    for endpoint, cells in CELLS.items():
        for cell in cells:
            own, other = mine.thing(cell.thing), theirs.thing(cell.thing)
            before = theirs.state()
            for names in exchanged(cell):
                answers = [seen(ask(mine, cell, {**own, **{name: ids[name] for name in names}}))
                           for ids in (other, {**NOTHING, **nothing_like(own)})]
                tried += 1
                if answers[0] != answers[1] or not expected(cell, names, answers[0]):
                    wrong.append((endpoint, cell.path, names, answers))
            assert theirs.state() == before, (endpoint, cell.path)
            answer = ask(mine, cell, own)
            assert answer.status_code == cell.own, (endpoint, cell, answer.text)
    assert wrong == []
    assert tried > 80


def test_numbers_are_each_merchants_own(parties: tuple[Party, Party]) -> None:
    """A number that B has used is as fresh for A as any."""
    mine, theirs = parties
    order, lent, permitted, checked = (theirs.thing(kind) for kind in ("running", "lent", "permitted", "checked"))
    before = theirs.state()
    assert mine.good("POST", "/v3/payscore/serviceorder", mine.order(out_order_no=order["out_order_no"]))
    shown = mine.thing("shown")
    assert mine.good("POST", "/v3/xinyi/redemptions", {
        "presentation": shown["presentation"], "service_id": shown["service_id"],
        "out_redemption_no": lent["out_redemption_no"]})
    assert mine.good("POST", "/v3/payscore/permissions", {
        "appid": mine.appid, "service_id": mine.rental.service_id,
        "authorization_code": permitted["authorization_code"]})
    assert mine.good("POST", "/v3/xinyi/checks", {"out_check_no": checked["out_check_no"], "matter": "设立登记"})
    assert theirs.state() == before


def test_one_citizen_is_two_openids(parties: tuple[Party, Party], app: Flask) -> None:
    mine, theirs = parties
    theirs.citizen, theirs.phone = mine.citizen, mine.phone
    with app.app_context():
        ground.agrees(mine.citizen, theirs.rental)
    assert mine.thing("permitted")["openid"] != theirs.thing("permitted")["openid"]


def exchanged(cell: Cell) -> Iterator[tuple[str, ...]]:
    """Each id alone, and every set of them."""
    for size in range(1, len(cell.ids) + 1):
        yield from itertools.combinations(cell.ids, size)


def nothing_like(own: Ids) -> Ids:
    """A proof that is nobody's: one of ours with its signature spoilt."""
    proof = own.get("proof", "")
    return {"proof": proof[:-6] + ("AAAAAA" if proof[-6:] != "AAAAAA" else "BBBBBB")} if proof else {}


def ask(by: Party, cell: Cell, ids: Ids) -> Any:
    path = filled(cell.path, ids)
    return by.till.send(cell.method, path, b"" if cell.body is None else json.dumps(filled(cell.body, ids)).encode())


def filled(told: Any, ids: Ids) -> Any:
    if isinstance(told, str):
        return told.format_map(ids)
    if isinstance(told, dict):
        return {name: filled(value, ids) for name, value in told.items()}
    return [filled(each, ids) for each in told] if isinstance(told, list) else told


def seen(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """All that an asker can see, but what is new in each answer."""
    return (answer.status_code, OURS.sub(b"V", answer.data),
            {name: value for name, value in answer.headers.items() if name not in VARYING})


def expected(cell: Cell, names: tuple[str, ...], answer: tuple[int, bytes, Any]) -> bool:
    body = json.loads(answer[1])
    want = next((no for name, no in cell.no.items() if name in names), GONE)
    if want == NOT_A_YES:
        return answer[0] == 200 and body == {"verification_no": "V", "eligible": False}
    return (answer[0], body["code"]) == want
