"""WeChat's calls against a small server: codes, the shared token, refusals by errcode, and nothing private said.

Breaks that were tried: the lock left out of token.py, no second attempt after 42001, the watermark not compared,
`errcode` not looked at on HTTP 200; each failed here.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import redis
import structlog
from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.gateways import health
from app.gateways.transport import Limits
from app.gateways.wechat.client import SubscribeMessage, Suggest, WechatClient
from app.gateways.wechat.errors import WechatAway, WechatRefused
from app.kernel.db import transaction
from tests.conftest import Servers
from tests.gateways.conftest import StillClock

APPID, SECRET = "wx-test", "secret-of-the-test"
Rule = Callable[["Weixin", dict[str, Any]], object]


class Weixin:
    """WeChat: `rules` by path answer with an object, bytes, or a number (an HTTP status)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Any]]] = []
        self.rules: dict[str, Rule] = {"/cgi-bin/stable_token": lambda weixin, _: {
            "access_token": f"token-{weixin.asked('/cgi-bin/stable_token')}", "expires_in": 7200}}
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def asked(self, path: str) -> int:
        return sum(seen == path for seen, _, _ in self.seen)

    def take(self, path: str, query: str, body: dict[str, Any]) -> object:
        with self._lock:
            self.seen.append((path, query, body))
        return self.rules[path](self, {"query": query, **body})


def _handler(weixin: Weixin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            path, _, query = self.path.removeprefix("/wechat").partition("?")
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = weixin.take(path, query, json.loads(raw or b"{}"))
            body = told if isinstance(told, bytes) else b"" if isinstance(told, int) else json.dumps(told).encode()
            self.send_response(told if isinstance(told, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _take

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def weixin() -> Iterator[Weixin]:
    made = Weixin()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def store(servers: Servers) -> redis.Redis:
    connection = redis.Redis.from_url(servers.valkey.url(), decode_responses=True)  # as app.kernel.redis makes it
    connection.flushall()
    return connection


@pytest.fixture
def make(weixin: Weixin, store: redis.Redis, clock: StillClock) -> Callable[[], WechatClient]:
    """Another process's client: they share nothing but Redis."""
    url = f"http://127.0.0.1:{weixin.server.server_address[1]}/wechat"
    return lambda: WechatClient(url, APPID, SECRET, store, clock, Limits(0.5, 1, 2, 64 * 1024))


@pytest.fixture
def client(make: Callable[[], WechatClient], bare: Flask) -> WechatClient:
    return make()


def phone_info(**changes: Any) -> dict[str, Any]:
    info = {"phoneNumber": "+8613900000001", "purePhoneNumber": "13900000001", "countryCode": "86",
            "watermark": {"timestamp": 1, "appid": APPID}}
    return {"errcode": 0, "errmsg": "ok", "phone_info": {**info, **changes}}


def answer(weixin: Weixin, path: str, told: object) -> None:
    weixin.rules[path] = lambda *_: told


LOGIN, PHONE, SEND = "/sns/jscode2session", "/wxa/business/getuserphonenumber", "/cgi-bin/message/subscribe/send"
CODE, CHECK = "/wxa/getwxacodeunlimit", "/wxa/msg_sec_check"


def test_a_login(client: WechatClient, weixin: Weixin) -> None:
    answer(weixin, LOGIN, {"openid": "o-Lin_1", "session_key": "c2Vzc2lvbg==", "unionid": "u-1"})
    session = client.code_to_session("a code/+&")
    assert (session.openid, session.unionid) == ("o-Lin_1", "u-1")
    assert weixin.seen[0][1] == (f"appid={APPID}&secret={SECRET}&js_code=a+code%2F%2B%26"
                                 "&grant_type=authorization_code")
    assert "c2Vzc2lvbg" not in repr(vars(session))
    assert weixin.asked("/cgi-bin/stable_token") == 0
    answer(weixin, LOGIN, {"openid": "o-2", "session_key": "x"})
    assert client.code_to_session("b").unionid is None


@pytest.mark.parametrize(("errcode", "meaning"), [
    (40029, "CODE_INVALID"), (40163, "CODE_USED"), (45011, "TOO_OFTEN"), (40226, "BLOCKED_AS_RISKY"),
    (99999, "OTHER")])
def test_a_login_refused(client: WechatClient, weixin: Weixin, errcode: int, meaning: str) -> None:
    answer(weixin, LOGIN, {"errcode": errcode, "errmsg": "invalid code 13900000001, rid: 65e0-abcd-12"})
    with structlog.testing.capture_logs() as logs, pytest.raises(WechatRefused) as refused:
        client.code_to_session("code-of-Lin")
    assert (refused.value.errcode, refused.value.meaning) == (errcode, meaning)
    assert any(line.get("rid") == "65e0-abcd-12" for line in logs)
    said = f"{refused.value!r} {logs}"
    assert not any(private in said for private in (SECRET, "code-of-Lin", "13900000001"))
    assert health.last("wechat")["code_to_session"].outcome == meaning


@pytest.mark.parametrize("told", [
    {"errcode": -1, "errmsg": "system error"}, 502, 302, b"<html>", b"", {"errcode": "x"}, {}, {"openid": 7},
    {"openid": "a b"}, b'{"openid":"a","openid":"b"}', b"[]", {"openid": "o", "pad": "x" * 70_000}])
def test_what_is_no_answer(client: WechatClient, weixin: Weixin, told: object) -> None:
    answer(weixin, LOGIN, told)
    with pytest.raises(WechatAway):
        client.code_to_session("a")
    assert weixin.asked(LOGIN) == 1


def test_nobody_there(client: WechatClient, weixin: Weixin) -> None:
    weixin.server.shutdown()
    weixin.server.server_close()
    with pytest.raises(WechatAway) as away:
        client.code_to_session("a")
    assert SECRET not in repr(away.value)


def test_a_phone_number(client: WechatClient, weixin: Weixin) -> None:
    answer(weixin, PHONE, phone_info())
    assert client.phone_number("code") == "13900000001"
    assert weixin.seen[-1] == (PHONE, "access_token=token-1", {"code": "code"})


def test_a_phone_number_for_another_app_is_not_taken(client: WechatClient, weixin: Weixin) -> None:
    answer(weixin, PHONE, phone_info(watermark={"timestamp": 1, "appid": "wx-other"}))
    with pytest.raises(WechatAway, match="watermark"):
        client.phone_number("code")


@pytest.mark.parametrize("change", [{"purePhoneNumber": "139"}, {"purePhoneNumber": None}, {"countryCode": "852"},
                                    {"purePhoneNumber": "１３９０００００００１"}])
def test_a_phone_number_from_elsewhere(client: WechatClient, weixin: Weixin, change: dict[str, Any]) -> None:
    answer(weixin, PHONE, phone_info(**change))
    with pytest.raises(WechatRefused, match="PHONE_NOT_MAINLAND"):
        client.phone_number("code")


def test_a_message(client: WechatClient, weixin: Weixin) -> None:
    answer(weixin, SEND, {"errcode": 0, "errmsg": "ok", "msgid": 12})
    fields = {"thing1": "共享充电宝免押金借用权益即将到期请尽快使用", "phrase2": "已核销"}
    message = SubscribeMessage("o-1", "t-1", "pages/x", fields)
    assert client.send_subscribe(message) == "12"
    assert weixin.seen[-1][2] == {
        "touser": "o-1", "template_id": "t-1", "page": "pages/x", "miniprogram_state": "formal", "lang": "zh_CN",
        "data": {"thing1": {"value": "共享充电宝免押金借用权益即将到期请尽快…"}, "phrase2": {"value": "已核销"}}}
    assert len(weixin.seen[-1][2]["data"]["thing1"]["value"]) == 20
    with pytest.raises(ValueError, match="phrase"):
        client.send_subscribe(SubscribeMessage("o-1", "t-1", "p", {"phrase2": "一二三四五六"}))
    answer(weixin, SEND, {"errcode": 43101, "errmsg": "user refuse to accept the msg"})
    with pytest.raises(WechatRefused, match="NOT_SUBSCRIBED"):
        client.send_subscribe(message)


def test_a_mini_program_code(client: WechatClient, weixin: Weixin) -> None:
    answer(weixin, CODE, b"\x89PNG picture")
    assert client.wxacode("c=Ab3", "pages/show") == b"\x89PNG picture"
    answer(weixin, CODE, {"errcode": 41030, "errmsg": "invalid page"})
    with pytest.raises(WechatRefused, match="PAGE_UNKNOWN"):
        client.wxacode("c=Ab3", "pages/none")
    answer(weixin, CODE, b"<html>")
    with pytest.raises(WechatAway):
        client.wxacode("c=Ab3", "pages/show")
    for scene in ("", "x" * 33, "a b", "信", "a%20", "a\n"):
        with pytest.raises(ValueError, match="scene"):
            client.wxacode(scene, "pages/show")


@pytest.mark.parametrize("suggest", Suggest)
def test_a_text_that_others_will_see(client: WechatClient, weixin: Weixin, suggest: Suggest) -> None:
    answer(weixin, CHECK, {"errcode": 0, "result": {"suggest": suggest.value, "label": 100}})
    assert client.msg_sec_check("o-1", 2, "意见") is suggest
    assert weixin.seen[-1][2] == {"version": 2, "openid": "o-1", "scene": 2, "content": "意见"}


@pytest.mark.parametrize("told", [{"errcode": 0}, {"errcode": 0, "result": {"suggest": "fine"}}, {"result": []}])
def test_an_advice_that_is_none(client: WechatClient, weixin: Weixin, told: object) -> None:
    answer(weixin, CHECK, told)
    with pytest.raises(WechatAway):
        client.msg_sec_check("o-1", 2, "意见")


def test_one_token_for_all_processes(
    make: Callable[[], WechatClient], weixin: Weixin, bare: Flask
) -> None:
    def slowly(weixin: Weixin, _: object) -> object:
        time.sleep(0.2)
        return {"access_token": f"token-{weixin.asked('/cgi-bin/stable_token')}", "expires_in": 7200}

    weixin.rules["/cgi-bin/stable_token"] = slowly
    answer(weixin, PHONE, phone_info())

    def work() -> None:
        with bare.app_context():
            make().phone_number("code")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert weixin.asked("/cgi-bin/stable_token") == 1
    assert {query for path, query, _ in weixin.seen if path == PHONE} == {"access_token=token-1"}
    assert weixin.asked(PHONE) == 8


def test_who_gets_the_lock_just_after_a_renewal_does_not_renew_again(
    client: WechatClient, weixin: Weixin, store: redis.Redis
) -> None:
    answer(weixin, PHONE, phone_info())
    client.phone_number("code")
    kept = str(store.get(f"wechat:token:{APPID}"))
    store.delete(f"wechat:token:{APPID}")
    shared = client._token
    look = shared._kept

    def looked_too_early() -> Any:
        found = look()
        store.set(f"wechat:token:{APPID}", kept)
        return found

    shared._kept = looked_too_early  # type: ignore[method-assign]
    assert shared.get() == "token-1"
    assert weixin.asked("/cgi-bin/stable_token") == 1


def test_the_token_is_renewed_five_minutes_early_and_the_old_one_serves_meanwhile(
    client: WechatClient, weixin: Weixin, store: redis.Redis, clock: StillClock
) -> None:
    answer(weixin, PHONE, phone_info())
    client.phone_number("code")
    clock.seconds += 6899
    client.phone_number("code")
    assert weixin.asked("/cgi-bin/stable_token") == 1
    clock.seconds += 2
    store.set(f"wechat:token-lock:{APPID}", "another", px=10_000)
    client.phone_number("code")
    assert weixin.seen[-1][1] == "access_token=token-1"
    store.delete(f"wechat:token-lock:{APPID}")
    client.phone_number("code")
    assert weixin.seen[-1][1] == "access_token=token-2"
    assert store.get(f"wechat:token-lock:{APPID}") is None


def test_an_old_token_serves_while_a_new_one_cannot_be_had(
    client: WechatClient, weixin: Weixin, clock: StillClock
) -> None:
    answer(weixin, PHONE, phone_info())
    client.phone_number("code")
    clock.seconds += 6901
    answer(weixin, "/cgi-bin/stable_token", 502)
    assert client.phone_number("code") == "13900000001"


def refuse_token(refused: set[str]) -> Rule:
    def rule(_: Weixin, told: dict[str, Any]) -> object:
        token = told["query"].removeprefix("access_token=")
        return {"errcode": 42001, "errmsg": "expired"} if token in refused else phone_info()

    return rule


def test_a_refused_token_is_replaced_once(client: WechatClient, weixin: Weixin) -> None:
    weixin.rules[PHONE] = refuse_token({"token-1"})
    assert client.phone_number("code") == "13900000001"
    assert [body["force_refresh"] for path, _, body in weixin.seen if "token" in path] == [False, False]
    weixin.rules[PHONE] = refuse_token({"token-2", "token-3"})
    with pytest.raises(WechatRefused, match="TOKEN_BAD"):
        client.phone_number("code")
    assert weixin.asked(PHONE) == 4


def test_it_is_forced_only_where_wechat_hands_out_the_same_again_and_not_twice_in_30_seconds(
    client: WechatClient, weixin: Weixin
) -> None:
    weixin.rules["/cgi-bin/stable_token"] = lambda _, told: {
        "access_token": "forced" if told["force_refresh"] else "same", "expires_in": 7200}
    weixin.rules[PHONE] = refuse_token({"same"})
    assert client.phone_number("code") == "13900000001"
    assert [body["force_refresh"] for path, _, body in weixin.seen if "token" in path] == [False, False, True]
    weixin.rules[PHONE] = refuse_token({"same", "forced"})
    with pytest.raises(WechatRefused):
        client.phone_number("code")
    with pytest.raises(WechatAway, match="too often"):
        client.phone_number("code")
    assert sum(body["force_refresh"] for path, _, body in weixin.seen if "token" in path) == 1


@pytest.mark.parametrize("kept", ["junk", "{}", '{"token": "x", "renew_at": "soon"}'])
def test_what_others_left_in_redis_is_as_good_as_nothing(
    client: WechatClient, weixin: Weixin, store: redis.Redis, kept: str
) -> None:
    store.set(f"wechat:token:{APPID}", kept)
    answer(weixin, PHONE, phone_info())
    assert client.phone_number("code") == "13900000001"


def test_without_redis_only_what_needs_a_token_is_away(
    weixin: Weixin, clock: StillClock, bare: Flask
) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    client = WechatClient(f"http://127.0.0.1:{weixin.server.server_address[1]}", APPID, SECRET, nowhere, clock)
    answer(weixin, LOGIN, {"openid": "o-1", "session_key": "x"})
    assert client.code_to_session("a").openid == "o-1"
    with pytest.raises(WechatAway, match="redis"):
        client.phone_number("code")


def test_no_call_inside_a_transaction(client: WechatClient, weixin: Weixin) -> None:
    with pytest.raises(RuntimeError), transaction():
        client.code_to_session("a")
    assert weixin.seen == []
