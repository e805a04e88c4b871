"""4.3 and 4.4: the two looks at a person that an authorisation allows; each attempt counts as one."""

import base64
import hashlib
import json
from typing import Any

from sandbox import forms
from sandbox.people import Person
from sandbox.platform.asking import Asking
from sandbox.platform.authorizations import status_of, was_live
from sandbox.platform.printing import report_pdf
from sandbox.state import Row
from sandbox.world import Refused

QUESTION = {
    "authorization_id": forms.word(64),
    "subject": forms.sealed,
    "scenario": forms.among(forms.SCENARIOS),
    "purpose": forms.text(200),
    "operator": forms.text(80, r"system|staff:[\x21-\x7e]{1,64}"),
}


def grade(asking: Asking) -> tuple[int, dict[str, Any]]:
    """The grade, its span, the red lists, and whether restricted."""
    number, person = _look(asking, "grade", "grade.read", "Q")
    return 200, {"query_no": number, **asking.world.people.grade_of(person)}


def report(asking: Asking) -> tuple[int, dict[str, Any]]:
    """The report as a sealed PDF with the digest of its bytes."""
    number, person = _look(asking, "report", "report.read", "R")
    said = asking.world.people.grade_of(person)
    pdf = report_pdf(number, said["grade"], said["as_of"], said["valid_until"])
    return 200, {
        "report_no": number,
        "sha256": hashlib.sha256(pdf).hexdigest(),
        "pdf": asking.seal(base64.b64encode(pdf).decode()),
        "valid_until": said["valid_until"],
    }


def _look(asking: Asking, kind: str, scope: str, prefix: str) -> tuple[str, Person]:
    """Check in the page's order, write the look down; a refused one is written down too."""
    question = forms.take(asking.body(), QUESTION)
    subject = asking.open_subject(question["subject"])
    state = asking.world.state
    paper = state.one("select * from authorizations where id = ?", question["authorization_id"])
    row: Row = {
        "kind": kind,
        "at": asking.world.clock.precise(),
        "query_no": None,
        "code": None,
        "authorization_id": question["authorization_id"],
        "authorization_no": paper["no"] if paper else None,
        "person": paper["person"] if paper else None,
        "scenario": question["scenario"],
        "purpose": question["purpose"],
        "operator": question["operator"],
    }
    try:
        _check(asking, question, subject, paper, scope)
    except Refused as refused:
        refused.row = ("queries", {**row, "code": refused.code})
        raise
    row["query_no"] = state.number(kind, prefix)
    state.insert("queries", row)
    return row["query_no"], asking.world.people.by_key[str(row["person"])]


def _check(asking: Asking, question: dict[str, Any], subject: dict[str, Any], paper: Row | None, scope: str) -> None:
    if paper is None:
        raise Refused("AUTHORIZATION_NOT_FOUND")
    status = status_of(asking.world, paper)
    if status != "active":
        code = "AUTHORIZATION_REVOKED" if status == "revoked" else "AUTHORIZATION_EXPIRED"
        raise Refused(code, "asked all the same", overtaken=was_live(asking.world, paper, asking.came))
    if scope not in json.loads(paper["scopes"]):
        raise Refused("SCOPE_DENIED", "scope")
    if question["scenario"] not in json.loads(paper["scenarios"]):
        raise Refused("SCOPE_DENIED", "scenario")
    if asking.world.state.keyed(subject) != paper["subject"]:
        raise Refused("SCOPE_DENIED", "subject")
    if question["purpose"] != paper["purpose"]:
        raise Refused("SCOPE_DENIED", "purpose")
