"""From an application to a merchant: applied for by anybody, looked at by an operator, lived in by a manager.

Breaks tried: see each test.
"""

import io
import re
from typing import Any

import psycopg
import pytest

from app.merchants import uscc
from tests.console.browsing import TOKEN, Some, Visit, Visitor, words
from tests.staff.people import PASSWORD

FIRST = "91360100MADEJN001"
GOOD = FIRST + uscc.check_character(FIRST)
ODD = FIRST + next(each for each in "0123456789" if each != GOOD[-1])
PDF, JPG = b"%PDF-1.7 made up", b"\xff\xd8\xff\xe0 made up"
PHONE = "19900008888"


def told(**other: Any) -> dict[str, Any]:
    return {"name": "示例便利店", "uscc": GOOD, "kind": "merchant", "region": "360100", "plan": "免押金租借雨伞",
            "contact_name": "示例联系人", "contact_phone": PHONE, "licence": (io.BytesIO(PDF), "x.pdf"), **other}


def applied(there: Visitor, **other: Any) -> str:
    """The receipt."""
    answer = there.post("/console/join/", told(**other))
    found = re.search(r"J[0-9A-F]{16}", answer.text)
    assert found, words(answer)
    return found[0]


def looked(there: Visitor, receipt: str, tail: str = PHONE[-4:]) -> Any:
    return there.post("/console/join/status", {"application_no": receipt, "tail": tail})


def listed(operator: Visitor) -> str:
    """The address of the one application in the list."""
    found = re.search(r'/console/operations/joining/[0-9a-f-]{36}', operator.get("/console/operations/joining/").text)
    assert found
    return found[0]


def test_from_an_application_to_a_managers_log_in(visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    """Asked for more, given it, approved; the link shown once leads to a manager who sees their own merchant."""
    anybody, operator = visitor(), visitor(someone("operator"))
    receipt = applied(anybody)
    assert "审核中" in words(looked(anybody, receipt))
    one = listed(operator)
    assert operator.post(f"{one}/ask", {"words": "请补充授权书"}).status_code == 200
    assert "请补充授权书" in words(looked(anybody, receipt))
    page = looked(anybody, receipt).text
    added = {"tail": PHONE[-4:], "words": "已补", "authority": (io.BytesIO(JPG), "y.jpg"),
             "csrf_token": TOKEN.search(page)[1]}  # type: ignore[index]
    answer = anybody.client.post(f"/console/join/{receipt}/supplement", data=added)
    assert "已提交" in words(answer), words(answer)
    shown = operator.get(one)
    assert "经办人授权书" in words(shown)
    assert PHONE not in shown.text
    answer = operator.post(f"{one}/approve", {"login": "manager.made"})
    link = re.search(r"/console/invitations/[A-Za-z0-9_-]{43}", answer.text)
    assert link, words(answer)
    assert "<svg" in answer.text
    assert link[0] not in operator.get(one).text
    assert "已通过" in words(looked(anybody, receipt))
    manager = visitor()
    assert manager.post(link[0], {"password": PASSWORD}).status_code == 200
    assert manager.get(link[0]).status_code == 404
    answer = manager.post("/console/login", {"login": "manager.made", "password": PASSWORD})
    assert "启用二次验证" in words(answer)
    row = db.execute("SELECT name, uscc, state FROM merchants").fetchone()
    assert row == ("示例便利店", GOOD, "active")
