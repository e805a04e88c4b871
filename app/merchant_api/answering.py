"""Every answer to a merchant is signed, refusals too, and speaks WeChat Pay's errors."""

from typing import Any

from flask import Response, g, request

from app.kernel import jsons
from app.merchant_api import noting
from app.merchant_api.errors import translated
from app.merchants import signing

ROOTS = ("/v3/", "/payscore/")  # the second is how some SDKs send what belongs under the first
LONGEST_SERIAL = 64


def answer_merchant(answer: Response) -> Response:
    """For after_app_request: whatever was answered, by a view or by nobody's route."""
    if f"{request.path}/".startswith(ROOTS):
        refused = _translate(answer) if answer.mimetype == "application/problem+json" else {}
        suite, by = _way()
        answer.headers.update(signing.headers(suite, answer.get_data(), serial=_serial(), by=g.get("answer_by", by)))
        answer.headers["Request-ID"] = g.get("request_id", "")
        noting.note(answer.status_code, refused)
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
