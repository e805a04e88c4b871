"""C31: whatever is answered, it tells nothing of the inside, stays in no cache, and runs nothing in a browser.

Fails, as tried: with a header taken from `SAFE`, with the handler for unknown exceptions removed, with the exception's
message in its answer.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from app.kernel.db import session
from tests.contract.scene import Scene
from tests.stack import Stack

INSIDE = ("Traceback", "File \"", "line ", "werkzeug", "Werkzeug", "sqlalchemy", "psycopg", "SELECT", ".py", "Python/",
          "Exception", "秘密")
SECRET = "秘密 360102199203045534"


class Breaks:
    """A door whose view fails in each way that a view can."""

    WAYS = ("/unknown", "/database", "/unicode", "/recursion")

    @staticmethod
    def unknown() -> None:
        raise RuntimeError(SECRET)

    @staticmethod
    def database() -> None:
        session().execute(text(f"SELECT '{SECRET}'::int"))

    @staticmethod
    def unicode() -> str:
        return "\ud800".encode().decode()

    @staticmethod
    def recursion() -> None:
        Breaks.recursion()


@pytest.fixture
def broken(app: Flask) -> Iterator[Flask]:
    """The application, with routes whose views break; it is as before afterwards."""
    endpoints = dict.fromkeys(("health.healthz", "docs.openapi", "docs.docs", "benefits.scenarios"))
    whole = {endpoint: app.view_functions[endpoint] for endpoint in endpoints}
    ways = (Breaks.unknown, Breaks.database, Breaks.unicode, Breaks.recursion)
    app.view_functions.update(dict(zip(endpoints, ways, strict=True)))
    yield app
    app.view_functions.update(whole)


def safe(answer: Any, status: int, code: str | None = None) -> None:
    """An answer of this status that shows nothing and carries every header."""
    assert answer.status_code == status, answer.text
    head = answer.headers
    assert head["X-Content-Type-Options"] == "nosniff"
    assert head["X-Frame-Options"] == "DENY"
    assert head["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in head["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in head["Content-Security-Policy"]
    assert head["Cache-Control"] == "no-store"
    assert head["X-Request-Id"]
    assert "X-Powered-By" not in head
    for word in INSIDE:
        assert word not in answer.text, word
    if code:
        assert head["Content-Type"] == "application/problem+json"
        body = answer.json() if callable(answer.json) else answer.json
        assert body["code"] == code
        assert body["request_id"] == head["X-Request-Id"]
        assert {"type", "title", "status", "detail"} <= body.keys()


@pytest.mark.parametrize(("path", "status", "code"), [
    ("/healthz", 500, "INTERNAL_ERROR"), ("/openapi.json", 500, "INTERNAL_ERROR"), ("/docs", 500, "INTERNAL_ERROR"),
    ("/api/v1/scenarios", 500, "INTERNAL_ERROR")])
def test_what_breaks_shows_nothing(broken: Flask, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
                                   path: str, status: int, code: str) -> None:
    """Neither in the answer nor in the log does the message of the exception stand."""
    safe(broken.test_client().get(path), status, code)
    logged = "".join(capfd.readouterr()) + caplog.text
    assert SECRET not in logged
    assert "360102199203045534" not in logged


def asked(client: Client, token: str) -> Iterator[tuple[TestResponse, int, str]]:
    """Each kind of no, once."""
    me = {"Authorization": f"Bearer {token}"}
    yield client.get("/nothing"), 404, "NOT_FOUND"
    yield client.get("/static/../wsgi.py"), 404, "NOT_FOUND"
    yield client.get("/static/%2e%2e/%2e%2e/wsgi.py"), 404, "NOT_FOUND"
    yield client.get("/static/nothing.js"), 404, "NOT_FOUND"
    yield client.get("/api/v1/offers/" + "x" * 5000), 404, "NOT_FOUND"
    yield client.get("/api/v1/offers/%00"), 404, "NOT_FOUND"
    yield client.get("/api/v1/offers/%ff%fe"), 404, "NOT_FOUND"
    yield client.delete("/api/v1/offers"), 405, "METHOD_NOT_ALLOWED"
    yield client.open("/api/v1/me", method="TRACE", headers=me), 405, "METHOD_NOT_ALLOWED"
    yield client.open("/api/v1/me", method="BREW", headers=me), 405, "METHOD_NOT_ALLOWED"
    yield client.get("/api/v1/me"), 401, "UNAUTHENTICATED"
    yield client.get("/api/v1/me", headers={"Authorization": "Bearer " + "x" * 5000}), 401, "UNAUTHENTICATED"
    yield client.get("/api/v1/me", headers={"Authorization": "Basic eA=="}), 401, "UNAUTHENTICATED"
    yield client.post("/api/v1/sessions", data=b"{", content_type="application/json"), 400, "MALFORMED_JSON"
    yield client.post("/api/v1/sessions", data=b"x", content_type="text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE"
    yield client.post("/api/v1/sessions", data=b"x" * 300_000, content_type="application/json"), 413, "BODY_TOO_LARGE"
    yield client.post("/api/v1/sessions", json={}), 422, "VALIDATION_FAILED"
    yield client.get("/api/v1/me/credit-grade", headers=me), 403, "IDENTITY_REQUIRED"


def test_every_no_is_safe(scene: Scene) -> None:
    told = list(asked(scene.app.test_client(), scene.fresh_token()))
    assert len(told) > 15
    for answer, status, code in told:
        safe(answer, status, code)


def test_merchants_noes_are_safe_too(scene: Scene) -> None:
    client = scene.app.test_client()
    for answer, status, code in ((client.get("/v3/nothing"), 404, "RESOURCE_NOT_EXISTS"),
                                 (client.post("/v3/xinyi/verifications", json={}), 401, "SIGN_ERROR"),
                                 (client.get("/v3/xinyi/verifications"), 405, "INVALID_REQUEST")):
        safe(answer, status)
        assert answer.json.keys() == {"code", "message"}
        assert answer.json["code"] == code


def test_a_yes_carries_the_same_headers(scene: Scene) -> None:
    client, me = scene.app.test_client(), {"Authorization": f"Bearer {scene.token}"}
    for path in ("/healthz", "/readyz", "/openapi.json", "/api/v1/scenarios", "/api/v1/offers", "/api/v1/me"):
        answer = client.get(path, headers=me)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_what_a_caller_calls_the_request_is_kept_only_where_it_is_plain(scene: Scene) -> None:
    client = scene.app.test_client()
    odd = ("short", "x" * 65, "<script>1</script>", "a b c d e f", "中文中文".encode().decode("latin-1"), "%0d%0aX: 1")
    for given in ("a-plain.name_1", *odd):
        kept = client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"]
        assert (kept == given) is (given not in odd)


def test_the_real_server_adds_nothing(stack: Stack) -> None:
    """Over HTTP, through the web processes: the same headers, and no word on what serves."""
    for path, status, code in (("/nothing", 404, "NOT_FOUND"), ("/api/v1/me", 401, "UNAUTHENTICATED")):
        answer = requests.get(stack.base_url + path, timeout=10)
        safe(answer, status, code)
        assert not set("/0123456789") & set(answer.headers.get("Server", "")), "no version"
    large = requests.post(stack.base_url + "/api/v1/sessions", data=b"{" + b" " * 50_000_000, timeout=30,
                          headers={"Content-Type": "application/json"})
    safe(large, 413, "BODY_TOO_LARGE")
