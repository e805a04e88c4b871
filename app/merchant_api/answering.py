"""Every answer to a merchant is signed, refusals too, and speaks WeChat Pay's errors; what came of the call is noted.

Of a call is noted for its merchant: never a query, a body, an openid, or what looks like a person's.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, g, request

from app.kernel import clock, jsons
from app.kernel.http import PERSONAL
from app.merchant_api.errors import translated
from app.merchants import calls, signing
from app.merchants.calls import Call

ROOTS = ("/v3/", "/payscore/")  # the second is how some SDKs send what belongs under the first
LONGEST_SERIAL, LONGEST_PATH = 64, 120
FOREIGN = re.compile(r"[^/]*[^!-~/][^/]*")  # a part that is nobody's number: a name, perhaps
FIELD = re.compile(r"(?:/[a-z_]{1,40}|/[0-9]{1,3}){1,6}")  # the name of a field of ours; another's own words are not
HIDDEN = ("openid",)  # parts of addresses that name somebody


def answer_merchant(answer: Response) -> Response:
    """For after_app_request: whatever was answered, by a view or by nobody's route."""
    if f"{request.path}/".startswith(ROOTS):
        refused = _translate(answer) if answer.mimetype == "application/problem+json" else {}
        suite, by = _way()
        answer.headers.update(signing.headers(suite, answer.get_data(), serial=_serial(), by=g.get("answer_by", by)))
        answer.headers["Request-ID"] = g.get("request_id", "")
        _note(answer.status_code, refused)
    return answer


def _translate(answer: Response) -> dict[str, Any]:
    problem: dict[str, Any] = jsons.loads(answer.get_data())
    answer.status_code, body = translated(problem, request.path)
    answer.set_data(jsons.dumps(body))
    answer.content_type = "application/json"
    return body


def _way() -> tuple[str, str]:
    """The suite, and by what our key is named: the merchant's, or what a stranger seems to speak."""
    merchant = g.get("merchant")
    if merchant is not None:
        return merchant.suite, merchant.answers_by
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    return (scheme if signing.spoken(scheme) else signing.RSA), signing.PUBLIC_KEY


def _serial() -> str | None:
    """The key of ours that the merchant says it has."""
    given = request.headers.get("Wechatpay-Serial", "")
    return given if 0 < len(given) <= LONGEST_SERIAL else None


def _note(status: int, body: Mapping[str, Any]) -> None:
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
    return PERSONAL.sub("…", FOREIGN.sub("…", path))[:LONGEST_PATH]
