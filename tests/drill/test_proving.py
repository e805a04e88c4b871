"""The drill's proofs, shown worlds in which something is wrong: each must see it. So must a proof be proven.

Each `lies` entry is a break that was seen: the world is right but for that one thing.
"""

import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.drill import proving
from tests.drill.hurting import Down
from tests.drill.province import marked_papers

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DARK = [Down("sandbox", NOW - timedelta(seconds=2), NOW + timedelta(seconds=2))]
RIGHT: dict[str, Any] = {
    "credit_queries": [
        ("A1", "answered", "Q1", None, NOW), ("A1", "failed", None, "NO_ANSWER", NOW - timedelta(minutes=5)),
        ("A2", "answered", "Q2", None, NOW), ("A2", "failed", None, "LATE", NOW)],
    "queries": {"items": [{"query_no": "Q1", "authorization_id": "A1"}, {"query_no": "Q2", "authorization_id": "A2"}],
                "refused": []},
    "turned-away": {"items": [{"call": "POST /credit-grades/queries"}, {"call": "POST /authorizations"}]},
    "feedbacks": [("U1", "fulfilled", 9900, "accepted", "R1"), ("U2", "reversed", 9900, "accepted", "R2")],
    "feedback_batches": [(1, 2)],
    "usages": {"items": [{"record_no": "U1", "outcome": "fulfilled", "waived_fen": 9900, "receipt_no": "R1"},
                         {"record_no": "U2", "outcome": "reversed", "waived_fen": 9900, "receipt_no": "R2"}],
               "rejected": []},
    "consents": [("N1", "A1", True), ("N2", "A2", False)],
    "authorizations": {"items": [{"authorization_no": "N1", "authorization_id": "A1", "status": "active"},
                                 {"authorization_no": "N2", "authorization_id": "A2", "status": "revoked"}]},
    "red-lists": {"items": [{"entry_no": "JX-1", "status": "listed"}]},
    "initiatives": {"items": [{"initiative_no": "I1", "response": {"response": "accepted"}, "feedbacks": [{}]}]},
    "events": {"items": [{"type": "grade.changed", "status": "taken", "attempts": 2}]},
    "platform_events": [("processed",)]}


class Told:
    """A province that says what it is told to."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world, self.sandbox = world, SimpleNamespace(control=self.control)
        self.entries, self.answered = {"JX-1": "listed", "JX-2": "delisted"}, {"I1": "accepted"}
        self.fed_back = {"I1"}

    def control(self, _: str, path: str) -> Any:
        return self.world[path.removeprefix("/platform/")]

    def sql(self, query: str) -> Any:
        tables = ("credit_queries", "feedbacks", "feedback_batches", "consents", "platform_events")
        return self.world[next(name for name in tables if f" {name}" in query)]


def lie(where: str, change: Any) -> dict[str, Any]:
    world = copy.deepcopy(RIGHT)
    change(world[where])
    return world


LIES: dict[str, tuple[str, dict[str, Any]]] = {
    "a query without a record": ("looks", lie("queries", lambda w: w["items"].append(
        {"query_no": "Q3", "authorization_id": "A3"}))),
    "an answer that they never gave": ("looks", lie("credit_queries", lambda w: w.append(
        ("A1", "answered", "Q9", None, NOW)))),
    "a record of what never left in calm weather": ("looks", lie("credit_queries", lambda w: w.append(
        ("A1", "failed", None, "NO_ANSWER", NOW + timedelta(minutes=5))))),
    "a look that they refused": ("looks", lie("queries", lambda w: w["refused"].append(
        {"query_no": None, "authorization_id": "A1", "code": "AUTHORIZATION_REVOKED"}))),
    "a use that they don't have": ("usages", lie("usages", lambda w: w["items"].pop())),
    "a use that we don't know": ("usages", lie("feedbacks", lambda w: w.pop())),
    "a use taken twice": ("usages", lie("usages", lambda w: w["items"].append(w["items"][0]))),
    "another receipt": ("usages", lie("usages", lambda w: w["items"][0].update(receipt_no="R9"))),
    "a rejected use": ("usages", lie("usages", lambda w: w["rejected"].append({}))),
    "a paper that lives there only": ("papers", lie("authorizations", lambda w: w["items"][1].update(status="active"))),
    "a paper that lives here only": ("papers", lie("authorizations", lambda w: w["items"][0].update(status="revoked"))),
    "a paper under another id": ("papers", lie("consents", lambda w: w.__setitem__(0, ("N1", "A7", True)))),
    "a paper of nobody": ("papers", lie("consents", lambda w: w.pop())),
    "an entry that didn't arrive": ("lists", lie("red-lists", lambda w: w["items"].clear())),
    "an entry that stayed": ("lists", lie("red-lists", lambda w: w["items"].append(
        {"entry_no": "JX-2", "status": "listed"}))),
    "a response that didn't arrive": ("lists", lie("initiatives", lambda w: w["items"][0].update(response=None))),
    "a month that didn't arrive": ("lists", lie("initiatives", lambda w: w["items"][0].update(feedbacks=[]))),
    "an event that waits": ("pushes", lie("events", lambda w: w["items"][0].update(status="waiting"))),
    "an event that we refused": ("pushes", lie("platform_events", lambda w: w.append(("refused",))))}


@pytest.mark.parametrize("proof", ["looks", "usages", "papers", "lists", "pushes"])
def test_a_right_world_is_right(proof: str) -> None:
    assert getattr(proving, proof)(Told(RIGHT), DARK).wrong == []


@pytest.mark.parametrize("what", LIES)
def test_what_is_wrong_is_seen(what: str) -> None:
    proof, world = LIES[what]
    assert getattr(proving, proof)(Told(world), DARK).wrong != []


@pytest.mark.parametrize("line", [
    '{"event":"answered","who":"NAME"}', '{"why":"NUMBER"}', '{"phone":"PHONE"}', '{"event":"job_broke","job":"x"}'])
def test_a_name_or_a_broken_job_in_a_log_is_seen(tmp_path: Path, line: str) -> None:
    papers = marked_papers(4321)
    for mark, name in (("NAME", "name"), ("NUMBER", "id_number"), ("PHONE", "phone")):
        line = line.replace(mark, papers[name])
    province: Any = SimpleNamespace(stack=SimpleNamespace(system=SimpleNamespace(places=SimpleNamespace(log=tmp_path))))
    (tmp_path / "web.log").write_text('{"event":"answered","ms":19907770000000}\n', "utf-8")
    assert proving.silence(province, []).wrong == []
    (tmp_path / "web.log").write_text(line, "utf-8")
    assert proving.silence(province, []).wrong != []
