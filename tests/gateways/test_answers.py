"""Answers are read strictly, whatever comes: Unreadable or the answer, and nothing between."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.platform import answers, initiatives, sealing
from app.gateways.platform.answers import RowAnswer
from app.gateways.platform.fields import Unreadable
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.suites import SUITES
from app.kernel import jsons
from tests.gateways.conftest import CALM

DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
GOOD: dict[str, tuple[Callable[[Any], object], dict[str, Any]]] = {
    "identity": (answers.identity, {
        "verification_no": "V1", "result": "match", "checked_at": "2026-11-23T09:30:00+08:00"}),
    "authorization": (lambda data: answers.authorization(data, "GA-1"), {
        "authorization_id": "A0000000001", "authorization_no": "GA-1", "status": "active"}),
    "grade": (lambda data: answers.grade(data, AT), {
        "query_no": "Q1", "grade": "AA", "as_of": "2026-11-01", "valid_until": "2026-11-30",
        "red_lists": ["outstanding_youth_volunteer", "a_new_one"], "restricted": False}),
    "batch": (lambda data: answers.batch(data, "B1", ["r1", "r2"]), {
        "batch_no": "B1", "receipt_no": "RB1", "results": [
            {"record_no": "r1", "status": "accepted", "receipt_no": "R1"},
            {"record_no": "r2", "status": "rejected", "reason": "FIELD_INVALID:region"}]}),
    "reconciliation": (lambda data: answers.reconciliation(data, DAY, "c1"), {
        "date": "2026-11-22", "count": 1, "waived_fen": 9900, "digest": "ab" * 32,
        "records": [{"record_no": "r1", "receipt_no": "R1", "status": "accepted"}], "next_cursor": None,
        "complete": True}),
    "red list": (lambda data: answers.red_list(data, "RL-1", "listed"), {"entry_no": "RL-1", "status": "listed"}),
    "initiatives": (lambda data: initiatives.page(data, "i1"), {
        "initiatives": [], "cursor": "i9", "next_cursor": "i9"}),
    "initiative": (initiatives.read, {
        "initiative_no": "I1", "title": "青年志愿者联合激励", "document_no": "赣信办〔2026〕9号",
        "red_list": "outstanding_youth_volunteer", "grades": ["AAA", "AA"], "measures": ["免押金"],
        "regions": ["360000"], "issued_at": "2026-11-01T09:00:00+08:00", "respond_by": "2026-12-01T18:00:00+08:00",
        "ends_at": "2027-11-01T00:00:00+08:00"}),
    "response": (lambda data: initiatives.response(data, "I1", "accepted"), {
        "initiative_no": "I1", "status": "accepted"}),
    "initiative feedback": (lambda data: initiatives.feedback(data, "I1", "2026-11"), {
        "initiative_no": "I1", "period": "2026-11", "status": "received"}),
}
SPOILED = [
    ("identity", {"result": "MATCH"}), ("identity", {"checked_at": "yesterday"}), ("identity", {"verification_no": ""}),
    ("authorization", {"authorization_no": "GA-2"}), ("authorization", {"status": "pending"}),
    ("authorization", {"authorization_id": "A 1"}),
    ("grade", {"grade": "E"}), ("grade", {"grade": None}), ("grade", {"grade": ["A"]}), ("grade", {"restricted": 0}),
    ("grade", {"as_of": "2026-11-31"}), ("grade", {"valid_until": "2026-11-30T00:00:00Z"}),
    ("grade", {"red_lists": "all"}), ("grade", {"red_lists": [None]}), ("grade", {"red_lists": ["x"] * 101}),
    ("batch", {"batch_no": "B2"}), ("batch", {"results": []}), ("batch", {"receipt_no": None}),
    ("reconciliation", {"date": "2026-11-21"}), ("reconciliation", {"count": -1}),
    ("reconciliation", {"count": True}), ("reconciliation", {"waived_fen": 1.5}),
    ("reconciliation", {"digest": "AB" * 32}), ("reconciliation", {"next_cursor": ""}),
    ("reconciliation", {"next_cursor": "c1"}), ("reconciliation", {"complete": None}),
    ("reconciliation", {"records": [{"record_no": "r1", "receipt_no": "R1", "status": "rejected"}]}),
    ("red list", {"status": "delisted"}), ("red list", {"entry_no": "RL-2"}),
    ("initiatives", {"initiatives": [{}]}), ("initiatives", {"next_cursor": "i1"}), ("initiatives", {"cursor": ""}),
    ("initiative", {"grades": ["AAAA"]}), ("initiative", {"regions": ["36"]}), ("initiative", {"measures": [""]}),
    ("initiative", {"red_list": 1}), ("initiative", {"respond_by": "2026-12-01"}), ("initiative", {"title": "x" * 501}),
    ("response", {"status": "declined"}), ("response", {"initiative_no": "I2"}),
    ("initiative feedback", {"period": "2026-10"}), ("initiative feedback", {"status": "late"}),
]
OPEN = [("next_cursor", None), ("complete", "gone"), ("red_list", None), ("red_list", "gone")]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_answer_is_read_and_unknown_fields_are_ignored(name: str) -> None:
    read, data = GOOD[name]
    assert read(data) == read({**data, "new_field": None})


@pytest.mark.parametrize(("name", "change"), SPOILED)
def test_a_spoiled_answer_is_none(name: str, change: dict[str, Any]) -> None:
    read, data = GOOD[name]
    with pytest.raises(Unreadable):
        read({**data, **change})


@pytest.mark.parametrize("name", GOOD)
def test_each_field_must_be_there_and_not_null(name: str) -> None:
    read, data = GOOD[name]
    for field in data:
        for spoiled in ({**data, field: None}, {key: data[key] for key in data if key != field}):
            if (field, spoiled.get(field, "gone")) in OPEN:
                continue
            with pytest.raises(Unreadable):
                read(spoiled)


def test_a_report_under_another_data_key_than_the_requests_is_no_answer() -> None:
    """`an answer uses the request's kid`: both keys live, both open."""
    suite = SUITES["ES256-SHA256"]
    keys = PlatformKeys(suite, "ck", None, {}, "dk-2", {
        kid: suite.data_key(bytes([number]) * 32) for number, kid in enumerate(("dk-1", "dk-2"))})
    pdf = b"%PDF-1.5"
    told = {"report_no": "R1", "sha256": hashlib.sha256(pdf).hexdigest(), "valid_until": "2026-11-30"}
    sealed = {kid: sealing.seal_with(keys, kid, bytes(12), jsons.dumps(base64.b64encode(pdf).decode()), "n" * 16)
              for kid in keys.data_keys}
    assert answers.report({**told, "pdf": sealed["dk-2"]}, keys, "n" * 16).pdf == pdf
    for wrong in (sealed["dk-1"], {**sealed["dk-2"], "ct": "AA"}, None, "JVBERi0="):
        with pytest.raises(Unreadable):
            answers.report({**told, "pdf": wrong}, keys, "n" * 16)
    with pytest.raises(Unreadable):
        answers.report({**told, "pdf": sealed["dk-2"]}, keys, "m" * 16)


def rows(*told: dict[str, Any]) -> answers.BatchAnswer:
    return answers.batch({"batch_no": "B1", "receipt_no": "RB1", "results": list(told)}, "B1", ["r1", "r2"])


ONE = {"record_no": "r1", "status": "accepted", "receipt_no": "R1"}
TWO = {"record_no": "r2", "status": "duplicate", "receipt_no": "R2"}


def test_rows_in_any_order_come_back_in_ours() -> None:
    expected = [RowAnswer("r1", "accepted", "R1", None), RowAnswer("r2", "duplicate", "R2", None)]
    assert rows(ONE, TWO).results == rows(TWO, ONE).results == rows(ONE, TWO, ONE).results == expected


@pytest.mark.parametrize("told", [
    [ONE], [ONE, ONE], [ONE, TWO, {**TWO, "record_no": "r3"}], [ONE, TWO, {**ONE, "receipt_no": "R9"}],
    [ONE, {"record_no": "r2", "status": "rejected"}], [ONE, {**TWO, "reason": "TOO_OLD"}],
    [ONE, {**TWO, "status": "rejected", "reason": "TOO_OLD"}], [ONE, {**TWO, "status": "lost"}], [ONE, None],
    [ONE, {"record_no": "r2", "status": "rejected", "reason": "TOO_OLD", "receipt_no": None}],
])
def test_rows_that_leave_a_doubt_are_no_answer(told: list[Any]) -> None:
    with pytest.raises(Unreadable):
        rows(*told)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8)


@CALM
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_any_json_object_is_read_or_unreadable(name: str, data: st.DataObject) -> None:
    read, good = GOOD[name]
    names = st.sampled_from(sorted(good))
    changes = data.draw(st.dictionaries(names, json_values, max_size=3))
    with suppress(Unreadable):
        read({**good, **changes})
