"""WeChat's server calls for a mini-program, with the errcodes of wechat.md."""

import base64
import hashlib
import io
import re
import secrets
import string
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

import segno

from sandbox.forms import BadForm, parse
from sandbox.people import Person
from sandbox.wire import Request, Response, json_response
from sandbox.world import World

BASE = "/wechat"
CODE_S, TOKEN_S, EARLY_S = 300, 7200, 300
FORCED_A_DAY, FORCED_APART_S, LOGINS_A_MINUTE = 20, 30, 100
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}", re.ASCII)
TEMPLATE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
FIELD = re.compile(
    r"(thing|character_string|phrase|number|amount|date|time|name|phone_number|const)\d{1,2}", re.ASCII
)
LONGEST = {
    "thing": 20,
    "character_string": 32,
    "phrase": 5,
    "number": 32,
    "amount": 16,
    "date": 40,
    "time": 40,
    "name": 10,
    "phone_number": 17,
    "const": 20,
}
MESSAGES = {
    -1: "system error",
    40001: "invalid credential",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
    47003: "argument invalid",
    43002: "require POST method",
    43001: "require GET method",
    40002: "invalid grant_type",
}
RISKY, DOUBTFUL = "违禁", "可疑"


class Failed(Exception):
    """An errcode other than 0, which WeChat answers with HTTP 200."""

    def __init__(self, errcode: int) -> None:
        super().__init__(str(errcode))
        self.errcode = errcode


class WeChat:
    """What WeChat remembers: codes, the token, who logged in, what was sent to whom."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lock = threading.RLock()
        self.codes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, float] = {}
        self.forced: deque[float] = deque()
        self.logins: dict[str, deque[float]] = defaultdict(deque)
        self.sent: deque[dict[str, Any]] = deque(maxlen=1000)
        self.subscriptions: dict[tuple[str, str], int] = {}
        self.calls: dict[str, tuple[str, Callable[[Request], Response]]] = {
            "/sns/jscode2session": ("GET", self.log_in),
            "/cgi-bin/stable_token": ("POST", self.stable_token),
            "/wxa/business/getuserphonenumber": ("POST", self.phone_number),
            "/cgi-bin/message/subscribe/send": ("POST", self.send_message),
            "/wxa/getwxacodeunlimit": ("POST", self.picture),
            "/wxa/msg_sec_check": ("POST", self.check_text),
        }

    def answer(self, request: Request) -> Response:
        """One call with its faults: what WeChat, or the network before it, answers."""
        path = request.path[len(BASE) :] or "/"
        trouble = self.world.faults.take("wechat", request.method, path)
        trouble.wait("before")
        if trouble.hangs_up("before"):
            return Response(hang_up=True)
        response = spoiled(trouble.get("status", "before"), trouble.get("html", "before")) or self._process(
            request, path
        )
        trouble.wait("after")
        if trouble.hangs_up("after"):
            return Response(hang_up=True)
        response = spoiled(trouble.get("status", "after"), trouble.get("html", "after")) or response
        patch, truncate = trouble.get("patch"), trouble.get("truncate")
        if patch and response.headers.get("Content-Type", "").startswith("application/json"):
            response = json_response(response.status, {**parse(response.body), **patch.value})
        if truncate and truncate.value == "connection":
            response.cut = True
        elif truncate:
            response.body = response.body[: len(response.body) // 2]
        return response

    def _process(self, request: Request, path: str) -> Response:
        if path not in self.calls:
            return Response(404, b"404 page not found", {"Content-Type": "text/plain"})
        method, call = self.calls[path]
        try:
            if request.method != method:
                raise Failed(43001 if method == "GET" else 43002)
            with self.lock:
                return call(request)
        except BadForm:
            return failure(47001)
        except Failed as failed:
            return failure(failed.errcode)

    def make_code(self, person: Person, kind: str, device: str = "", openid: str | None = None) -> str:
        """A fresh code of a kind (`login` or `phone`) for a person; once, for 5 minutes."""
        given = openid or openid_of(person["key"], device)
        self.world.state.run("insert into openids values (?, ?) on conflict do nothing", given, person["key"])
        code = secrets.token_urlsafe(24)
        with self.lock:
            self.codes[code] = {
                "kind": kind,
                "person": person["key"],
                "openid": given,
                "used": False,
                "until": self.world.clock.now() + CODE_S,
            }
        return code

    def _use(self, code: Any, kind: str) -> dict[str, Any]:
        found = self.codes.get(code) if isinstance(code, str) else None
        if found is None or found["kind"] != kind or found["until"] < self.world.clock.now():
            raise Failed(40029)
        if found["used"]:
            raise Failed(40163)
        found["used"] = True
        return found

    def log_in(self, request: Request) -> Response:
        """jscode2session."""
        query = dict(request.query)
        for name, errcode in (("appid", 41002), ("secret", 41004), ("js_code", 41008)):
            if not query.get(name):
                raise Failed(errcode)
        self._check_app(query["appid"], query["secret"])
        if query.get("grant_type") != "authorization_code":
            raise Failed(40002)
        code = self._use(query["js_code"], "login")
        now, logins = self.world.clock.now(), self.logins[code["openid"]]
        while logins and logins[0] <= now - 60:
            logins.popleft()
        if len(logins) >= LOGINS_A_MINUTE:
            raise Failed(45011)
        logins.append(now)
        return json_response(
            200, {"openid": code["openid"], "session_key": base64.b64encode(secrets.token_bytes(16)).decode()}
        )

    def _check_app(self, appid: Any, secret: Any) -> None:
        settings = self.world.settings
        if settings.wechat_appid and appid != settings.wechat_appid:
            raise Failed(40013)
        if settings.wechat_secret and secret != settings.wechat_secret:
            raise Failed(40125)

    def stable_token(self, request: Request) -> Response:
        """The same token until 5 minutes before its end; force_refresh 20 a day, 30 s apart."""
        body = parse(request.body)
        if body.get("grant_type") != "client_credential":
            raise Failed(40002)
        self._check_app(body.get("appid"), body.get("secret"))
        now = self.world.clock.now()
        live = [token for token, until in self.tokens.items() if until - EARLY_S > now]
        if body.get("force_refresh") is True:
            self._count_forced(now)
            self.tokens.clear()
        elif live:
            return json_response(
                200, {"access_token": live[-1], "expires_in": int(self.tokens[live[-1]] - now)}
            )
        token = secrets.token_urlsafe(96)
        self.tokens[token] = now + TOKEN_S
        return json_response(200, {"access_token": token, "expires_in": TOKEN_S})

    def _count_forced(self, now: float) -> None:
        while self.forced and self.forced[0] <= now - 86400:
            self.forced.popleft()
        if len(self.forced) >= FORCED_A_DAY:
            raise Failed(45009)
        if self.forced and now - self.forced[-1] < FORCED_APART_S:
            raise Failed(45011)
        self.forced.append(now)

    def _authorised(self, request: Request) -> dict[str, Any]:
        """The JSON body of a call that carries a good access token."""
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

    def _person_of(self, openid: Any) -> str:
        row = (
            self.world.state.one("select person from openids where openid = ?", openid)
            if isinstance(openid, str)
            else None
        )
        if row is None:
            raise Failed(40003)
        return str(row["person"])

    def phone_number(self, request: Request) -> Response:
        """getuserphonenumber."""
        code = self._use(self._authorised(request).get("code"), "phone")
        phone = self.world.people.by_key[code["person"]]["phone"]
        mark = {"timestamp": int(self.world.clock.now()), "appid": self.world.settings.wechat_appid or ""}
        return json_response(
            200,
            {
                "errcode": 0,
                "errmsg": "ok",
                "phone_info": {
                    "phoneNumber": phone,
                    "purePhoneNumber": phone,
                    "countryCode": "86",
                    "watermark": mark,
                },
            },
        )

    def send_message(self, request: Request) -> Response:
        """subscribe/send; a person takes all messages unless control calls count their subscriptions."""
        body = self._authorised(request)
        person = self._person_of(body.get("touser"))
        template, data = body.get("template_id"), body.get("data")
        if not isinstance(template, str) or not TEMPLATE.fullmatch(template):
            raise Failed(40037)
        if not isinstance(data, dict) or not data or not all(fits_template(*item) for item in data.items()):
            raise Failed(47003)
        if str(body.get("page", "")).startswith("/"):
            raise Failed(41030)
        if body.get("miniprogram_state", "formal") not in ("developer", "trial", "formal"):
            raise Failed(47003)
        left = self.subscriptions.get((person, template))
        if left == 0:
            raise Failed(43101)
        if left is not None:
            self.subscriptions[person, template] = left - 1
        number = self.world.state.number("messages", width=1)
        self.sent.append(
            {
                "at": self.world.clock.stamp(),
                "person": person,
                "template_id": template,
                "page": body.get("page"),
                "data": {name: item["value"] for name, item in data.items()},
            }
        )
        return json_response(200, {"errcode": 0, "errmsg": "ok", "msgid": int(number)})

    def picture(self, request: Request) -> Response:
        """getwxacodeunlimit: a PNG (an ordinary QR code of the scene stands for WeChat's own)."""
        body = self._authorised(request)
        scene, page, width = body.get("scene"), body.get("page", ""), body.get("width", 430)
        if not isinstance(scene, str) or not SCENE.fullmatch(scene):
            raise Failed(40129)
        if not isinstance(page, str) or page.startswith("/") or "?" in page:
            raise Failed(41030)
        if not isinstance(width, int) or not 280 <= width <= 1280:
            raise Failed(47001)
        out = io.BytesIO()
        segno.make(scene, error="m").save(out, kind="png", scale=8)
        return Response(200, out.getvalue(), {"Content-Type": "image/png"})

    def check_text(self, request: Request) -> Response:
        """msg_sec_check 2.0: risky or review where the text says so itself (see RISKY, DOUBTFUL)."""
        body = self._authorised(request)
        content, scene = body.get("content"), body.get("scene")
        if body.get("version") != 2 or isinstance(scene, bool) or scene not in (1, 2, 3, 4):
            raise Failed(47001)
        if not isinstance(content, str) or not 1 <= len(content) <= 2500:
            raise Failed(47001)
        self._person_of(body.get("openid"))
        suggest = "risky" if RISKY in content else "review" if DOUBTFUL in content else "pass"
        result = {"suggest": suggest, "label": 100 if suggest == "pass" else 20006}
        return json_response(
            200,
            {"errcode": 0, "errmsg": "ok", "result": result, "detail": [], "trace_id": secrets.token_hex(16)},
        )


def openid_of(person: str, device: str) -> str:
    """The stable openid of a person; another `device` is another WeChat account of theirs."""
    digest = hashlib.sha256(f"openid {person} {device}".encode()).digest()
    letters = string.ascii_letters + string.digits
    return "o" + "".join(letters[byte % 62] for byte in digest[:27])


def fits_template(name: Any, item: Any) -> bool:
    """Whether a template field has a known kind and is not longer than WeChat lets it be."""
    kind = FIELD.fullmatch(name)
    value = item.get("value") if isinstance(item, dict) else None
    return bool(kind and isinstance(value, str) and 1 <= len(value) <= LONGEST[kind[1]])


def failure(errcode: int) -> Response:
    """errcode and errmsg with a `rid`, HTTP 200."""
    rid = secrets.token_hex(4)
    return json_response(200, {"errcode": errcode, "errmsg": f"{MESSAGES.get(errcode, 'error')} rid: {rid}"})


def spoiled(status: Any, html: Any) -> Response | None:
    """The answer that a `status` or `html` fault puts in place of WeChat's own."""
    if html:
        return Response(
            html.value or 200, b"<html><body>502 Bad Gateway</body></html>", {"Content-Type": "text/html"}
        )
    if not status:
        return None
    if isinstance(status.value, dict):
        return json_response(200, {"errmsg": "error", **status.value})
    return Response(status.value if isinstance(status.value, int) else 500)
