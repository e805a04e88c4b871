"""Wrong tries are counted in PostgreSQL, before the try is looked at: many at once don't get in under the limit."""

import ipaddress
from datetime import timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.staff.errors import LockedOut
from app.staff.models import Tries

FIRST_CLOSED, LONGEST_CLOSED = 30, 3600  # seconds; each further failure doubles
FORGOTTEN = {"login": timedelta(hours=24), "code": timedelta(hours=24), "network": timedelta(hours=1)}
TIMES = {"login": 1, "code": 1, "network": 4}  # of STAFF_TRIES


def count(kind: str, name: str) -> None:
    """Take one try: `kind` is login, code or network. Raises LockedOut with the seconds that are left."""
    moment, limit = clock.now(), TIMES[kind] * settings().STAFF_TRIES
    failures = case((Tries.last_at < moment - FORGOTTEN[kind], 1), else_=Tries.failures + 1)
    closed = func.least(LONGEST_CLOSED, FIRST_CLOSED * func.power(2, func.least(failures - limit, 10)))
    until = case((failures < limit, moment), else_=moment + func.make_interval(0, 0, 0, 0, 0, 0, closed))
    row = insert(Tries).values(kind=kind, who=_who(kind, name), failures=1, last_at=moment, closed_until=moment)
    with transaction() as s:
        taken = s.execute(row.on_conflict_do_update(
            index_elements=["kind", "who"], where=Tries.closed_until <= moment,
            set_={"failures": failures, "last_at": moment, "closed_until": until}).returning(Tries.failures)).scalar()
    if taken is None:
        raise LockedOut(retry_after=_left(kind, name))


def forgive(kind: str, name: str) -> None:
    """It was right: the account begins anew; of a network only this one try is taken back."""
    if kind != "network":
        forget(kind, name)
        return
    row = (Tries.kind == kind) & (Tries.who == _who(kind, name))
    with transaction() as s:
        open_again = Tries.failures - 1 < TIMES[kind] * settings().STAFF_TRIES
        s.execute(update(Tries).where(row).values(
            failures=func.greatest(0, Tries.failures - 1),
            closed_until=case((open_again, clock.now()), else_=Tries.closed_until)))


def forget(kind: str, name: str) -> None:
    """All of them."""
    with transaction() as s:
        s.execute(delete(Tries).where(Tries.kind == kind, Tries.who == _who(kind, name)))


def network(address: str | None) -> str:
    """Whom tries from an address are counted for: the address, of IPv6 its /64."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)


def prune() -> int:
    """Drop what would be forgotten anyway; returns how many."""
    with transaction() as s:
        return len(s.execute(delete(Tries).where(Tries.last_at < clock.now() - timedelta(days=2))
                             .returning(Tries.kind)).all())


def _left(kind: str, name: str) -> int:
    until = session().scalar(select(Tries.closed_until).where(Tries.kind == kind, Tries.who == _who(kind, name)))
    return max(1, int((until - clock.now()).total_seconds())) if until else 1


def _who(kind: str, name: str) -> bytes:
    return sealer().index(f"tries.{kind}", name)
