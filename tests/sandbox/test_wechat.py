"""WeChat's six calls and their errcodes (wechat.md).

Break that makes these fail: forget to mark a code as used; let force_refresh pass twice within 30 s.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.conftest import Played

GOOD = {"appid": "wxappid", "secret": "secret", "grant_type": "authorization_code"}


def code(play: Played, person: str = "lin", **more: Any) -> str:
    return str(play.control("POST", "/wechat/codes", {"person": person, **more})["js_code"])


def log_in(play: Played, js_code: str, /, **change: Any) -> Any:
    query = {**GOOD, "js_code": js_code, **change}
    response = play.http("GET", "/wechat/sns/jscode2session?" + urlencode(query))
    assert response.status == 200
    return json.loads(response.read())


def token(play: Played, **change: Any) -> Any:
    body = {"grant_type": "client_credential", "appid": "wxappid", "secret": "secret", **change}
    return json.loads(play.http("POST", "/wechat/cgi-bin/stable_token", body).read())


def call(play: Played, path: str, body: Any, access_token: str | None = None) -> Any:
    access_token = access_token or token(play)["access_token"]
    response = play.http("POST", f"/wechat{path}?access_token={access_token}", body)
    raw = response.read()
    return raw if response.getheader("Content-Type") == "image/png" else json.loads(raw)


def test_a_code_works_once_and_the_openid_is_the_person_s(play: Played) -> None:
    first, js_code = log_in(play, code(play)), code(play)
    second = log_in(play, js_code)
    assert first["openid"] == second["openid"]
    assert first["session_key"] != second["session_key"]
    assert log_in(play, js_code)["errcode"] == 40163
    assert log_in(play, code(play, "wu"))["openid"] != first["openid"]
    assert log_in(play, code(play, device="second"))["openid"] != first["openid"]


def test_a_code_ends_after_five_minutes(play: Played) -> None:
    js_code = code(play)
    play.world.clock.offset_s = 301
    assert log_in(play, js_code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"js_code": "unknown"}, 40029),
        ({"js_code": ""}, 41008),
        ({"appid": "wxother"}, 40013),
        ({"secret": "other"}, 40125),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"grant_type": "password"}, 40002),
    ],
)
def test_logins_that_fail_answer_200_with_an_errcode(play: Played, change: dict[str, Any], errcode: int) -> None:
    answer = log_in(play, code(play), **change)
    assert answer["errcode"] == errcode
    assert "rid: " in answer["errmsg"]


def test_a_hundred_logins_a_minute(play: Played) -> None:
    for _ in range(100):
        assert "openid" in log_in(play, code(play))
    assert log_in(play, code(play))["errcode"] == 45011
    play.world.clock.offset_s = 61
    assert "openid" in log_in(play, code(play))


def test_the_token_is_stable_until_five_minutes_before_its_end(play: Played) -> None:
    first = token(play)
    assert token(play)["access_token"] == first["access_token"]
    play.world.clock.offset_s = 7200 - 301
    assert token(play)["access_token"] == first["access_token"]
    play.world.clock.offset_s = 7200 - 299
    assert token(play)["access_token"] != first["access_token"]


def test_forcing_is_rationed(play: Played) -> None:
    first = token(play)["access_token"]
    assert token(play, force_refresh=True)["access_token"] != first
    assert call(play, "/wxa/msg_sec_check", {}, first)["errcode"] == 40001
    assert token(play, force_refresh=True)["errcode"] == 45011
    for turn in range(1, 20):
        play.world.clock.offset_s = turn * 31
        assert "access_token" in token(play, force_refresh=True)
    play.world.clock.offset_s = 20 * 31
    assert token(play, force_refresh=True)["errcode"] == 45009


def test_old_and_missing_tokens(play: Played) -> None:
    old = token(play)["access_token"]
    play.control("POST", "/wechat/tokens/expire")
    assert call(play, "/wxa/msg_sec_check", {"x": 1}, old)["errcode"] == 42001
    assert token(play)["access_token"] != old
    assert json.loads(play.http("POST", "/wechat/wxa/msg_sec_check", {}).read())["errcode"] == 41001


def test_the_phone_comes_with_our_watermark(play: Played) -> None:
    phone_code = play.control("POST", "/wechat/phone-codes", {"person": "lin"})["code"]
    info = call(play, "/wxa/business/getuserphonenumber", {"code": phone_code})["phone_info"]
    assert (info["purePhoneNumber"], info["countryCode"]) == ("19900000001", "86")
    assert info["watermark"]["appid"] == "wxappid"
    assert call(play, "/wxa/business/getuserphonenumber", {"code": phone_code})["errcode"] == 40163
    assert call(play, "/wxa/business/getuserphonenumber", {"code": code(play)})["errcode"] == 40029


def message(openid: str, **change: Any) -> dict[str, Any]:
    data = {"thing1": {"value": "充电宝免押租借"}, "phrase2": {"value": "已核销"}}
    return {"touser": openid, "template_id": "T_1", "page": "pages/index", "data": data, **change}


def test_messages_are_counted_where_a_person_counts_them(play: Played) -> None:
    openid, path = log_in(play, code(play))["openid"], "/cgi-bin/message/subscribe/send"
    assert call(play, path, message(openid))["errcode"] == 0
    play.control("PUT", "/wechat/subscriptions", {"person": "lin", "template_id": "T_1", "left": 1})
    assert [call(play, path, message(openid))["errcode"] for _ in range(2)] == [0, 43101]
    sent = play.control("GET", "/wechat/messages")["items"]
    assert [one["data"]["phrase2"] for one in sent] == ["已核销", "已核销"]


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"touser": "o-nobody"}, 40003),
        ({"template_id": "no such!"}, 40037),
        ({"data": {}}, 47003),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"phrase1": {"value": "六个汉字太长"}}}, 47003),
        ({"data": {"character_string1": {"value": "x" * 33}}}, 47003),
        ({"data": {"other1": {"value": "x"}}}, 47003),
        ({"page": "/pages/index"}, 41030),
    ],
)
def test_messages_that_cannot_be(play: Played, change: dict[str, Any], errcode: int) -> None:
    openid = log_in(play, code(play))["openid"]
    assert call(play, "/cgi-bin/message/subscribe/send", message(openid, **change))["errcode"] == errcode


def test_a_picture_of_a_short_scene(play: Played) -> None:
    path = "/wxa/getwxacodeunlimit"
    assert call(play, path, {"scene": "c=AbC-1", "page": "pages/show"}).startswith(b"\x89PNG")
    for scene in ("", "x" * 33, "有中文", "a b", "a%20b"):
        assert call(play, path, {"scene": scene})["errcode"] == 40129
    assert call(play, path, {"scene": "ok", "page": "/pages/show"})["errcode"] == 41030


def test_texts_are_judged(play: Played) -> None:
    openid, path = log_in(play, code(play))["openid"], "/wxa/msg_sec_check"
    body = {"version": 2, "openid": openid, "scene": 2, "content": "押金没有退回"}
    for content, suggest in (("押金没有退回", "pass"), ("可疑的话", "review"), ("违禁的话", "risky")):
        assert call(play, path, {**body, "content": content})["result"]["suggest"] == suggest
    for wrong in ({"version": 1}, {"scene": 5}, {"content": ""}, {"content": "x" * 2501}):
        assert call(play, path, {**body, **wrong})["errcode"] == 47001
    assert call(play, path, {**body, "openid": "o-nobody"})["errcode"] == 40003


def test_wechat_has_bad_days_too(play: Played) -> None:
    js_code = code(play)
    play.fault("status", "/sns/jscode2session", target="wechat", value={"errcode": -1})
    assert log_in(play, js_code)["errcode"] == -1
    play.fault("truncate", "/sns", target="wechat")
    with pytest.raises(json.JSONDecodeError):
        log_in(play, js_code)
    play.fault("patch", "/sns", target="wechat", value={"openid": "o-other"})
    assert log_in(play, code(play))["openid"] == "o-other"
