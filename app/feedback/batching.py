"""Making a batch: usages owed become one body of bytes, written down whole before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, bindparam, func, select, text

from app.benefits.usage_queries import REPORTED
from app.consent.queries import AUTHORIZED
from app.feedback.models import Batch, Correction, Feedback
from app.kernel import clock, crash, jsons
from app.kernel.db import append, session, transaction
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.outbox import owing

log = structlog.get_logger()
ROWS = Counter("xinyi_feedback_records_total", "Records settled, or kept back from being sent", ["status"])
TOPIC = "usage"
LARGEST = 1_048_576  # bytes of a batch's body, platform.md 4.5
FRAME = 128  # bytes of the body around its records
OLDEST = timedelta(days=30)  # what occurred earlier is TOO_OLD there
AHEAD = 3  # so many batches are sealed at most before the first of them is settled
MAKER = 0x66656564  # "feed": who makes a batch holds this lock till commit, so that batches are in order
DUE = owing.due(TOPIC)
CORRECTED = Feedback.metadata.tables[Feedback.__tablename__].alias("corrected")
TAKEN = (
    select(DUE.c.id, REPORTED, AUTHORIZED.c.authorization_id, CORRECTED.c.state.label("corrected_state"),
           CORRECTED.c.batch_no.label("corrected_batch"), Correction.actor.label("corrected_by"))
    .join(REPORTED, REPORTED.c.usage_no == DUE.c.key)
    .outerjoin(AUTHORIZED, AUTHORIZED.c.consent_id == REPORTED.c.consent_id)
    .outerjoin(CORRECTED, CORRECTED.c.record_no == REPORTED.c.corrects)
    .outerjoin(Correction, Correction.record_no == REPORTED.c.usage_no)
    .order_by(DUE.c.next_at, DUE.c.id))
# rows go to the database as one JSON text, which costs far less than arrays that are written item by item
TOLD = "FROM json_to_recordset(CAST(:told AS json)) told(record_no text, usage_id uuid)"
ON_ITS_WAY = text("INSERT INTO feedbacks (record_no, usage_id, batch_no, state) "
                  f"SELECT record_no, usage_id, :batch_no, 'sent' {TOLD}")
KEPT_BACK = text("INSERT INTO feedbacks (record_no, usage_id, state, reason, settled_at) "
                 f"SELECT record_no, usage_id, 'parked', :reason, :moment {TOLD}")
OPEN = select(func.count()).select_from(Batch).where(Batch.state.in_(("ready", "sending")))
LOCK = select(func.pg_try_advisory_xact_lock(bindparam("key", MAKER)))
Told = Row[Any]

HEARD = ("accepted", "rejected")  # what the platform knows of, and a correction may name
TOO_OLD, CORRECTED_NEVER_SENT, FUTURE = "TOO_OLD", "CORRECTED_NEVER_SENT", "OCCURRED_IN_FUTURE"
NEVER = (TOO_OLD, CORRECTED_NEVER_SENT)


@dataclass
class _Draft:
    """A batch in the making: rows that go into it with their bytes, and those that don't, by why."""

    moment: datetime
    rows: list[Told] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    size: int = FRAME
    full: bool = False

    def add(self, row: Told) -> bool:
        """Take it in, where its bytes still fit."""
        told = jsons.dumps(record(row))
        self.size += len(told) + 1
        self.full = self.size > LARGEST
        if not self.full:
            self.rows.append(row)
            self.records.append(told)
        return not self.full


def fill() -> bool:
    """Make batches ahead of the sender, until `AHEAD` are open or nothing is due; whether there may be more.

    What the sender can't send yet stays where it is: a usage is looked at as late as can be.
    """
    more = False
    while opened() < AHEAD:
        if not make(settings().FEEDBACK_BATCH):
            return more
        more = True
    return True


def opened() -> int:
    """How many batches are made and not yet settled, parked or given back."""
    return session().scalar(OPEN) or 0


def make(limit: int) -> str | None:
    """Put up to `limit` due usages into a new batch, in one transaction; its number, or None where none is due.

    From then on the batch owes them: the outbox messages are done. Usages that can't go yet are put off, and those
    that the platform could only refuse are parked; neither keeps others from going.
    """
    with transaction() as s:
        if not s.scalar(LOCK):
            return None  # another worker is at it
        draft = _Draft(clock.now())
        while len(draft.rows) < limit and not draft.full:
            due = s.execute(TAKEN, {"due_by": draft.moment, "most": limit - len(draft.rows)}).all()
            if not due:
                break
            _sort(due, draft)
        if not draft.rows:
            return None
        batch_no = write(draft.records, min(row.occurred_at for row in draft.rows))
        s.execute(ON_ITS_WAY, {"batch_no": batch_no, "told": _told(draft.rows)})
        crash.point("feedback.making")
    return batch_no


def write(records: Sequence[bytes], oldest_at: datetime, repairs_on: date | None = None) -> str:
    """Seal these records' bytes into a batch; its number. `oldest_at`: when the oldest of the uses occurred.

    In the caller's transaction.
    """
    moment = clock.now()
    batch_no = f"B{clock.shanghai_day(moment):%Y%m%d}-{new_id().hex}"
    body = b'{"batch_no":"%s","records":[%s]}' % (batch_no.encode(), b",".join(records))
    append(Batch, batch_no=batch_no, records=len(records), body=body, repairs_on=repairs_on, oldest_at=oldest_at)
    return batch_no


def record(row: Told) -> dict[str, Any]:
    """One record of platform.md 4.5; what is absent isn't named.

    `corrects` names what the platform has heard of: accepted or rejected there, not what never left us.
    """
    told = {"record_no": row.usage_no, "authorization_id": row.authorization_id, "scenario": row.scenario,
            "benefit": row.benefit, "provider_uscc": row.provider_uscc, "region": row.region,
            "occurred_at": clock.rfc3339(row.occurred_at), "outcome": row.outcome,
            "waived_fen": row.waived_fen, "paid_fen": row.paid_fen}
    if row.initiative_no:
        told["initiative_no"] = row.initiative_no
    if row.corrects and row.corrected_state in HEARD:
        told["corrects"] = row.corrects
    return told


def _sort(due: Sequence[Told], draft: _Draft) -> None:
    """Each row to where it belongs: into the batch, to staff, or to a later batch."""
    taken: list[Told] = []
    apart: dict[str, list[Told]] = {}
    for row in due:
        why = hindrance(row, draft.moment)
        if why:
            apart.setdefault(why, []).append(row)
        elif draft.add(row):
            taken.append(row)
        else:
            break
    for why in NEVER:
        _keep_back(apart.pop(why, []), why, draft.moment)
    future = apart.pop(FUTURE, [])
    owing.wait([row.id for row in future], [row.occurred_at for row in future], FUTURE)
    for why, rows in apart.items():
        owing.put_off([row.id for row in rows], why)
    owing.hand_over([row.id for row in taken])


def hindrance(row: Told, moment: datetime) -> str | None:
    """Why this usage can't be told at this moment: for ever where `NEVER` has it, else not yet; None where it can."""
    if row.occurred_at < moment - OLDEST:
        return TOO_OLD
    if row.occurred_at > moment:
        return FUTURE
    if row.authorization_id is None:
        return "AUTHORIZATION_NOT_REGISTERED"
    if row.corrects is None or row.corrected_state in HEARD:
        return None
    if row.corrected_state != "parked" or row.corrected_batch is not None:
        return "CORRECTED_NOT_SETTLED"
    return None if row.corrected_by else CORRECTED_NEVER_SENT


def _keep_back(rows: Sequence[Told], why: str, moment: datetime) -> None:
    """What the platform could only refuse isn't sent: staff see it, with the reason."""
    if not rows:
        return
    owing.hand_over([row.id for row in rows])
    session().execute(KEPT_BACK, {"told": _told(rows), "reason": why, "moment": moment})
    ROWS.labels("kept_back").inc(len(rows))
    log.warning("feedback_kept_back", count=len(rows), reason=why)


def _told(rows: Sequence[Told]) -> str:
    return jsons.dumps([{"record_no": row.usage_no, "usage_id": row.usage_id} for row in rows]).decode()


def states(record_nos: list[str]) -> dict[str, Feedback]:
    """The feedback of each of these usages that has come into a batch, or was kept back from one."""
    rows = session().scalars(select(Feedback).where(Feedback.record_no.in_(record_nos)))
    return {row.record_no: row for row in rows}
