"""How an answer leaves: signed with its seven headers, or spoiled as a fault asks."""

import random
import secrets
from typing import Any

from sandbox.faults import Trouble
from sandbox.platform.asking import Asking, echoed_id
from sandbox.signing import response_text, signature
from sandbox.wire import Response, json_response
from sandbox.world import STATUS, WORDS

STALE_S = 600
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def proxy_answer(asking: Asking, trouble: Trouble, when: str) -> Response | None:
    """What stands in the answer's place: HTML, a bare status, or a signed refusal where `value` is a code."""
    html, status = trouble.get("html", when), trouble.get("status", when)
    if html:
        return Response(html.value or 200, HTML, {"Content-Type": "text/html"})
    if not status:
        return None
    if isinstance(status.value, int):
        return Response(status.value)
    wish = status.value if isinstance(status.value, dict) else {"code": status.value}
    return _refusal(asking, wish, trouble)


def _refusal(asking: Asking, wish: dict[str, Any], trouble: Trouble) -> Response:
    """The signed error that a `status` fault names; INTERNAL where the code is none of section 3."""
    code = str(wish.get("code")) if wish.get("code") in STATUS else "INTERNAL"
    request = asking.request
    asking.keys = asking.world.keys.suites.get(request.header("x-suite") or "")
    asking.nonce = request.header("x-nonce") or ""
    body = {"code": code, "message": WORDS[code], "request_id": echoed_id(request)}
    waits = wish.get("retry_after_s", 30 if code in ("RATE_LIMITED", "MAINTENANCE") else None)
    return sign(asking, STATUS[code], body if waits is None else {**body, "retry_after_s": waits}, trouble)


def spoil(payload: dict[str, Any], trouble: Trouble) -> dict[str, Any]:
    """The answer's JSON with a patch laid over it, or its rows in another order, one doubled or lost."""
    patch, rows = trouble.get("patch"), trouble.get("rows")
    if patch:
        payload = {**payload, **patch.value}
    if rows and payload.get("results"):
        results = list(payload["results"])
        changed = {
            "shuffle": random.sample(results, len(results)),
            "repeat": [*results, results[0]],
            "lose": results[1:],
        }
        payload = {**payload, "results": changed[rows.value]}
    return payload


def sign(asking: Asking, status: int, payload: dict[str, Any], trouble: Trouble) -> Response:
    """The signed answer; unsigned only where the suite is not known."""
    response, keys, world = json_response(status, payload), asking.keys, asking.world
    if keys is None:
        return response
    stale = trouble.get("stale")
    stamp = str(int(world.clock.now() - ((stale.value or STALE_S) if stale else 0)))
    nonce = secrets.token_hex(16)
    asked = secrets.token_hex(16) if trouble.get("other_nonce") else asking.nonce
    text = response_text(keys.suite, status, asked, stamp, nonce, response.body)
    private = keys.platform_private
    if trouble.get("bad_signature"):
        private = keys.suite.load_private(keys.suite.new_private())
    response.headers |= {
        "X-App-Id": world.keys.platform_id,
        "X-Suite": keys.suite.name,
        "X-Key-Id": keys.platform_key_id,
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Request-Id": secrets.token_hex(16) if trouble.get("other_request_id") else echoed_id(asking.request),
        "X-Signature": signature(keys.suite, private, text),
    }
    return cut(response, trouble)


def cut(response: Response, trouble: Trouble) -> Response:
    """Half the body: with a fitting length, or (`value` "connection") by closing in the middle."""
    truncate = trouble.get("truncate")
    if truncate and truncate.value == "connection":
        response.cut = True
    elif truncate:
        response.body = response.body[: len(response.body) // 2]
    return response
