"""A push that is larger than any body we read is refused as every other push: section 3's body, signed.

Tried: `_body` without its except (413 of ours, in RFC 9457's form, with none of the seven headers).
"""

import uuid
from typing import Any

from app.gateways.platform.push import LARGEST_PUSH
from app.kernel.settings import settings

SEVEN = ("X-App-Id", "X-Suite", "X-Key-Id", "X-Timestamp", "X-Nonce", "X-Request-Id", "X-Signature")


def test_whatever_its_size(inside: Any, client: Any) -> None:
    told = settings()
    for size in (LARGEST_PUSH + 1, 2 * 1024 * 1024):
        headers = {"X-App-Id": told.PLATFORM_ID, "X-Suite": told.PLATFORM_SUITE, "X-Key-Id": "k", "X-Timestamp": "1",
                   "X-Nonce": "n" * 16, "X-Request-Id": str(uuid.uuid4()), "X-Signature": "s"}
        answer = client.post("/platform/v1/events", data=b" " * size, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (400, "BAD_REQUEST")
        assert set(answer.json) == {"code", "message", "request_id"}
        assert all(len(answer.headers.getlist(name)) == 1 for name in SEVEN)
        assert answer.headers["X-Request-Id"] == answer.json["request_id"] == headers["X-Request-Id"]
