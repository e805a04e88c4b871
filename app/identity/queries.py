"""Finding citizens; those who were deleted are as good as absent."""

import uuid

from sqlalchemy import bindparam, select

from app.identity.models import Citizen, LoginFamily
from app.kernel.db import need_transaction, session

# made once, since making a statement costs more than sending it
LIVE = select(Citizen).where(Citizen.deleted_at.is_(None)).execution_options(populate_existing=True)
BY_ID = LIVE.where(Citizen.id == bindparam("citizen_id"))
LOCKED = BY_ID.with_for_update(key_share=True)
CITIZENS = Citizen.metadata.tables[Citizen.__tablename__]
HELD = (select(CITIZENS.c.id).where(CITIZENS.c.id == bindparam("citizen_id"), CITIZENS.c.deleted_at.is_(None))
        .with_for_update(key_share=True))
OF_SESSION = BY_ID.join(LoginFamily, LoginFamily.citizen_id == Citizen.id).where(
    LoginFamily.id == bindparam("family_id"), LoginFamily.ended_at.is_(None))


def get(citizen_id: uuid.UUID) -> Citizen | None:
    """The citizen as the database has it."""
    return session().scalar(BY_ID, {"citizen_id": citizen_id})


def lock(citizen_id: uuid.UUID) -> Citizen | None:
    """The citizen, fresh, and nobody else's to change until this transaction ends (first in the lock order)."""
    need_transaction()
    return session().scalar(LOCKED, {"citizen_id": citizen_id})


def hold(citizen_id: uuid.UUID) -> None:
    """As `lock`, for those who need nothing of the citizen but that nobody changes them meanwhile."""
    need_transaction()
    session().execute(HELD, {"citizen_id": citizen_id})


def by_identity_index(index: bytes) -> Citizen | None:
    """The one citizen of this identity (`sealing.identity_index`)."""
    return session().scalar(LIVE.where(Citizen.identity_index == index))


def by_openid_index(index: bytes) -> Citizen | None:
    """The citizen of this WeChat account, kept from erasure while this transaction lasts."""
    need_transaction()
    return session().scalar(LIVE.where(Citizen.openid_index == index).with_for_update(read=True))


def of_session(citizen_id: uuid.UUID, family_id: uuid.UUID) -> Citizen | None:
    """The citizen where neither they nor this log-in have ended: one question for both."""
    return session().scalar(OF_SESSION, {"citizen_id": citizen_id, "family_id": family_id})
