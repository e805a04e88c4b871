"""Logging in: password, then the second factor; each step ends with a token that nobody had before."""

import uuid
from dataclasses import dataclass, field

import structlog

from app.kernel.db import transaction
from app.staff import codes, passwords, queries, sessions, tries
from app.staff.errors import CodeRefused, LoginRefused, PasswordWrong
from app.staff.models import Account
from app.staff.sessions import Browser
from app.staff.telling import tell

log = structlog.get_logger()


@dataclass(frozen=True)
class Step:
    """What a step of the log-in came to. `stage`: code (prove the second factor), enrol (set one up), full."""

    token: str = field(repr=False)
    stage: str
    recovery: tuple[str, ...] = field(default=(), repr=False)


def sign_in(login: str, password: str, browser: Browser) -> Step:
    """The first step. Raises LoginRefused, whether login or password is wrong, and LockedOut."""
    network = tries.network(browser.address)
    tries.count("network", network)
    tries.count("login", login)
    account = queries.by_login(login)
    known = account.password_hash if account is not None and account.state == "active" else None
    if not passwords.right(password, known) or account is None:
        _failed("staff.login_failed", account)
        raise LoginRefused
    tries.forgive("login", login)
    tries.forgive("network", network)
    with transaction():
        if passwords.outdated(account.password_hash or ""):
            account.password_hash = passwords.HASHER.hash(password)
        stage = _next_stage(account)
        token = sessions.begin(account, stage, browser)
        if stage == "full":
            tell("staff.login", account.id, actor=f"staff:{account.id}")
    return Step(token, stage)


def prove(account_id: uuid.UUID, session_id: uuid.UUID, code: str) -> Step:
    """The second factor, at log-in or again for what asks for it. Raises CodeRefused, LockedOut."""
    account = _account(account_id)
    tries.count("code", str(account_id))
    with transaction():
        used = codes.use(account, code)
        if used:
            token = sessions.advance(session_id, "full")
            tell("staff.login", account_id, actor=f"staff:{account_id}")
    if not used:
        _failed("staff.code_failed", account)
        raise CodeRefused
    tries.forgive("code", str(account_id))
    return Step(token, "full")


def prove_by_password(account_id: uuid.UUID, session_id: uuid.UUID, password: str) -> Step:
    """For those without a second factor, again. Raises PasswordWrong, LockedOut."""
    account = _account(account_id)
    check_password(account, password)
    with transaction():
        token = sessions.advance(session_id, "full")
        tell("staff.proven", account_id, actor=f"staff:{account_id}")
    return Step(token, "full")


def enrol(account_id: uuid.UUID, session_id: uuid.UUID, code: str) -> Step:
    """The first code of the offered secret: from now on it is asked for. Raises CodeRefused, LockedOut."""
    account = _account(account_id)
    tries.count("code", str(account_id))
    with transaction():
        recovery = codes.adopt(account, code)
        if recovery is not None:
            token = sessions.advance(session_id, "full")
            sessions.end_all(account_id, "totp_set", but=session_id)
            tell("staff.totp_set", account_id, actor=f"staff:{account_id}")
    if recovery is None:
        _failed("staff.code_failed", account)
        raise CodeRefused
    tries.forgive("code", str(account_id))
    return Step(token, "full", tuple(recovery))


def sign_out(account_id: uuid.UUID, session_id: uuid.UUID) -> None:
    with transaction():
        if sessions.end(account_id, session_id, "logout"):
            tell("staff.logout", account_id, actor=f"staff:{account_id}")


def check_password(account: Account, password: str) -> None:
    """Counted like a log-in. Raises PasswordWrong, LockedOut."""
    tries.count("login", account.login)
    if not passwords.right(password, account.password_hash):
        _failed("staff.login_failed", account)
        raise PasswordWrong
    tries.forgive("login", account.login)


def needs_code(account: Account, roles: list[str]) -> bool:
    """Everybody but a merchant's clerks has to have a second factor."""
    return account.realm != "merchant" or "manager" in roles


def _next_stage(account: Account) -> str:
    if codes.enrolled(account):
        return "code"
    return "enrol" if needs_code(account, queries.roles(account.id)) else "full"


def _account(account_id: uuid.UUID) -> Account:
    account = queries.get(account_id)
    if account is None or account.state != "active":
        raise LoginRefused
    return account


def _failed(what: str, account: Account | None) -> None:
    log.warning("staff_try_failed", kind=what, known=account is not None)
    if account is not None:
        with transaction():
            tell(what, account.id, actor="system")
