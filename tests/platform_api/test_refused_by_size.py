"""A push that is larger than any body we read is refused as every other push: in its place in the order of section 1,
with section 3's body, signed.

Tried: `_body` without its except (413 of ours, in RFC 9457's form, with none of the seven headers); the size looked at
before the headers.
"""

import uuid
from typing import Any

from app.gateways.access import platform_door
from app.gateways.platform.push import LARGEST_PUSH
from app.kernel import clock
from app.kernel.settings import settings

SEVEN = ("X-App-Id", "X-Suite", "X-Key-Id", "X-Timestamp", "X-Nonce", "X-Request-Id", "X-Signature")


def refused(client: Any, size: int, path: str = "/platform/v1/events", method: str = "POST", **others: str) -> str:
    """The code of a call of this size whose headers are well-formed and timely but for `others`."""
    told = settings()
    [key_id, *_] = platform_door()._settings.keys.now().platform_public
    headers = {"X-App-Id": told.PLATFORM_ID, "X-Suite": told.PLATFORM_SUITE, "X-Key-Id": key_id,
               "X-Timestamp": str(int(clock.now().timestamp())), "X-Nonce": uuid.uuid4().hex,
               "X-Request-Id": str(uuid.uuid4()), "X-Signature": "s",
               **{f"X-{name.replace('_', '-')}": value for name, value in others.items()}}
    answer = client.open(path, method=method, data=b" " * size, content_type="application/json", headers=headers)
    assert set(answer.json) == {"code", "message", "request_id"}
    assert all(len(answer.headers.getlist(name)) == 1 for name in SEVEN)
    assert answer.headers["X-Request-Id"] == answer.json["request_id"] == headers["X-Request-Id"]
    code: str = answer.json["code"]
    return code


def test_whatever_its_size_and_in_its_place(inside: Any, client: Any) -> None:
    for size in (LARGEST_PUSH + 1, 2 * 1024 * 1024):
        assert refused(client, size) == "BAD_REQUEST"
        assert refused(client, size, App_Id="somebody") == "UNKNOWN_APP"
        assert refused(client, size, Key_Id="unknown") == "BAD_SIGNATURE"
        assert refused(client, size, Timestamp="1") == "CLOCK_SKEW"
    assert refused(client, LARGEST_PUSH) == "BAD_SIGNATURE"


def test_what_is_not_there_is_refused_signed_too(inside: Any, client: Any) -> None:
    """Fails, as tried, without the hook; strangers hear of it as at every other door."""
    for path, method in (("/platform/v1/nothing", "POST"), ("/platform/v1/events/", "POST"),
                         ("/platform/v1/events", "GET")):
        assert refused(client, 2, path, method) == "BAD_SIGNATURE"
        assert refused(client, 2, path, method, App_Id="somebody") == "UNKNOWN_APP"
    assert client.get("/platform/v1/events").json["code"] == "METHOD_NOT_ALLOWED"
    assert client.post("/platform/v1/nothing").json["code"] == "NOT_FOUND"
