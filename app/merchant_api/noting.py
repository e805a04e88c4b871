"""What of a call is noted for its merchant: never a query, a body, an openid, or what looks like a person's."""

import re
from collections.abc import Mapping
from typing import Any

from flask import g, request

from app.kernel import clock
from app.kernel.http import PERSONAL
from app.merchants import calls
from app.merchants.calls import Call

LONGEST = 120
FIELD = re.compile(r"(?:/[a-z_]{1,40}|/[0-9]{1,3}){1,6}")  # the name of a field of ours; another's own words are not
HIDDEN = ("openid",)  # parts of addresses that name somebody


def note(status: int, body: Mapping[str, Any]) -> None:
    """After the answer was made; `body` is that of a refusal, else empty."""
    merchant, unsigned = g.get("merchant"), g.get("unsigned")
    if merchant is not None:
        calls.note(merchant.mchid, _call(status, body, _why(body)))
    elif unsigned is not None and unsigned[0]:
        calls.note_stranger(unsigned[0], _call(status, body, unsigned[1]))


def _why(body: Mapping[str, Any]) -> str:
    """A signature that was right when the call came in, and refused later, was that of a call that came before."""
    return "nonce" if body.get("code") == "SIGN_ERROR" else str(body.get("message", ""))[:200]


def _call(status: int, body: Mapping[str, Any], why: str) -> Call:
    field = str(body.get("detail", {}).get("field", ""))
    return Call(int(clock.now().timestamp() * 1000), request.method, _path(), status, str(body.get("code", "")), why,
                field if FIELD.fullmatch(field) else "", g.get("request_id", ""))


def _path() -> str:
    path = request.path
    for name in HIDDEN:
        value = (request.view_args or {}).get(name)
        if value:
            path = path.replace(str(value), f"{{{name}}}")
    return PERSONAL.sub("…", path)[:LONGEST]
