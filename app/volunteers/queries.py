"""Finding volunteers and what they did."""

import uuid

from sqlalchemy import func, select

from app.identity.queries import Citizen
from app.kernel.db import need_transaction, session
from app.staff.scoping import Scope
from app.volunteers.models import ServiceRecord, Volunteer


def by_identity_index(index: bytes) -> Volunteer | None:
    """The one volunteer of this identity (`identity.sealing.identity_index`)."""
    return session().scalar(select(Volunteer).where(Volunteer.identity_index == index)
                            .execution_options(populate_existing=True))


def seen_by_identity(scope: Scope, index: bytes) -> Volunteer | None:
    """The volunteer of this identity where the scope sees it, locked."""
    need_transaction()
    return session().scalar(select(Volunteer).where(scope.sees(Volunteer.organisation_path),
                                                    Volunteer.identity_index == index)
                            .with_for_update(key_share=True).execution_options(populate_existing=True))


def seen(scope: Scope, volunteer_id: uuid.UUID, *, lock: bool = False) -> Volunteer | None:
    """The volunteer where the scope sees it; `lock`: nobody else's to change until this transaction ends."""
    query = select(Volunteer).where(scope.sees(Volunteer.organisation_path), Volunteer.id == volunteer_id)
    return session().scalar((query.with_for_update(key_share=True) if lock else query)
                            .execution_options(populate_existing=True))


def of_citizen(citizen: Citizen) -> Volunteer | None:
    """The citizen's entry, found by the identity that both share; None before the real-name check."""
    return None if citizen.identity_index is None else by_identity_index(citizen.identity_index)


def by_no(volunteer_no: str) -> Volunteer | None:
    return session().scalar(select(Volunteer).where(Volunteer.volunteer_no == volunteer_no))


def lock(volunteer_id: uuid.UUID) -> Volunteer | None:
    """Nobody else's to change until this transaction ends."""
    need_transaction()
    return session().scalar(select(Volunteer).where(Volunteer.id == volunteer_id)
                            .with_for_update(key_share=True).execution_options(populate_existing=True))


def minutes(volunteer_id: uuid.UUID) -> int:
    """All minutes of service, corrections counted; also those that other organisations than the reader's recorded."""
    return int(session().execute(select(func.xinyi_minutes(volunteer_id))).scalar_one())


def records(volunteer_id: uuid.UUID, limit: int | None = None) -> list[ServiceRecord]:
    """The newest first."""
    return list(session().scalars(select(ServiceRecord).where(ServiceRecord.volunteer_id == volunteer_id)
                                  .order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc()).limit(limit)))
