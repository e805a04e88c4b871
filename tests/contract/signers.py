"""Signs what is made up for merchants and for the platform, so that generated calls get past the signature."""

import io
import re
import secrets
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sandbox import keys
from sandbox.signing import request_text, signature
from tests.merchant_api.till import Till

SIGN = "sign-this-please"
EVENTS = "/platform/v1/events"


class Signing:
    """A WSGI application in front of the real one: a call that says SIGN where the signature belongs is signed."""

    def __init__(self, app: Any, shop: Till, body: Till, sandbox_keys: Path) -> None:
        self.app, self.shop, self.body = app, shop, body
        self.platform = keys.load(sandbox_keys)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        target = environ["REQUEST_URI"]
        if environ.get("HTTP_AUTHORIZATION") == SIGN:
            till = self.body if re.search("/(?:applications|checks)", target) else self.shop
            environ["HTTP_AUTHORIZATION"] = till.authorize(environ["REQUEST_METHOD"], target, _taken(environ))
        elif environ.get("HTTP_X_SIGNATURE") == SIGN:
            environ.update(self._platforms(environ["REQUEST_METHOD"], target, _taken(environ)))
        return self.app(environ, start_response)  # type: ignore[no-any-return]

    def _platforms(self, method: str, target: str, body: bytes) -> dict[str, str]:
        mine = self.platform.suites["ES256-SHA256"]
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = request_text(mine.suite, method, target, stamp, nonce, body)
        return {"HTTP_X_APP_ID": self.platform.platform_id, "HTTP_X_SUITE": mine.suite.name,
                "HTTP_X_KEY_ID": mine.platform_key_id, "HTTP_X_TIMESTAMP": stamp, "HTTP_X_NONCE": nonce,
                "HTTP_X_REQUEST_ID": str(uuid.uuid4()),
                "HTTP_X_SIGNATURE": signature(mine.suite, mine.platform_private, text)}


def _taken(environ: dict[str, Any]) -> bytes:
    """The body, which can then be read again."""
    raw: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(raw)
    return raw
