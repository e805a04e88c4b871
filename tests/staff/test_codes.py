"""The second factor. Breaks tried: no `totp_step` in the UPDATE's WHERE
(a code works twice), a window of five steps, recovery codes that stay.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pyotp
import pytest

from app.kernel import clock
from app.kernel.db import transaction
from app.staff import codes, queries, sessions, signing_in
from app.staff.errors import CodeRefused, LockedOut
from app.staff.sessions import Browser
from tests.staff.people import PASSWORD, Person, made, person

HERE = Browser("198.51.100.7", "")


def half_in(who: Person) -> tuple[Any, Any]:
    """The account id and the session id of a log-in that has yet to prove its code."""
    step = signing_in.sign_in(who.login, PASSWORD, HERE)
    found = sessions.of_token(step.token)
    assert found is not None
    return found[1].id, found[0].id


def code_at(who: Person, steps: int = 0) -> str:
    assert who.secret
    return pyotp.TOTP(who.secret).at(int(clock.now().timestamp()) + 30 * steps)


def test_a_code_works_once(inside: Any) -> None:
    who = person("operator")
    code = code_at(who)
    assert signing_in.prove(*half_in(who), code).stage == "full"
    with pytest.raises(CodeRefused):
        signing_in.prove(*half_in(who), code)


def test_an_older_code_doesnt_work_after_a_newer_one(inside: Any) -> None:
    who = person("operator")
    before, now = code_at(who, -1), code_at(who)
    assert signing_in.prove(*half_in(who), now)
    with pytest.raises(CodeRefused):
        signing_in.prove(*half_in(who), before)


def test_one_code_by_many_at_once_lets_one_in(app: Any) -> None:
    who = made(app, "operator")
    with app.app_context():
        code = code_at(who)
        halves = [half_in(who) for _ in range(4)]

    def prove(half: Any) -> bool:
        with app.app_context():
            try:
                return bool(signing_in.prove(*half, code))
            except (CodeRefused, LockedOut):
                return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(prove, halves)) == 1


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_another_time_is_refused(inside: Any, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # the next but one isn't the next a moment later
    who = person("operator")
    with pytest.raises(CodeRefused):
        signing_in.prove(*half_in(who), code_at(who, steps))


def test_guessing_codes_closes_the_account(inside: Any, later: Callable[..., None]) -> None:
    who = person("operator")
    half = half_in(who)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            signing_in.prove(*half, "000000" if code_at(who) != "000000" else "111111")
    with pytest.raises(LockedOut):
        signing_in.prove(*half, code_at(who))
    later(seconds=31)
    assert signing_in.prove(*half, code_at(who))


def test_managers_and_staff_must_set_one_up_and_clerks_may(inside: Any) -> None:
    who = person("operator", totp=False)
    step = signing_in.sign_in(who.login, PASSWORD, HERE)
    assert step.stage == "enrol"
    account = queries.get(who.id)
    found = sessions.of_token(step.token)
    assert account is not None
    assert found is not None
    secret = codes.offer(account)
    assert codes.offer(account) == secret, "a reload shows the same one"
    done = signing_in.enrol(who.id, found[0].id, pyotp.TOTP(secret).at(clock.now()))
    assert done.stage == "full"
    assert done.token != step.token
    assert sessions.of_token(step.token) is None, "the half-way token is dead"
    assert len(set(done.recovery)) == 10
    assert signing_in.needs_code(account, []) is True
    account.realm = "merchant"
    assert signing_in.needs_code(account, ["manager"]) is True
    assert signing_in.needs_code(account, ["clerk"]) is False
    inside.extensions["sqlalchemy"].session.rollback()


def test_a_recovery_code_works_once(inside: Any) -> None:
    who = person("operator")
    account = queries.get(who.id)
    assert account is not None
    secret = codes.offer(account)
    with transaction():
        recovery = codes.adopt(account, pyotp.TOTP(secret).at(clock.now()))
    assert recovery
    assert signing_in.prove(*half_in(who), recovery[0].upper().replace("-", " ")).stage == "full"
    with pytest.raises(CodeRefused):
        signing_in.prove(*half_in(who), recovery[0])
    other = person("operator")
    with pytest.raises(CodeRefused):
        signing_in.prove(*half_in(other), recovery[1])


def test_no_secret_is_kept_as_it_is(inside: Any, db: psycopg.Connection) -> None:
    who = person("operator")
    account = queries.get(who.id)
    assert account is not None
    offered = codes.offer(account)
    kept = repr(db.execute("SELECT * FROM staff_accounts").fetchall())
    assert who.secret
    for secret in (who.secret, offered, PASSWORD):
        assert secret not in kept
        assert secret.encode().hex() not in kept
