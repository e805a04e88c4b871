"""What the platform initiates (联合激励发起): taken as pushed, read on by polling, kept as its newest word."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.feedback.initiative_errors import InitiativeNotFound
from app.feedback.initiative_models import Initiative, InitiativePoll
from app.gateways.access import platform
from app.gateways.platform import initiatives as wire
from app.gateways.platform.failures import Passing, PlatformFailure
from app.gateways.platform.fields import Unreadable
from app.gateways.platform.initiatives import InitiativesPage
from app.kernel import clock, crash
from app.kernel.clock import rfc3339
from app.kernel.db import need_transaction, session, transaction

log = structlog.get_logger()
TAKEN = Counter("xinyi_initiatives_total", "Initiatives heard of", ["outcome"])
NAMES = ("title", "document_no", "red_list", "grades", "measures", "regions", "issued_at", "respond_by", "ends_at")
EVERY_S, JITTER_S = 240, 120  # polls lie four to six minutes apart
MOST_PAGES = 1000


def take(data: dict[str, Any]) -> None:
    """An initiative as the platform pushed it (platform.md 4.8, 5), in the caller's transaction; again: nothing.

    Raises gateways.platform.fields.Unreadable where it isn't one: an unknown field or null too.
    """
    strange = [name for name, value in data.items() if value is None or name not in {"initiative_no", *NAMES}]
    if strange:
        raise Unreadable(strange[0])
    keep(wire.read(data))


def keep(told: wire.Initiative) -> None:
    """Keep the newest word: a later `issued_at` replaces, an earlier one is past. Other content under the same one is
    never guessed about: the first stays, the other is put beside it for staff (decision 0130).
    """
    need_transaction()
    values = {name: getattr(told, name) for name in NAMES}
    made = session().scalar(insert(Initiative).values(initiative_no=told.initiative_no, taken_at=clock.now(), **values)
                            .on_conflict_do_nothing().returning(Initiative.initiative_no))
    if made is not None:
        return _heard("new", told)
    kept = session().execute(select(Initiative).where(Initiative.initiative_no == told.initiative_no)
                             .with_for_update().execution_options(populate_existing=True)).scalar_one()
    if all(getattr(kept, name) == value for name, value in values.items()) or told.issued_at < kept.issued_at:
        return None
    if told.issued_at == kept.issued_at:
        kept.differing = {name: rfc3339(value) if isinstance(value, datetime) else value
                          for name, value in values.items()}
        return _heard("differs", told)
    for name, value in values.items():
        setattr(kept, name, value)
    kept.differing, kept.taken_at = None, clock.now()
    return _heard("newer", told)


def get(initiative_no: str) -> Initiative:
    """As it stands now. Raises InitiativeNotFound."""
    found = session().scalar(select(Initiative).where(Initiative.initiative_no == initiative_no)
                             .execution_options(populate_existing=True))
    if found is None:
        raise InitiativeNotFound
    return found


def held(initiative_no: str) -> Initiative:
    """The same, kept from changing until the caller's commit."""
    need_transaction()
    found = session().scalar(select(Initiative).where(Initiative.initiative_no == initiative_no)
                             .with_for_update(read=True).execution_options(populate_existing=True))
    if found is None:
        raise InitiativeNotFound
    return found


# -- polling -------------------------------------------------------------------------------------------------


def poll(*, at_once: bool = False) -> int:
    """Read on from where we were, where it is time (or `at_once`); returns how many initiatives were listed.

    Passing failures put it off, at least as long as the platform asked for; pages that were read stay read.
    """
    begun = _begin(at_once)
    if begun is None:
        return 0
    try:
        return _read_on(begun.cursor)
    except PlatformFailure as failure:
        wait = failure.retry_after_s if isinstance(failure, Passing) else None
        log.warning("initiatives_poll_failed", code=failure.code)
        with transaction() as s:
            later = {"next_at": clock.now() + timedelta(seconds=wait)} if wait and wait > EVERY_S else {}
            s.execute(update(InitiativePoll).values(last_error=failure.code, **later))
        return 0


def _begin(at_once: bool) -> InitiativePoll | None:
    """The row, with the next poll put off already: of two workers one polls, and a dead one holds up nobody."""
    with transaction() as s:
        s.execute(insert(InitiativePoll).values(id=1, next_at=clock.now()).on_conflict_do_nothing())
        row = s.scalar(select(InitiativePoll).with_for_update(skip_locked=True)
                       .execution_options(populate_existing=True))
        if row is None or (not at_once and row.next_at > clock.now()):
            return None
        row.next_at = clock.now() + timedelta(seconds=EVERY_S + secrets.randbelow(JITTER_S + 1))
        return row


def _read_on(start: str | None) -> int:
    since, listed = start, 0
    for _ in range(MOST_PAGES):
        page = platform().initiatives(since)
        _keep_page(page, start)
        listed += len(page.initiatives)
        crash.point("initiatives.polled")
        if page.next_cursor is None:
            return listed
        since = page.next_cursor
    raise Passing("BAD_ANSWER", why="pages without an end")


def _keep_page(page: InitiativesPage, start: str | None) -> None:
    """All of a page in one transaction. The cursor is the next `since` only once nothing more waits; a poll that
    began elsewhere, and has ended meanwhile, is not set back.
    """
    with transaction() as s:
        for told in page.initiatives:
            keep(told)
        if page.next_cursor is None:
            s.execute(update(InitiativePoll).where(InitiativePoll.cursor.is_not_distinct_from(start))
                      .values(cursor=page.cursor, polled_at=clock.now(), last_error=None))


def _heard(outcome: str, told: wire.Initiative) -> None:
    TAKEN.labels(outcome).inc()
    note = log.warning if outcome == "differs" else log.info
    note("initiative", outcome=outcome, initiative_no=told.initiative_no)
