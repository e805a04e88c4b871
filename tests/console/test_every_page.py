"""Every page of the console, today's and tomorrow's: guarded, headed, unframed, and nothing changes from elsewhere.

Breaks tried: the form's token not looked at, Origin not looked at, a `console_required` that doesn't look at the realm,
one that doesn't look at the roles.
"""

import re
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.console.answering import POLICY
from tests.console.browsing import TOKEN, Some, Visit

ANYBODY = {"console.index", "console.login", "console.logout", "console.invitation", "console.nowhere",
           "console_join.index", "console_join.status", "console_join.supplement", "console_portal_objections.index"}
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", re.I)


def rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console"):
            yield rule


def address(rule: Rule) -> str:
    """An address of this rule, with made-up ids."""
    filled = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), rule.rule)
    filled = re.sub(r"<any\(\W*(\w+)[^>]*>", r"\1", filled)
    return re.sub(r"<(?:path:)?\w+>", "nothing", filled)


def test_there_are_pages(application: Flask) -> None:
    assert len(list(rules(application))) > 25


def test_every_answer_has_the_headers(app: Flask, visitor: Visit, someone: Some) -> None:
    """Anonymous, and as each kind of account: whatever comes of it."""
    for there in (visitor(), visitor(someone("system_admin")), visitor(someone("operator"))):
        for rule in rules(app):
            for method in {"GET", "POST"} & (rule.methods or set()):
                answer = there.client.open(address(rule), method=method)
                assert answer.status_code < 500, (rule, method)
                headers = answer.headers
                assert headers["Content-Security-Policy"] == POLICY, rule
                assert headers["X-Frame-Options"] == "DENY"
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Referrer-Policy"] == "same-origin"
                assert headers["Cache-Control"] == "no-store"
                assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
                camera = "camera=(self)" if rule.endpoint.startswith("console_merchant_scan.") else "camera=()"
                assert camera in headers["Permissions-Policy"], rule
                if answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303, 308}:
                    assert not INLINE.search(answer.text), (rule, INLINE.search(answer.text))


def test_nothing_opens_without_a_log_in(app: Flask) -> None:
    for rule in rules(app):
        if rule.endpoint not in ANYBODY:
            answer = app.test_client().get(address(rule)) if "GET" in (rule.methods or ()) else None
            assert answer is None or answer.location.startswith("/console/login"), rule


def test_every_form_asks_for_its_token(app: Flask, visitor: Visit, someone: Some) -> None:
    """Without one, with another browser's, and from another origin with the right one: 419, before anything else."""
    there, other = visitor(someone("system_admin")), visitor(someone("system_admin"))
    own, foreign = (TOKEN.search(each.get("/console/account/password").text) for each in (there, other))
    assert own
    assert foreign
    hostile: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}), ({"csrf_token": foreign[1]}, {}), ({"csrf_token": "é"}, {}),
        ({"csrf_token": own[1]}, {"Origin": "https://evil.example"}), ({"csrf_token": own[1]}, {"Origin": "null"}),
        ({"csrf_token": own[1]}, {"Sec-Fetch-Site": "cross-site"})]
    for rule in rules(app):
        if "POST" in (rule.methods or ()):
            for data, headers in hostile:
                answer = there.client.post(address(rule), data=data, headers=headers)
                assert answer.status_code == 419, (rule, data, headers)
    good = there.client.post("/console/account/password", data={"csrf_token": own[1]},
                             headers={"Origin": "http://localhost"})
    assert good.status_code == 422, "its own form is taken, and found empty"


def test_a_realm_is_absent_for_another(app: Flask, visitor: Visit, someone: Some) -> None:
    there = visitor(someone("operator"))
    for rule in rules(app):
        realm = rule.endpoint.split(".")[0].split("_")[1:2]
        if realm in (["merchant"], ["league"]):
            assert there.get(address(rule)).status_code == 404, rule


def test_a_role_is_not_another(app: Flask, visitor: Visit, someone: Some) -> None:
    """By the guard's own words: who holds none of its roles gets 403, on every page that names roles."""
    for role in ("operator", "audit_admin"):
        there = visitor(someone(role))
        for rule in rules(app):
            guard = getattr(app.view_functions[rule.endpoint], "guard", "")
            named = guard.split(":")[2:]
            if guard.startswith("console:operations") and named and role not in named[0].split("|"):
                answer = there.get(address(rule)) if "GET" in (rule.methods or ()) else \
                    there.post(address(rule), page="/console/account/password")
                assert answer.status_code == 403, rule


@pytest.mark.parametrize("path", ["/console/nothing", "/console/operations/nothing", "/console/%00",
                                  "/console/account/work/x"])
def test_what_isnt_there_is_a_page(visitor: Visit, path: str) -> None:
    answer = visitor().get(path)
    assert answer.status_code == 404
    if "%00" not in path:
        assert "没有找到" in answer.text


def test_a_method_that_isnt_ours_is_refused(app: Flask) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert app.test_client().open("/console/login", method=method).status_code == 405


def test_our_files_may_be_kept_and_change_their_name(app: Flask, visitor: Visit) -> None:
    page = visitor().get("/console/login").text
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(files) >= 4, "the libraries were brought"
    for file in files:
        assert re.search(r"\.[0-9a-f]{16}\.|\?v=[0-9a-f]{16}$", file)
        answer = app.test_client().get(file)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "max-age" not in app.test_client().get("/static/docs.js").headers.get("Cache-Control", "")


def test_our_faults_and_a_database_away_are_pages(app: Flask, visitor: Visit, someone: Some,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    there = visitor(someone("operator"))

    def broken() -> int:
        raise ValueError("张三 360102199203045534")

    monkeypatch.setattr("app.outbox.sending.lag_seconds", broken)
    answer = there.get("/console/operations/")
    assert answer.status_code == 500
    assert "INTERNAL_ERROR" in answer.text
    assert "张三" not in answer.text
