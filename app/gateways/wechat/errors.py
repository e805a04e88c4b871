"""How WeChat says no, by errcode, in our words; `errmsg` is dropped, since it may quote what was sent."""

import re

MEANINGS = {
    40001: "TOKEN_BAD", 42001: "TOKEN_BAD", 40014: "TOKEN_BAD",
    40003: "OPENID_BAD", 40013: "APPID_BAD", 40125: "SECRET_BAD",
    40029: "CODE_INVALID", 40163: "CODE_USED", 40226: "BLOCKED_AS_RISKY",
    40037: "TEMPLATE_UNKNOWN", 43101: "NOT_SUBSCRIBED", 47003: "FIELD_BAD", 41030: "PAGE_UNKNOWN",
    40129: "SCENE_BAD", 44002: "EMPTY_BODY", 47001: "BODY_BAD", 43104: "APPID_OPENID_DIFFER",
    45009: "DAY_LIMIT", 45011: "TOO_OFTEN", 61010: "OPENID_NOT_RECENT",
}
TOKEN_ERRCODES = frozenset({40001, 42001, 40014})
BUSY_ERRCODE = -1
RID = re.compile(r"rid: ?([0-9A-Za-z-]{8,64})")


class WechatFailure(Exception):
    """A call that brought no result."""


class WechatAway(WechatFailure):
    """Passing: nobody there, busy, too slow, or what came is no answer. `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class WechatRefused(WechatFailure):
    """WeChat understood and said no. `meaning` is one of MEANINGS, PHONE_NOT_MAINLAND, or OTHER."""

    def __init__(self, errcode: int, meaning: str | None = None) -> None:
        self.errcode = errcode
        self.meaning = meaning or MEANINGS.get(errcode, "OTHER")
        super().__init__(f"{self.meaning} ({errcode})")


def rid_of(errmsg: object) -> str:
    """WeChat's own number of the request, for the log; empty where there is none."""
    found = RID.search(errmsg) if isinstance(errmsg, str) else None
    return found.group(1) if found else ""
