"""The calls that we make at WeChat (wechat.md). Each raises a WechatFailure, and none runs in a transaction."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

import redis
import structlog

from app.gateways import health, places
from app.gateways.clocks import Clock
from app.gateways.transport import Limits, NoReply, Reply, Transport
from app.gateways.wechat.errors import (
    BUSY_ERRCODE,
    TOKEN_ERRCODES,
    WechatAway,
    WechatFailure,
    WechatRefused,
    rid_of,
)
from app.gateways.wechat.token import LONGEST_TOKEN, SharedToken
from app.kernel import jsons
from app.kernel.db import refuse_inside_transaction

OPENID = re.compile(r"[A-Za-z0-9_-]{1,128}")
MAINLAND_PHONE = re.compile(r"1[0-9]{10}")
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@._~-]{1,32}")
LONGEST_CONTENT = 2500
PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
LONGEST_VALUES = {"thing": 20, "character_string": 32, "phrase": 5}  # characters, by kind of template field

T = TypeVar("T")
log = structlog.get_logger()


class Suggest(StrEnum):
    """What msg_sec_check advises about a text."""

    PASS = "pass"  # noqa: S105 (WeChat's word)
    REVIEW = "review"
    RISKY = "risky"


@dataclass(frozen=True)
class WechatSession:
    """Who logged in. WeChat's session_key is not kept: nothing here needs it."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


@dataclass(frozen=True)
class SubscribeMessage:
    """`data`: template field -> value; values too long for a `thing` are cut, other kinds are refused."""

    openid: str = field(repr=False)
    template_id: str
    page: str
    data: Mapping[str, str] = field(repr=False)
    state: str = "formal"
    lang: str = "zh_CN"


class WechatClient:
    """Thread-safe; make one for each process. `redis` holds the shared access token."""

    def __init__(
        self, base_url: str, appid: str, secret: str, redis: redis.Redis, clock: Clock,
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self._transport = Transport(base_url, limits)
        self._appid, self._secret = appid, secret
        self._token = SharedToken(redis, appid, self._fetch_token, clock)

    def code_to_session(self, js_code: str) -> WechatSession:
        """The code works once and for five minutes (CODE_INVALID, CODE_USED, TOO_OFTEN, BLOCKED_AS_RISKY)."""
        query = urlencode({"appid": self._appid, "secret": self._secret, "js_code": js_code,
                           "grant_type": "authorization_code"})

        def ask() -> WechatSession:
            told = _object(self._exchange("GET", f"/sns/jscode2session?{query}", b""))
            unionid = _openid(told, "unionid") if told.get("unionid") else None
            return WechatSession(_openid(told, "openid"), unionid)

        return self._measured("code_to_session", ask)

    def phone_number(self, code: str) -> str:
        """11 digits of a mainland number; the code works once and for five minutes."""
        def ask() -> str:
            info = self._posted("/wxa/business/getuserphonenumber", {"code": code}).get("phone_info")
            watermark = info.get("watermark") if isinstance(info, dict) else None
            if not isinstance(info, dict) or not isinstance(watermark, dict):
                raise WechatAway("schema: phone_info")
            if watermark.get("appid") != self._appid:
                raise WechatAway("watermark of another appid")
            number = info.get("purePhoneNumber")
            if info.get("countryCode") != "86" or not MAINLAND_PHONE.fullmatch(str(number)):
                raise WechatRefused(0, "PHONE_NOT_MAINLAND")
            return str(number)

        return self._measured("phone_number", ask)

    def send_subscribe(self, message: SubscribeMessage) -> str:
        """WeChat's message id, empty where it gives none. NOT_SUBSCRIBED is not an error to retry."""
        body = {"touser": message.openid, "template_id": message.template_id, "page": message.page,
                "data": {name: {"value": _fitting(name, value)} for name, value in message.data.items()},
                "miniprogram_state": message.state, "lang": message.lang}

        def ask() -> str:
            return str(self._posted("/cgi-bin/message/subscribe/send", body).get("msgid", ""))

        return self._measured("send_subscribe", ask)

    def wxacode(self, scene: str, page: str, env_version: str = "release", width: int = 430) -> bytes:
        """The picture (PNG or JPEG) of a mini-program code. `scene`: 1 to 32 of WeChat's characters."""
        if not SCENE.fullmatch(scene):
            raise ValueError("a scene is 1 to 32 of WeChat's characters")
        body = {"scene": scene, "page": page, "check_path": env_version == "release",
                "env_version": env_version, "width": width}

        def ask() -> bytes:
            reply = self._with_token("/wxa/getwxacodeunlimit", body)
            if not reply.body.startswith(PICTURES):
                raise WechatAway("neither a picture nor a refusal")
            return reply.body

        return self._measured("wxacode", ask)

    def msg_sec_check(self, openid: str, scene: int, content: str) -> Suggest:
        """Judge a text that others will see. `scene`: 1 profile, 2 comment, 3 forum, 4 social log."""
        if scene not in (1, 2, 3, 4) or not 0 < len(content) <= LONGEST_CONTENT:
            raise ValueError("scene 1 to 4, content of 1 to 2500 characters")
        body = {"version": 2, "openid": openid, "scene": scene, "content": content}

        def ask() -> Suggest:
            result = self._posted("/wxa/msg_sec_check", body).get("result")
            try:
                return Suggest(result["suggest"])  # type: ignore[index]
            except (TypeError, KeyError, ValueError):
                raise WechatAway("schema: result") from None

        return self._measured("msg_sec_check", ask)

    def _measured(self, call: str, ask: Callable[[], T]) -> T:
        refuse_inside_transaction()
        with health.measured("wechat", call) as measure:
            try:
                result = self._in_a_place(ask)
            except WechatFailure as failure:
                measure.outcome = failure.meaning if isinstance(failure, WechatRefused) else "AWAY"
                log.warning("wechat_call_failed", call=call, outcome=measure.outcome, why=str(failure))
                raise
            measure.outcome = health.GOOD
            return result

    @staticmethod
    def _in_a_place(ask: Callable[[], T]) -> T:
        try:
            with places.HERE.one():
                return ask()
        except places.Full:
            raise WechatAway("every thread that may wait is waiting") from None

    def _posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _object(self._with_token(path, body))

    def _with_token(self, path: str, body: dict[str, Any]) -> Reply:
        """Where the token is bad or old, once more with another one, and no third time."""
        told, token = jsons.dumps(body), self._token.get()
        try:
            return self._exchange("POST", f"{path}?{urlencode({'access_token': token})}", told)
        except WechatRefused as refused:
            if refused.errcode not in TOKEN_ERRCODES:
                raise
        token = self._token.replace(token)
        return self._exchange("POST", f"{path}?{urlencode({'access_token': token})}", told)

    def _fetch_token(self, force: bool) -> tuple[str, int]:
        body = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret,
                "force_refresh": force}
        told = _object(self._exchange("POST", "/cgi-bin/stable_token", jsons.dumps(body)))
        token, expires_in = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
            raise WechatAway("schema: access_token")
        if type(expires_in) is not int or not 0 < expires_in <= 7200:
            raise WechatAway("schema: expires_in")
        return token, expires_in

    def _exchange(self, method: str, path: str, body: bytes) -> Reply:
        """One exchange. Raises WechatAway unless it is a 200, WechatRefused for an errcode other than 0."""
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            reply = self._transport.exchange(method, self._transport.prefix + path, headers, body)
        except NoReply as silence:
            raise WechatAway(str(silence)) from None
        if reply.status != 200:
            raise WechatAway(f"http {reply.status}")
        if reply.body.lstrip()[:1] == b"{":
            _refuse_errcode(_object(reply))
        return reply


def _object(reply: Reply) -> dict[str, Any]:
    try:
        told = jsons.loads(reply.body)
    except jsons.NotJson:
        raise WechatAway("not JSON") from None
    if not isinstance(told, dict):
        raise WechatAway("not a JSON object")
    return told


def _refuse_errcode(told: dict[str, Any]) -> None:
    errcode = told.get("errcode", 0)
    if type(errcode) is not int:
        raise WechatAway("schema: errcode")
    if errcode == 0:
        return
    log.warning("wechat_refused", errcode=errcode, rid=rid_of(told.get("errmsg")))
    if errcode == BUSY_ERRCODE:
        raise WechatAway("busy")
    raise WechatRefused(errcode)


def _openid(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not OPENID.fullmatch(value):
        raise WechatAway(f"schema: {name}")
    return value


def _fitting(name: str, value: str) -> str:
    kind = name.rstrip("0123456789")
    longest = LONGEST_VALUES.get(kind)
    if longest is None or len(value) <= longest:
        return value
    if kind == "thing":
        return value[: longest - 1] + "…"
    raise ValueError(f"{kind} holds {longest} characters at most")
