"""Making a batch: usages owed become one body of bytes, written down whole before anything is sent."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app.benefits import usage_queries
from app.consent import queries as consents
from app.feedback.models import Batch, Feedback
from app.kernel import clock, crash, jsons
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.outbox import owing

TOPIC = "usage"
LARGEST = 1_048_576  # bytes of a batch's body, platform.md 4.5
FRAME = 64  # bytes of the body around its records
ON_ITS_WAY = insert(Feedback.metadata.tables[Feedback.__tablename__])


def make(limit: int) -> str | None:
    """Put up to `limit` due usages into a new batch, in one transaction; its number, or None where none is due.

    From then on the batch owes them: the outbox messages are done. A usage whose authorisation the platform
    doesn't know yet waits for a later batch.
    """
    with transaction() as s:
        messages = owing.due(TOPIC, limit)
        usages = usage_queries.by_ids([uuid.UUID(message.payload["usage_id"]) for message in messages])
        known = consents.authorization_ids({usage.consent_id for usage in usages.values()})
        records, taken, size = [], [], FRAME
        for message in messages:
            usage = usages[uuid.UUID(message.payload["usage_id"])]
            authorization_id = known.get(usage.consent_id)
            if authorization_id is None:
                owing.put_off(message, "AUTHORIZATION_NOT_REGISTERED")
                continue
            told = record(usage, authorization_id)
            size += len(jsons.dumps(told)) + 1
            if size > LARGEST:
                break
            records.append(told)
            taken.append((message, usage))
        if not taken:
            return None
        batch_no = _number(clock.now())
        s.add(Batch(batch_no=batch_no, records=len(records),
                    body=jsons.dumps({"batch_no": batch_no, "records": records})))
        s.flush()
        owing.hand_over([message for message, _ in taken])
        s.execute(ON_ITS_WAY, [{"record_no": usage.usage_no, "usage_id": usage.id, "batch_no": batch_no}
                               for _, usage in taken])
        crash.point("feedback.making")
    return batch_no


def record(usage: Any, authorization_id: str) -> dict[str, Any]:
    """One record of platform.md 4.5; what is absent isn't named."""
    told = {"record_no": usage.usage_no, "authorization_id": authorization_id, "scenario": usage.scenario,
            "benefit": usage.benefit, "provider_uscc": usage.provider_uscc, "region": usage.region,
            "occurred_at": clock.rfc3339(usage.occurred_at), "outcome": usage.outcome,
            "waived_fen": usage.waived_fen, "paid_fen": usage.paid_fen}
    return {**told, "corrects": usage.corrects} if usage.corrects else told


def _number(moment: datetime) -> str:
    return f"B{clock.shanghai_day(moment):%Y%m%d}-{new_id().hex}"


def states(record_nos: list[str]) -> dict[str, Feedback]:
    """The feedback of each of these usages that has come into a batch."""
    rows = session().scalars(select(Feedback).where(Feedback.record_no.in_(record_nos)))
    return {row.record_no: row for row in rows}
