"""What passwords are taken, and that guessing them is slow whatever the guesser does.

Breaks tried: counting after the look instead of before it (many at once come through), `forgive` clearing a network.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from app.staff import keeping, passwords, signing_in, tries
from app.staff.errors import LockedOut, LoginRefused, PasswordWeak
from app.staff.sessions import Browser
from tests.staff.people import PASSWORD, made, person

HERE = Browser("198.51.100.7", "Mozilla/5.0 (Windows NT 10.0) Chrome/150")


@pytest.mark.parametrize("weak", ["", "short-1A", "123456789012", "aaaaaaaaaaaaaaaa", "x" * 129, "operator.li-2026!",
                                  "qwertyuiopasdf", "abcdefghijklmnop"])
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(PasswordWeak):
        passwords.hashed(weak, "operator.li")


def test_what_is_kept_is_argon2id_as_owasp_asks() -> None:
    kept = passwords.hashed(PASSWORD, "li")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.right(PASSWORD, kept)
    assert not passwords.right(PASSWORD + "x", kept)
    assert not passwords.right(PASSWORD, None)


def test_an_account_is_closed_for_a_while_and_each_time_longer(inside: Any, later: Callable[..., None]) -> None:
    who = person("operator")
    for _ in range(5):
        with pytest.raises(LoginRefused):
            signing_in.sign_in(who.login, "a wrong password", HERE)
    with pytest.raises(LockedOut) as closed:
        signing_in.sign_in(who.login, PASSWORD, HERE)  # the right one doesn't help either
    assert 1 <= (closed.value.retry_after or 0) <= 30
    later(seconds=31)
    with pytest.raises(LoginRefused):
        signing_in.sign_in(who.login, "a wrong password", HERE)
    with pytest.raises(LockedOut) as longer:
        signing_in.sign_in(who.login, PASSWORD, HERE)
    assert 31 <= (longer.value.retry_after or 0) <= 60
    later(seconds=61)
    assert signing_in.sign_in(who.login, PASSWORD, HERE).stage == "code"
    with pytest.raises(LoginRefused):  # being right has begun the count anew
        signing_in.sign_in(who.login, "a wrong password", HERE)


def test_unknown_logins_are_closed_like_known_ones(inside: Any) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefused):
            signing_in.sign_in("nobody.here", "a wrong password", HERE)
    with pytest.raises(LockedOut):
        signing_in.sign_in("nobody.here", "a wrong password", HERE)


def test_a_network_is_closed_whatever_logins_it_tries(inside: Any) -> None:
    """Twenty wrong ones; a right one between them takes back its own only."""
    own = person("operator")
    for number in range(19):
        with pytest.raises(LoginRefused):
            signing_in.sign_in(f"guess.{number}", "a wrong password", HERE)
    assert signing_in.sign_in(own.login, PASSWORD, HERE).token
    with pytest.raises(LoginRefused):
        signing_in.sign_in("guess.20", "a wrong password", HERE)
    with pytest.raises(LockedOut):
        signing_in.sign_in("guess.21", "a wrong password", HERE)
    assert signing_in.sign_in(own.login, PASSWORD, Browser("203.0.113.9", "")).token, "others are let in"


def test_many_at_once_are_counted_one_by_one(app: Any) -> None:
    """Fails where the count is written after the look: then all forty are looked at."""
    who = made(app, "operator")
    looked: list[str] = []

    def guess(number: int) -> None:
        with app.app_context():
            try:
                signing_in.sign_in(who.login, f"wrong password {number}", Browser(f"192.0.2.{number}", ""))
            except LoginRefused:
                looked.append("looked")
            except LockedOut:
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(40)))
    assert len(looked) == 5


def test_an_administrator_lets_in_again(inside: Any) -> None:
    who = person("operator")
    for _ in range(5):
        with pytest.raises(LoginRefused):
            signing_in.sign_in(who.login, "a wrong password", HERE)
    keeping.unlock(who.id, actor="operator:test")
    assert signing_in.sign_in(who.login, PASSWORD, HERE).token


def test_ipv6_neighbours_are_one_network() -> None:
    assert tries.network("2001:db8:1:2:3::1") == tries.network("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert tries.network("198.51.100.7") == "198.51.100.7"
    assert tries.network(None) == tries.network("nonsense") == "unknown"


def test_no_login_and_no_address_stands_in_the_table(inside: Any, db: psycopg.Connection) -> None:
    with pytest.raises(LoginRefused):
        signing_in.sign_in("guess.me", "a wrong password", HERE)
    kept = repr(db.execute("SELECT * FROM staff_tries").fetchall())
    assert "guess" not in kept
    assert "198.51" not in kept
