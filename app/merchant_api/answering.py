"""Every answer under /v3 is signed, refusals too, and speaks WeChat Pay's errors."""

import base64
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Response, g, request

from app.kernel import clock, jsons
from app.kernel.sealing import keyring
from app.merchant_api.errors import translated
from app.merchant_api.signing_in import SCHEME

ROOT = "/v3/"


def answer_merchant(answer: Response) -> Response:
    """For after_app_request: whatever was answered, by a view or by nobody's route."""
    if f"{request.path}/".startswith(ROOT):
        if answer.mimetype == "application/problem+json":
            _translate(answer)
        _sign(answer)
    return answer


def _translate(answer: Response) -> None:
    problem: dict[str, Any] = jsons.loads(answer.get_data())
    answer.status_code, body = translated(problem)
    answer.set_data(jsons.dumps(body))
    answer.content_type = "application/json"


def _sign(answer: Response) -> None:
    stamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16).upper()
    message = b"\n".join([stamp.encode(), nonce.encode(), answer.get_data(), b""])
    key = keyring().answers
    signature = key.now.sign(message, padding.PKCS1v15(), hashes.SHA256())
    answer.headers.update({
        "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce, "Wechatpay-Serial": key.current,
        "Wechatpay-Signature": base64.b64encode(signature).decode(), "Wechatpay-Signature-Type": SCHEME,
        "Request-ID": g.get("request_id", "")})
