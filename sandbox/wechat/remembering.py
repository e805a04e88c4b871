"""What WeChat remembers: codes, access tokens, who logged in, what was sent to whom."""

import hashlib
import secrets
import string
import threading
from collections import defaultdict, deque
from typing import Any

from sandbox.forms import parse
from sandbox.people import Person
from sandbox.wire import Request
from sandbox.world import World

CODE_S, TOKEN_S, EARLY_S = 300, 7200, 300
FORCED_A_DAY, FORCED_APART_S, LOGINS_A_MINUTE = 20, 30, 100


class Failed(Exception):
    """An errcode other than 0, which WeChat answers with HTTP 200."""

    def __init__(self, errcode: int) -> None:
        super().__init__(str(errcode))
        self.errcode = errcode


class WeChat:
    """The memory of one WeChat; `lock` is held for the length of a call."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lock = threading.RLock()
        self.codes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, float] = {}
        self.sent: deque[dict[str, Any]] = deque(maxlen=1000)
        self.subscriptions: dict[tuple[str, str], int] = {}
        self._forced: deque[float] = deque()
        self._logins: dict[str, deque[float]] = defaultdict(deque)

    def make_code(self, person: Person, kind: str, device: str = "", openid: str | None = None) -> str:
        """A fresh code of a kind (`login` or `phone`) for a person; once, for 5 minutes."""
        given = openid or openid_of(person["key"], device)
        self.world.state.run("insert into openids values (?, ?) on conflict do nothing", given, person["key"])
        code = secrets.token_urlsafe(24)
        until = self.world.clock.now() + CODE_S
        with self.lock:
            self.codes[code] = {
                "kind": kind,
                "person": person["key"],
                "openid": given,
                "used": False,
                "until": until,
            }
        return code

    def use_code(self, code: Any, kind: str) -> dict[str, Any]:
        """Whose code this is, used up by asking; 40029 unknown or old, 40163 used before."""
        found = self.codes.get(code) if isinstance(code, str) else None
        if found is None or found["kind"] != kind or found["until"] < self.world.clock.now():
            raise Failed(40029)
        if found["used"]:
            raise Failed(40163)
        found["used"] = True
        return found

    def count_login(self, openid: str) -> None:
        """45011 over 100 a minute for one user."""
        now, logins = self.world.clock.now(), self._logins[openid]
        while logins and logins[0] <= now - 60:
            logins.popleft()
        if len(logins) >= LOGINS_A_MINUTE:
            raise Failed(45011)
        logins.append(now)

    def check_app(self, appid: Any, secret: Any) -> None:
        """40013 or 40125, where the settings name an app."""
        settings = self.world.settings
        if settings.wechat_appid and appid != settings.wechat_appid:
            raise Failed(40013)
        if settings.wechat_secret and secret != settings.wechat_secret:
            raise Failed(40125)

    def token(self, force: bool) -> tuple[str, int]:
        """The live access token and its seconds; another one within 5 minutes of its end, or by force."""
        now = self.world.clock.now()
        live = [token for token, until in self.tokens.items() if until - EARLY_S > now]
        if live and not force:
            return live[-1], int(self.tokens[live[-1]] - now)
        if force:
            self._count_forced(now)
            self.tokens.clear()
        token = secrets.token_urlsafe(96)
        self.tokens[token] = now + TOKEN_S
        return token, TOKEN_S

    def _count_forced(self, now: float) -> None:
        while self._forced and self._forced[0] <= now - 86400:
            self._forced.popleft()
        if len(self._forced) >= FORCED_A_DAY:
            raise Failed(45009)
        if self._forced and now - self._forced[-1] < FORCED_APART_S:
            raise Failed(45011)
        self._forced.append(now)

    def authorised(self, request: Request) -> dict[str, Any]:
        """The JSON body of a call that carries a good access token: 41001, 40001, 42001 otherwise."""
        token = dict(request.query).get("access_token")
        if not token:
            raise Failed(41001)
        if token not in self.tokens:
            raise Failed(40001)
        if self.tokens[token] <= self.world.clock.now():
            raise Failed(42001)
        if not request.body:
            raise Failed(44002)
        return parse(request.body)

    def person_of(self, openid: Any) -> str:
        """Whose openid this is; 40003 for one that never logged in."""
        if not isinstance(openid, str):
            raise Failed(40003)
        row = self.world.state.one("select person from openids where openid = ?", openid)
        if row is None:
            raise Failed(40003)
        return str(row["person"])

    def forget(self) -> None:
        """No messages, no counted subscriptions."""
        with self.lock:
            self.sent.clear()
            self.subscriptions.clear()


def openid_of(person: str, device: str) -> str:
    """The stable openid of a person; another `device` is another WeChat account of theirs."""
    digest = hashlib.sha256(f"openid {person} {device}".encode()).digest()
    letters = string.ascii_letters + string.digits
    return "o" + "".join(letters[byte % 62] for byte in digest[:27])
