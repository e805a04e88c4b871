"""Operations' pages about the platform: each opens for an operator, empty and full, and names nobody."""

from typing import Any

import pytest
from flask import Flask

from app.feedback import sending
from tests.cast import LIN, LIU
from tests.console.browsing import Some, Visit, Visitor, words
from tests.console.operations.conftest import listed, take, told

HOME = "/console/operations/"
PATHS = ["platform/", "feedback/", "feedback/batches", "records/", "reconciliations/", "reconciliations/another",
         "events/", "initiatives/", "initiatives/months", "checks/", "red_list/", "appeals/"]


def test_empty_pages_say_so(operator: Visitor) -> None:
    assert "待更正的反馈记录" in words(operator.get(HOME))
    for path in PATHS:
        answer = operator.get(HOME + path)
        assert answer.status_code == 200, (path, answer.text)
        if path not in {"feedback/", "reconciliations/another"}:
            assert "没有" in words(answer), path


def test_full_pages_name_nobody(app: Flask, operator: Visitor, used: list[str], within: Any) -> None:
    within(sending.work)
    take(app, told())
    listed(app)
    for path in [*PATHS, f"records/{used[0]}", "initiatives/one/I-1", "initiatives/accept/I-1", "red_list/JX2026-0001"]:
        answer = operator.get(HOME + path)
        assert answer.status_code == 200, (path, answer.text)
        for person in (LIN, LIU):
            assert person.name not in answer.text, path
            assert person.id_number not in answer.text, path


@pytest.mark.parametrize("path", ["records/nothing", "feedback/batches/nothing", "reconciliations/2026-11-20",
                                  "reconciliations/nothing", "reconciliations/9999-12-31", "events/one/nothing",
                                  "initiatives/one/nothing", "checks/1600000009", "red_list/nothing",
                                  "appeals/nothing"])
def test_what_isnt_there_is_not_found(operator: Visitor, path: str) -> None:
    assert operator.get(HOME + path).status_code == 404


def test_administrators_see_no_matter_of_operators(visitor: Visit, someone: Some) -> None:
    there = visitor(someone("audit_admin"))
    assert "待更正的反馈记录" not in words(there.get(HOME))
    for path in PATHS:
        assert there.get(HOME + path).status_code == 403, path
