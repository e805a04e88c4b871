"""The gateway's door: faults before, the gate, the call, faults after, and the signature under every answer."""

import math
import random
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from sandbox.faults import Trouble
from sandbox.forms import BadForm
from sandbox.platform import authorizations, identities, initiatives, queries, reconciling, red_lists, usages
from sandbox.platform.asking import Asking, echoed_id, pass_gate
from sandbox.signing import response_text, signature
from sandbox.wire import Request, Response, json_response
from sandbox.world import STATUS, WORDS, Refused, World

BASE = "/gateway/v1"
STALE_S = 600
HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
Call = Callable[..., tuple[int, dict[str, Any]]]
ID = r"([^/]+)"
ROUTES: list[tuple[str, re.Pattern[str], Call]] = [
    (method, re.compile(path), call)
    for method, path, call in [
        ("POST", "/identities/verifications", identities.verify),
        ("POST", "/authorizations", authorizations.register),
        ("POST", f"/authorizations/{ID}/revocation", authorizations.revoke),
        ("POST", "/credit-grades/queries", queries.grade),
        ("POST", "/credit-reports", queries.report),
        ("POST", "/benefit-usages/batches", usages.take_batch),
        ("GET", f"/benefit-usages/reconciliations/{ID}", reconciling.show_day),
        ("PUT", f"/red-lists/outstanding_youth_volunteer/{ID}", red_lists.put),
        ("DELETE", f"/red-lists/outstanding_youth_volunteer/{ID}", red_lists.remove),
        ("GET", "/initiatives", initiatives.show),
        ("POST", f"/initiatives/{ID}/responses", initiatives.respond),
        ("POST", f"/initiatives/{ID}/feedbacks", initiatives.feed_back),
    ]
]
NO_BREACH = {"SUBJECT_NOT_FOUND", "RATE_LIMITED", "MAINTENANCE", "INTERNAL"}


def answer(world: World, request: Request) -> Response:
    """What the platform, and the proxy in front of it, answer to one request."""
    path = request.path[len(BASE) :] or "/"
    trouble = world.faults.take("platform", request.method, path)
    trouble.wait("before")
    if trouble.hangs_up("before"):
        return Response(hang_up=True)
    asking = Asking(world, request, path)
    spoiled = proxy_answer(asking, trouble, "before")
    if spoiled:
        return spoiled
    status, payload = process(asking)
    trouble.wait("after")
    if trouble.hangs_up("after"):
        return Response(hang_up=True)
    return proxy_answer(asking, trouble, "after") or sign(asking, status, spoil(payload, trouble), trouble)


def process(asking: Asking) -> tuple[int, dict[str, Any]]:
    """Gate and call; a refusal becomes its body, and is written down as a breach where it is the client's."""
    world = asking.world
    try:
        pass_gate(asking)
        check_load(world)
        with world.state.transaction():
            result = route(asking)
    except BadForm as wrong:
        result = refuse(asking, Refused("BAD_REQUEST", wrong.field))
    except Refused as refused:
        result = refuse(asking, refused)
    for code, what in asking.notes:
        world.breach(f"{asking.request.method} {masked(asking.path)}", code, what)
    return result


def route(asking: Asking) -> tuple[int, dict[str, Any]]:
    """The call that this path and method name."""
    if asking.request.method in ("GET", "DELETE") and asking.request.body:
        raise Refused("BAD_REQUEST", "a body where there is none")
    for method, pattern, call in ROUTES:
        match = pattern.fullmatch(asking.path)
        if match and method == asking.request.method:
            if method != "GET" and "?" in asking.request.target:
                raise Refused("BAD_REQUEST", "a query where there is none")
            return call(asking, *match.groups())
    raise Refused("NOT_FOUND", "path")


def refuse(asking: Asking, refused: Refused) -> tuple[int, dict[str, Any]]:
    """The body of section 3."""
    if refused.row:
        asking.world.state.insert(*refused.row)
    if refused.code not in NO_BREACH:
        asking.notes.append((refused.code, refused.what))
    body: dict[str, Any] = {
        "code": refused.code,
        "message": WORDS[refused.code],
        "request_id": echoed_id(asking.request),
    }
    if refused.retry_after_s is not None:
        body["retry_after_s"] = refused.retry_after_s
    return STATUS[refused.code], body


def check_load(world: World) -> None:
    """Maintenance and the rate limit, where control calls have set them."""
    left = world.maintenance_until - world.clock.now()
    if left > 0:
        raise Refused("MAINTENANCE", retry_after_s=math.ceil(left))
    if not world.load.admits(time.monotonic()):
        raise Refused("RATE_LIMITED", retry_after_s=1)


def proxy_answer(asking: Asking, trouble: Trouble, when: str) -> Response | None:
    """What stands in the answer's place: HTML, a bare status, or a signed refusal where `value` is a code."""
    fault = trouble.get("html", when)
    if fault:
        return Response(fault.value or 200, HTML.encode(), {"Content-Type": "text/html"})
    fault = trouble.get("status", when)
    if not fault:
        return None
    if isinstance(fault.value, int):
        return Response(fault.value)
    wish = fault.value if isinstance(fault.value, dict) else {"code": fault.value}
    code = wish.get("code") if wish.get("code") in STATUS else "INTERNAL"
    waits = 30 if code in ("RATE_LIMITED", "MAINTENANCE") else None
    request = asking.request
    asking.keys = asking.world.keys.suites.get(request.header("x-suite") or "")
    asking.nonce = request.header("x-nonce") or ""
    body = {"code": code, "message": WORDS[str(code)], "request_id": echoed_id(request)}
    if wish.get("retry_after_s", waits) is not None:
        body["retry_after_s"] = wish.get("retry_after_s", waits)
    return sign(asking, STATUS[str(code)], body, trouble)


def spoil(payload: dict[str, Any], trouble: Trouble) -> dict[str, Any]:
    """The answer's JSON with a patch laid over it, or its rows in another order, doubled or one lost."""
    patch, rows = trouble.get("patch"), trouble.get("rows")
    if patch:
        payload = {**payload, **patch.value}
    if rows and payload.get("results"):
        results = list(payload["results"])
        if rows.value == "shuffle":
            random.shuffle(results)
        payload = {
            **payload,
            "results": {"repeat": results + results[:1], "lose": results[1:]}.get(rows.value, results),
        }
    return payload


def sign(asking: Asking, status: int, payload: dict[str, Any], trouble: Trouble) -> Response:
    """The signed answer with its seven headers; unsigned only where the suite is not known."""
    world, keys = asking.world, asking.keys
    response = json_response(status, payload)
    if keys is None:
        return response
    stale = trouble.get("stale")
    stamp = str(int(world.clock.now() - ((stale.value or STALE_S) if stale else 0)))
    nonce = secrets.token_hex(16)
    asked = secrets.token_hex(16) if trouble.get("other_nonce") else asking.nonce
    private = keys.platform_private
    if trouble.get("bad_signature"):
        private = keys.suite.load_private(keys.suite.new_private())
    signed = response_text(keys.suite, status, asked, stamp, nonce, response.body)
    request_id = secrets.token_hex(16) if trouble.get("other_request_id") else echoed_id(asking.request)
    response.headers |= {
        "X-App-Id": world.keys.platform_id,
        "X-Suite": keys.suite.name,
        "X-Key-Id": keys.platform_key_id,
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Request-Id": request_id,
        "X-Signature": signature(keys.suite, private, signed),
    }
    truncate = trouble.get("truncate")
    if truncate and truncate.value == "connection":
        response.cut = True
    elif truncate:
        response.body = response.body[: len(response.body) // 2]
    return response


def masked(path: str) -> str:
    """A path fit to be shown: its numbers are ours and the platform's, never a person's; bounded."""
    return re.sub(r"\d{17}[\dXx]", "***", path)[:200]
