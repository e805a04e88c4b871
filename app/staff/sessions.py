"""Where an account is logged in. A token is 256 random bits; a new one at every step up."""

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.staff import tries
from app.staff.models import Account, LoggedIn

HALF_WAY = timedelta(minutes=20)  # for a second factor to be set up and proven
SEEN_EVERY = timedelta(seconds=30)
KEPT = timedelta(days=30)
AGENTS = ((r"MicroMessenger", "微信"), (r"Edg", "Edge"), (r"Firefox", "Firefox"), (r"Chrom", "Chrome"),
          (r"Safari", "Safari"))
SYSTEMS = ((r"Android", "Android"), (r"iPhone|iPad", "iOS"), (r"Windows", "Windows"), (r"Mac OS", "macOS"),
           (r"Linux", "Linux"))


@dataclass(frozen=True)
class Browser:
    """Where a log-in comes from: the address and User-Agent as they came."""

    address: str | None
    agent: str


def begin(account: Account, stage: str, browser: Browser) -> str:
    """In the caller's transaction; the token, which nobody else ever sees."""
    token, moment = secrets.token_urlsafe(32), clock.now()
    life = timedelta(hours=settings().STAFF_SESSION_HOURS) if stage == "full" else HALF_WAY
    session().add(LoggedIn(digest=digest(token), account_id=account.id, stage=stage, expires_at=moment + life,
                           network=_network(browser.address), agent=_agent(browser.agent)))
    session().flush()
    return token


def advance(session_id: uuid.UUID, stage: str) -> str:
    """In the caller's transaction: a new token for this session, which has proven itself anew; the old one is dead."""
    token, moment = secrets.token_urlsafe(32), clock.now()
    row = session().get_one(LoggedIn, session_id, with_for_update=True, populate_existing=True)
    if row.stage != stage:
        row.expires_at = moment + timedelta(hours=settings().STAFF_SESSION_HOURS)
    row.stage, row.digest, row.proven_at, row.seen_at = stage, digest(token), moment, moment
    return token


def of_token(token: str) -> tuple[LoggedIn, Account] | None:
    """The live session of this token and its account."""
    moment = clock.now()
    found = session().execute(_live().where(LoggedIn.digest == digest(token))).first()
    if found is None:
        return None
    if found[0].seen_at < moment - SEEN_EVERY:
        with transaction() as s:
            s.execute(update(LoggedIn).where(LoggedIn.id == found[0].id).values(seen_at=moment))
    return found[0], found[1]


def live(account_id: uuid.UUID) -> list[LoggedIn]:
    """All places where this account is logged in, newest first."""
    rows = session().execute(_live().where(LoggedIn.account_id == account_id, LoggedIn.stage == "full")
                             .order_by(LoggedIn.began_at.desc()))
    return [row[0] for row in rows]


def end(account_id: uuid.UUID, session_id: uuid.UUID, reason: str) -> bool:
    """End one session of this account; whether there was one."""
    return bool(_end(LoggedIn.account_id == account_id, LoggedIn.id == session_id, reason=reason))


def end_all(account_id: uuid.UUID, reason: str, but: uuid.UUID | None = None) -> int:
    """End every session of this account, but perhaps one; how many."""
    return _end(LoggedIn.account_id == account_id, *([] if but is None else [LoggedIn.id != but]), reason=reason)


def notice(session_id: uuid.UUID, told: dict[str, Any]) -> None:
    """Keep a word for the next page of this session."""
    with transaction() as s:
        row = s.get_one(LoggedIn, session_id, with_for_update=True, populate_existing=True)
        row.notices = [*row.notices[-4:], told]


def notices(session_id: uuid.UUID) -> list[dict[str, Any]]:
    """What was kept, told once."""
    with transaction() as s:
        row = s.get_one(LoggedIn, session_id, with_for_update=True, populate_existing=True)
        told, row.notices = row.notices, []
    return told


def digest(token: str) -> bytes:
    """A plain digest: 256 random bits can't be guessed from it."""
    return hashlib.sha256(token.encode()).digest()


def prune() -> int:
    """Forget sessions that ended long ago, and old tries; returns how many. A job."""
    past = clock.now() - KEPT
    with transaction() as s:
        gone = s.execute(delete(LoggedIn).where(or_(LoggedIn.ended_at < past, LoggedIn.expires_at < past))
                         .returning(LoggedIn.id)).all()
    return len(gone) + tries.prune()


def _live() -> Select[LoggedIn, Account]:
    moment = clock.now()
    idle = moment - timedelta(minutes=settings().STAFF_IDLE_MINUTES)
    return (select(LoggedIn, Account).join(Account, Account.id == LoggedIn.account_id)
            .where(LoggedIn.ended_at.is_(None), LoggedIn.expires_at > moment, LoggedIn.seen_at > idle,
                   Account.state == "active").execution_options(populate_existing=True))


def _end(*which: Any, reason: str) -> int:
    with transaction() as s:
        return len(s.execute(update(LoggedIn).where(*which, LoggedIn.ended_at.is_(None))
                             .values(ended_at=clock.now(), end_reason=reason).returning(LoggedIn.id)).all())


def _network(address: str | None) -> str:
    """`198.51.100.x`, or the first half of an IPv6 address: enough to know one's own by."""
    told = tries.network(address)
    return re.sub(r"[0-9]+\Z", "x", told) if re.fullmatch(r"[0-9.]+", told) else told


def _agent(given: str) -> str:
    browser = next((name for pattern, name in AGENTS if re.search(pattern, given)), "浏览器")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, given)), "其他系统")
    return f"{browser} · {system}"
