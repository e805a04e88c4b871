"""Who may pass: a merchant, by the signature of this very request."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import g, request

from app.kernel.errors import TooMany
from app.kernel.guarding import guarded
from app.merchant_api.errors import SignError, told
from app.merchant_api.signing_in import Signed, sign_in, targets
from app.merchants import keeping_keys, signing

SERIAL = "Wechatpay-Serial"  # which key of ours the merchant says it has


def _merchant() -> None:
    """Sets g.merchant and g.owner ("merchant:<id>"), or g.unsigned (mchid, why).

    Raises SignError, TooMany, Unavailable.
    """
    given = request.headers.getlist("Authorization")
    if len(given) != 1:
        raise SignError
    signed = Signed(request.method, targets(request.path, request.query_string), given[0], request.get_data(cache=True))
    try:
        merchant = sign_in(signed)
    except SignError as no:
        g.unsigned = no.mchid, no.why
        raise
    g.merchant, g.owner = merchant, f"merchant:{merchant.id}"
    structlog.contextvars.bind_contextvars(merchant=merchant.mchid)
    if merchant.answers_by == signing.CERTIFICATE and signing.KEY_ID.fullmatch(request.headers.get(SERIAL, "")):
        keeping_keys.answer_by(merchant.id, signing.PUBLIC_KEY)  # who tried certificates once has our public key, too


merchant_required: Callable[[Callable[..., Any]], Callable[..., Any]] = guarded(
    "merchant", _merchant, refuses=(SignError, TooMany), told=told)
