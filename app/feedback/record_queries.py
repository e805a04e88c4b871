"""One record's story for staff: what was reported, how it stands at the platform, and what put what right."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.benefits import usage_queries
from app.feedback.errors import RecordNotFound
from app.feedback.models import Correction, Feedback
from app.kernel.db import session


@dataclass(frozen=True)
class Link:
    """One record of a use. `state`: owed (in no batch yet), sent, accepted, rejected, parked. Whose use it was isn't
    in it. `actor`, `note`, `made_at`: of the correction that made it, if one did.
    """

    record_no: str
    corrects: str | None
    state: str
    reason: str | None
    batch_no: str | None
    receipt_no: str | None
    settled_at: datetime | None
    occurred_at: datetime
    outcome: str
    scenario: str
    benefit: str
    provider_uscc: str
    region: str
    waived_fen: int
    paid_fen: int
    initiative_no: str | None
    actor: str | None
    note: str | None
    made_at: datetime | None


def chain(record_no: str) -> list[Link]:
    """The record with all that it corrects and all that correct it, first made first. Raises RecordNotFound."""
    usage = usage_queries.by_no(record_no)
    if usage is None:
        raise RecordNotFound
    found = usage_queries.chain(usage)
    numbers = [each.usage_no for each in found]
    sent = {row.record_no: row for row in session().scalars(
        select(Feedback).where(Feedback.record_no.in_(numbers)).execution_options(populate_existing=True))}
    made = {row.record_no: row for row in session().scalars(
        select(Correction).where(Correction.record_no.in_(numbers)))}
    return [_link(each, sent.get(each.usage_no), made.get(each.usage_no)) for each in found]


def _link(usage: usage_queries.Usage, sent: Feedback | None, made: Correction | None) -> Link:
    way = (sent.state, sent.reason, sent.batch_no, sent.receipt_no, sent.settled_at) if sent \
        else ("owed", None, None, None, None)
    by = (made.actor, made.note, made.made_at) if made else (None, None, None)
    return Link(usage.usage_no, usage.corrects, *way, usage.occurred_at, usage.outcome, usage.scenario, usage.benefit,
                usage.provider_uscc, usage.region, usage.waived_fen, usage.paid_fen, usage.initiative_no, *by)
