"""Logging in by pages, as a browser without JavaScript does it.

Breaks tried: half a log-in that opens pages, `next` followed anywhere, logging out that only forgets the cookie.
"""

import re
from typing import Any

import pyotp
import pytest
from flask import Flask

from app.console import access
from app.factory import create_app
from app.kernel import clock
from app.staff import inviting, sessions
from app.staff.inviting import Newcomer
from config import load
from tests.console.browsing import Some, Visit, Visitor, words
from tests.staff.people import PASSWORD, made


def test_password_then_code_then_home(visitor: Visit, someone: Some) -> None:
    who, there = someone("operator"), visitor()
    assert there.get("/console/", follow=False).location == "/console/login"
    answer = there.post("/console/login", {"login": who.login.upper(), "password": PASSWORD})
    assert "二次验证" in words(answer)
    assert there.get("/console/operations/", follow=False).status_code == 303, "half a log-in opens nothing"
    assert "首页" in words(there.post("/console/login/code", {"code": who.code()}))
    assert there.get("/console/login/code", follow=False).status_code == 303


@pytest.mark.parametrize(("login", "password"), [("", ""), ("nobody.here", PASSWORD), ("known", "wrong password 1"),
                                                 ("known", ""), ("x" * 65, PASSWORD), ("known\x00", PASSWORD)])
def test_every_wrong_log_in_is_told_alike(visitor: Visit, someone: Some, login: str,
                                          password: str) -> None:
    someone("operator", login="known")
    answer = visitor().post("/console/login", {"login": login, "password": password})
    assert answer.status_code in {401, 422}
    assert PASSWORD not in answer.text
    if answer.status_code == 401:
        assert "账号或密码不对" in words(answer)


def test_a_cookie_from_elsewhere_never_becomes_a_log_in(app: Flask, visitor: Visit, someone: Some) -> None:
    """Session fixation: what a thief has planted stays worth nothing, at each step."""
    planted = "A" * 43
    victim, thief = visitor(), visitor()
    for each in (victim, thief):
        each.client.set_cookie("xinyi", planted)
    who = someone("operator")
    victim.post("/console/login", {"login": who.login, "password": PASSWORD})
    half = victim.cookie()
    victim.post("/console/login/code", {"code": who.code()})
    assert len({planted, half, victim.cookie()}) == 3
    for token in (planted, half):
        thief.client.set_cookie("xinyi", str(token))
        assert thief.get("/console/operations/", follow=False).status_code == 303


def test_the_cookie_is_out_of_reach(visitor: Visit, someone: Some) -> None:
    there = visitor()
    told = there.get("/console/login").headers["Set-Cookie"]
    assert re.fullmatch(r"xinyi=[A-Za-z0-9_-]{43}; HttpOnly; Path=/; SameSite=Lax", told)


def test_in_production_the_cookie_is_bound_to_host_and_tls(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    class Production:
        production, PUBLIC_BASE_URL = True, "https://xinyi.example"

    monkeypatch.setattr(access, "settings", Production)
    monkeypatch.setattr("app.console.answering.settings", Production)
    answer = app.test_client().get("/console/login")
    assert re.fullmatch(r"__Host-xinyi=[A-Za-z0-9_-]{43}; Secure; HttpOnly; Path=/; SameSite=Lax",
                        answer.headers["Set-Cookie"])
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_logging_out_ends_the_session_itself(visitor: Visit, someone: Some) -> None:
    there = visitor(someone("operator"))
    before = there.cookie()
    there.post("/console/logout", page="/console/account/")
    there.client.set_cookie("xinyi", str(before))
    assert there.get("/console/operations/", follow=False).status_code == 303


def test_one_goes_on_to_where_one_wanted_and_nowhere_else(visitor: Visit, someone: Some) -> None:
    there, who = visitor(), someone("operator")
    gone = there.get("/console/operations/merchants/?name=x", follow=False).location
    assert gone == "/console/login?next=/console/operations/merchants/?name%3Dx"
    there.post(gone, {"login": who.login, "password": PASSWORD}, follow=False)
    on = there.post("/console/login/code?next=/console/operations/merchants/%3Fname%3Dx", {"code": who.code()},
                    follow=False)
    assert on.location == "/console/operations/merchants/?name=x"


@pytest.mark.parametrize("evil", ["//evil.example/", "https://evil.example", "/\\evil.example", "/console/..//evil",
                                  "javascript:alert(1)", "/console/\r\nX: y", "/v3/", "/console//evil.example"])
def test_next_leads_nowhere_else(evil: str) -> None:
    assert access.local(evil, "/console/") == "/console/"


def test_a_second_factor_is_set_up_at_the_first_log_in(visitor: Visit, someone: Some) -> None:
    there, who = visitor(), someone("operator", totp=False)
    page = there.post("/console/login", {"login": who.login, "password": PASSWORD})
    assert "<svg" in page.text
    assert there.get("/console/operations/", follow=False).status_code == 303
    found = re.search(r'class="secret">([A-Z2-7]{32})<', page.text)
    assert found
    wrong = there.post("/console/login/enrol", {"code": "000000"})
    assert wrong.status_code == 422
    done = there.post("/console/login/enrol", {"code": pyotp.TOTP(found[1]).at(clock.now())})
    assert len(re.findall(r"<li><code>[a-z2-9]{5}-[a-z2-9]{5}</code></li>", done.text)) == 10
    assert "首页" in words(there.get("/console/"))


def test_an_invitation_is_taken_up_by_its_page(app: Flask, visitor: Visit) -> None:
    with app.app_context():
        invited = inviting.invite(Newcomer("li.new", "示例人员", "operations"), actor="operator:test")
    there = visitor()
    assert "li.new" in words(there.get(f"/console/invitations/{invited.token}"))
    weak = there.post(f"/console/invitations/{invited.token}", {"password": "123456789012"})
    assert "不能只有数字" in words(weak)
    assert "登录" in words(there.post(f"/console/invitations/{invited.token}", {"password": PASSWORD}))
    assert there.get(f"/console/invitations/{invited.token}").status_code == 404


def test_too_many_tries_are_told_with_the_time_left(visitor: Visit, someone: Some) -> None:
    there, who = visitor(), someone("operator")
    for _ in range(5):
        there.post("/console/login", {"login": who.login, "password": "wrong password 1"})
    closed = there.post("/console/login", {"login": who.login, "password": PASSWORD})
    assert closed.status_code == 429
    assert "暂时锁定" in words(closed)


def test_log_in_and_lock_out_work_without_redis(environ: dict[str, str], db: Any, app: Flask) -> None:
    """Fails where a try is counted in Redis, or a session kept there."""
    who = made(app, "operator")
    alone = create_app(load({**environ, "REDIS_URL": "redis://127.0.0.1:1/0"}))
    there = Visitor(alone)
    assert "首页" in words(there.log_in(who))
    other = made(app, "operator")
    for _ in range(5):
        Visitor(alone).post("/console/login", {"login": other.login, "password": "wrong password 1"})
    assert Visitor(alone).post("/console/login", {"login": other.login, "password": PASSWORD}).status_code == 429


def test_an_ended_session_is_out_at_the_next_click(app: Flask, visitor: Visit, someone: Some) -> None:
    who = someone("operator")
    there = visitor(who)
    with app.app_context():
        assert sessions.end_all(who.id, "test") == 1
    assert there.get("/console/operations/", follow=False).status_code == 303
