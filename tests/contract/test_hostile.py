"""The hostile cases of promises.md over HTTP, on every route that they fit: C20, C23, C34, each a named refusal.

Fails, as tried: with the standard library's json in `kernel/http.py`, with `unknown = EXCLUDE` in `Strict`, with
int() on what a query says.
"""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tests import cast
from tests.consent import ground as consent_ground
from tests.contract.scene import PDF, Scene, logged_in
from tests.contract.signers import Signing

DEEP, LONG = b"[" * 5000 + b"]" * 5000, b"9" * 5000
HOSTILE = [  # C20
    DEEP, b'{"a": ' + LONG + b"}", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b"\xff{}",
    b'\xef\xbb\xbf{"a": 1}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"\\ud800": 1}', b"{", b"'a'", b"{} {}"]
NO_OBJECTS = [b"[]", b"1", b'"x"', b"null", b"true", b"[{}]"]
OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "text/json", "multipart/form-data; boundary=x", None]
ADDED = ["role", "org_id", "grade", "granted", "consent_at", "id", "citizen_id", "verified", "__proto__", "$ref"]  # C23
QUERIES = [  # C34; all are wrong for each list
    "limit=1000000", "limit=0", "limit=-1", "limit=1.5", "limit=1e1", "limit=%D9%A3", "limit=1_0", "limit=%2B1",
    "limit=+1", "limit=1&limit=2", "limit=", "limit=" + "9" * 400, "offset=-1", "page=2", "sort=grade", "order_by=id",
    "cursor=", "cursor=forged", "cursor=W10", "cursor=WyJ4Il0", "cursor=" + "A" * 300, "cursor=%00", "cursor=%FF",
    "cursor=eyJhIjoxfQ", "cursor=WyIyMDI2IiwiMjAyNiIsIjIwMjYiXQ", "cursor=W251bGxd", "cursor[$ne]=1", "limit[]=1"]
PLACES = ("offer_id", "entitlement_id", "consent_id", "entitlement_no", "out_redemption_no", "document_id")
ODD = ["%00", "a%00b", "%FF%FE", "%ED%A0%80", "..", "%2e%2e%2f%2e%2e%2f", "'%20OR%201=1--", "%E2%80%AE", "%0d%0aX:1", 
       "x" * 5000,
       "%F0%A0%AE%B7", "%D9%A1%D9%A2", "*", "%25", "null", "-1", "00000000-0000-0000-0000-000000000000"]
Call = Callable[..., TestResponse]


@pytest.fixture
def operations(scene: Scene) -> list[dict[str, Any]]:
    """Every operation of the contract with its method, its path to something real, and its caller's headers."""
    paths: dict[str, Any] = scene.app.extensions["openapi"].spec.to_dict()["paths"]
    return list(_listed(scene, paths))


def _listed(scene: Scene, paths: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, told in paths.items():
        names = {part["name"] for part in told.get("parameters", [])}
        for method, operation in told.items():
            if method != "parameters" and operation["operationId"] != "platform_api_event":
                where = path.format(**scene.path(operation["operationId"], names))
                yield {**operation, "method": method.upper(), "where": where, "path": path}


@pytest.fixture
def call(scene: Scene, signing: Signing) -> Call:
    """`call(operation, data=…)`, by somebody who may."""
    client = Client(signing)

    def called(operation: dict[str, Any], query: str = "", **more: Any) -> TestResponse:
        headers = scene.headers(operation["operationId"], operation["security"])
        answer = client.open(operation["where"] + query, method=operation["method"], headers=headers, **more)
        assert answer.status_code < 500, (operation["operationId"], more, answer.text)
        return answer

    return called


def takes(operation: dict[str, Any], kind: str) -> bool:
    return kind in operation.get("requestBody", {}).get("content", {})


def said(answer: TestResponse) -> tuple[int, str]:
    body: Any = answer.json
    return answer.status_code, body["code"]


def test_json_that_others_read_differently(operations: list[dict[str, Any]], call: Call) -> None:
    """C20: each is MALFORMED_JSON (a merchant's PARAM_ERROR), whatever the route."""
    taking = [one for one in operations if takes(one, "application/json")]
    assert len(taking) > 12
    for operation in taking:
        code = "PARAM_ERROR" if operation["where"].startswith(("/v3/", "/payscore/")) else "MALFORMED_JSON"
        for raw in HOSTILE:
            answer = call(operation, data=raw, content_type="application/json")
            assert said(answer) == (400, code), (operation["operationId"], raw[:40])
        for raw in NO_OBJECTS:
            status = 400 if code == "PARAM_ERROR" else 422
            assert call(operation, data=raw, content_type="application/json").status_code == status, raw


def test_bodies_of_other_types_and_sizes(operations: list[dict[str, Any]], call: Call) -> None:
    """C20: 415 for another type or none, 413 for what is too large."""
    for operation in operations:
        if takes(operation, "application/json"):
            for kind in OTHER_TYPES:
                assert call(operation, data=b"{}", content_type=kind).status_code == 415, (operation["where"], kind)
            large = b'{"a": "' + b"x" * 300_000 + b'"}'
            assert call(operation, data=large, content_type="application/json").status_code == 413
        if takes(operation, "multipart/form-data"):
            assert said(call(operation, json={"name": "登记申请书"})) == (415, "UNSUPPORTED_MEDIA_TYPE")
            torn = call(operation, data=b"--x\r\nContent-Disposition: form-data; na", content_type=OTHER_TYPES[3])
            assert said(torn) == (422, "VALIDATION_FAILED")


def test_fields_that_nobody_asked_for(operations: list[dict[str, Any]], call: Call, scene: Scene) -> None:
    """C23: a body that is right but for one member more is refused, and names the member."""
    tried = 0
    for operation in operations:
        right = scene.bodies().get(operation["operationId"])
        if right is None or not takes(operation, "application/json"):
            continue
        for name in ADDED:
            answer = call(operation, json={**right(), name: "x"})
            body: Any = answer.json
            named = name if name.isidentifier() else "?"  # what a caller made up isn't echoed
            if operation["where"].startswith(("/v3/", "/payscore/")):
                assert (*said(answer), body["detail"]["field"]) == (400, "PARAM_ERROR", f"/{named}"), answer.text
            else:
                assert said(answer) == (422, "VALIDATION_FAILED"), (operation["operationId"], name, answer.text)
                assert body["errors"] == {"json": {named: ["没有这个字段，请删去。"]}}
            tried += 1
    assert tried > 100


def test_lists_asked_for_what_they_dont_give(operations: list[dict[str, Any]], call: Call) -> None:
    """C34: sizes, forged cursors, hidden columns: all 422, and named."""
    lists = [one for one in operations if any(part.get("name") == "limit" for part in one["parameters"])]
    assert len(lists) >= 6
    for operation in lists:
        assert call(operation, "?limit=100").status_code == 200
        for query in QUERIES:
            answer = call(operation, f"?{query}")
            assert said(answer) == (422, "VALIDATION_FAILED"), (operation["where"], query, answer.text)


def test_wildcards_are_letters(scene: Scene) -> None:
    """C34: what SQL would read as a pattern finds only itself."""
    client = scene.app.test_client()
    assert client.get("/api/v1/offers?q=容缺").json["items"]
    for text in ("%", "_", "%25", "\\", "%缺", "容_", "' OR 1=1--", "*", ".*"):
        answer = client.get("/api/v1/offers", query_string={"q": text})
        assert (answer.status_code, answer.json["items"]) == (200, []), text


def test_anothers_cursor_and_ids_show_nothing(scene: Scene, operations: list[dict[str, Any]]) -> None:
    """C32 for citizens: what is Liu's isn't there for somebody else, and is answered as what is nowhere."""
    client, stranger = scene.app.test_client(), {"Authorization": f"Bearer {_stranger(scene)}"}
    mine = [one for one in operations if {"citizen": []} in one["security"]
            and any(str(each) in one["where"] for each in (scene.order.id, scene.application.id, scene.consent_id))]
    assert len(mine) > 6
    for operation in mine:
        right = scene.bodies().get(operation["operationId"], dict)()
        sent = {"data": right} if takes(operation, "multipart/form-data") else {"json": right}
        if "file" in right:
            sent = {"data": {**right, "file": (_file(), "a.pdf")}}
        answer = client.open(operation["where"], method=operation["method"], headers=stranger, **sent)
        assert answer.status_code == 404, (operation["where"], answer.text)


def _stranger(scene: Scene) -> str:
    with scene.app.app_context():
        return logged_in(consent_ground.citizen(cast.ALI))[0]


def _file() -> io.BytesIO:
    return io.BytesIO(PDF)


def test_places_that_are_none(operations: list[dict[str, Any]], call: Call, scene: Scene) -> None:
    """C9, C20 in an address: NUL, other encodings, dots, quotes, other digits are what isn't there: 404, never 5xx."""
    tried = 0
    for operation in operations:
        for name in [name for name in PLACES if "{" + name + "}" in operation["path"]]:
            names = {each for each in PLACES if "{" + each + "}" in operation["path"]}
            right = scene.bodies().get(operation["operationId"])
            body: dict[str, Any] = {"json": right()} if right and takes(operation, "application/json") else {}
            for odd in ODD:
                where = operation["path"].format(**{**scene.path(operation["operationId"], names), name: odd})
                answer = call({**operation, "where": where}, **body)
                assert answer.status_code in {401, 404, 415, 422}, (where, answer.status_code, answer.text)
                tried += 1
    assert tried > 150


def test_a_method_is_what_the_request_line_says(scene: Scene) -> None:
    """C10: no override by header or field."""
    client, me = scene.app.test_client(), {"Authorization": f"Bearer {scene.token}"}
    over = {**me, "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE"}
    assert client.get("/api/v1/me?_method=DELETE", headers=over).status_code == 200
    assert client.post("/api/v1/me", headers=over, json={"_method": "DELETE"}).status_code == 405
    assert json.loads(client.get("/api/v1/me", headers=me).data)["id"] == str(scene.liu.id)
