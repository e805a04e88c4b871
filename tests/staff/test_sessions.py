"""Sessions and invitations. Breaks tried: `seen_at` not looked at, `expires_at` not looked at, a token that stays
over a proof, an invitation that works twice, a password change that leaves other sessions.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from app.kernel import progress
from app.staff import inviting, keeping, queries, sessions, signing_in
from app.staff.errors import AccountRefused, InvitationInvalid, LoginRefused, LoginTaken, PasswordWeak, PasswordWrong
from app.staff.inviting import Newcomer
from app.staff.sessions import Browser
from tests.staff.people import PASSWORD, Person, person

PHONE = Browser("198.51.100.7", "Mozilla/5.0 (Linux; Android 16) Chrome/150 Mobile MicroMessenger/9")


def full(who: Person, browser: Browser = PHONE) -> tuple[str, Any]:
    """A token and its session, all proven."""
    half = sessions.of_token(signing_in.sign_in(who.login, who.password, browser).token)
    assert half is not None
    token = signing_in.prove(who.id, half[0].id, who.code()).token
    found = sessions.of_token(token)
    assert found is not None
    return token, found[0]


def test_it_ends_when_it_isnt_used(inside: Any, later: Callable[..., None]) -> None:
    token, _ = full(person("operator"))
    for _ in range(3):
        later(minutes=14)
        assert sessions.of_token(token) is not None
    later(minutes=16)
    assert sessions.of_token(token) is None


def test_it_ends_after_eight_hours_however_used(inside: Any, later: Callable[..., None]) -> None:
    token, _ = full(person("operator"))
    for _ in range(34):
        later(minutes=14)
        assert sessions.of_token(token) is not None
    later(minutes=14)
    assert sessions.of_token(token) is None


def test_each_step_has_a_token_of_its_own_and_none_is_kept(inside: Any, db: psycopg.Connection) -> None:
    who = person("operator")
    half = signing_in.sign_in(who.login, PASSWORD, PHONE)
    found = sessions.of_token(half.token)
    assert found is not None
    whole = signing_in.prove(who.id, found[0].id, who.code())
    assert whole.token != half.token
    assert sessions.of_token(half.token) is None
    again = signing_in.prove(who.id, found[0].id, who.code())
    assert sessions.of_token(whole.token) is None, "a proof changes it too"
    kept = repr(db.execute("SELECT * FROM staff_sessions").fetchall())
    assert not any(token in kept for token in (half.token, whole.token, again.token))


def test_one_sees_and_ends_ones_own_only(inside: Any) -> None:
    who, stranger = person("operator"), person("operator")
    token, here = full(who)
    _, there = full(who, Browser("203.0.113.80", "Mozilla/5.0 (Windows NT 10.0) Edg/150"))
    assert [(each.network, each.agent) for each in sessions.live(who.id)] == [
        ("203.0.113.x", "Edge · Windows"), ("198.51.100.x", "微信 · Android")]
    keeping.end_session(stranger.id, there.id, actor=f"staff:{stranger.id}")
    assert len(sessions.live(who.id)) == 2
    keeping.end_session(who.id, there.id, actor=f"staff:{who.id}")
    assert [each.id for each in sessions.live(who.id)] == [here.id]
    assert keeping.end_sessions(who.id, actor="operator:test") == 1
    assert sessions.of_token(token) is None


def test_another_password_ends_all_other_sessions(inside: Any) -> None:
    who = person("operator")
    (old, here), (elsewhere, _) = full(who), full(who)
    with pytest.raises(PasswordWrong):
        keeping.change_password(who.id, "not the old one", "Marmalade-Lantern-9", session_id=here.id)
    with pytest.raises(PasswordWeak):
        keeping.change_password(who.id, PASSWORD, "123456789012", session_id=here.id)
    new = keeping.change_password(who.id, PASSWORD, "Marmalade-Lantern-9", session_id=here.id)
    assert sessions.of_token(new) is not None
    assert sessions.of_token(old) is None
    assert sessions.of_token(elsewhere) is None
    with pytest.raises(LoginRefused):
        signing_in.sign_in(who.login, PASSWORD, PHONE)


def test_a_closed_account_is_out_at_once(inside: Any) -> None:
    who = person("operator")
    token, _ = full(who)
    keeping.close(who.id, actor="operator:test")
    assert sessions.of_token(token) is None
    assert queries.roles(who.id) == []
    with pytest.raises(LoginRefused):
        signing_in.sign_in(who.login, PASSWORD, PHONE)


def test_a_link_works_once(inside: Any, later: Callable[..., None], db: psycopg.Connection) -> None:
    invited = inviting.invite(Newcomer("li.new", "示例人员", "operations"), actor="operator:test")
    with pytest.raises(PasswordWeak):
        inviting.accept(invited.token, "li.new-2026-xyz")
    with pytest.raises(LoginRefused):
        signing_in.sign_in("li.new", PASSWORD, PHONE)
    inviting.accept(invited.token, PASSWORD)
    for _ in range(2):
        with pytest.raises(InvitationInvalid):
            inviting.accept(invited.token, PASSWORD)
    assert invited.token not in repr(db.execute("SELECT * FROM staff_invitations").fetchall())
    again = inviting.invite_again(invited.account.id, actor="operator:test")
    newer = inviting.invite_again(invited.account.id, actor="operator:test")
    with pytest.raises(InvitationInvalid):
        inviting.opened(again.token)
    later(hours=73)
    for dead in (newer.token, "x" * 43, "", "../../etc"):
        with pytest.raises(InvitationInvalid):
            inviting.opened(dead)


def test_a_link_followed_by_many_at_once_lets_one_in(app: Any) -> None:
    with app.app_context():
        invited = inviting.invite(Newcomer("li.race", "示例人员", "operations"), actor="operator:test")

    def accept(number: int) -> bool:
        with app.app_context():
            try:
                return bool(inviting.accept(invited.token, f"Tangerine-Kayak-{number}"))
            except InvitationInvalid:
                return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(accept, range(4))) == 1


@pytest.mark.parametrize(("login", "name", "phone"), [
    ("Li", "示例", None), ("a" * 41, "示例", None), ("li new", "示例", None), ("lí.new", "示例", None),
    ("li.new", " ", None), ("li.new", "示" * 41, None), ("li.new", "示例", "1990000"),
    ("li.new", "示例", "１９９００００００００")])
def test_who_is_invited_has_a_proper_login(inside: Any, login: str, name: str, phone: str | None) -> None:
    with pytest.raises(AccountRefused):
        inviting.invite(Newcomer(login, name, "operations", phone=phone), actor="operator:test")


def test_a_login_is_one_accounts_and_a_phone_is_sealed(inside: Any, db: psycopg.Connection) -> None:
    invited = inviting.invite(Newcomer("li.new", "示例人员", "operations", phone="19900000002"), actor="operator:test")
    with pytest.raises(LoginTaken):
        inviting.invite(Newcomer("li.new", "示例人员", "operations"), actor="operator:test")
    assert inviting.phone_of(invited.account) == "19900000002"
    kept = db.execute("SELECT phone_sealed FROM staff_accounts").fetchone()
    assert kept is not None
    assert b"19900000002" not in kept[0]


def test_long_work_is_seen_by_its_owner_only_and_ends_once(inside: Any) -> None:
    work = progress.begin("import", "staff:1", "导入", total=10)
    progress.move(work, 5)
    seen = progress.own("staff:1", work)
    assert seen is not None
    assert (seen.state, seen.percent, seen.over) == ("running", 50, False)
    assert progress.own("staff:2", work) is None
    progress.finish(work, rows=10)
    progress.move(work, 1)
    seen = progress.own("staff:1", work)
    assert seen is not None
    assert (seen.state, seen.told) == ("done", {"rows": 10})
