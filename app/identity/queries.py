"""Finding citizens; those who were deleted are as good as absent."""

import uuid

from sqlalchemy import Select, select

from app.identity.models import Citizen, LoginFamily
from app.kernel.db import need_transaction, session


def get(citizen_id: uuid.UUID) -> Citizen | None:
    """The citizen as the database has it."""
    return session().scalar(_live().where(Citizen.id == citizen_id))


def lock(citizen_id: uuid.UUID) -> Citizen | None:
    """The citizen, fresh, and nobody else's to change until this transaction ends (first in the lock order)."""
    need_transaction()
    return session().scalar(_live().where(Citizen.id == citizen_id).with_for_update(key_share=True))


def by_identity_index(index: bytes) -> Citizen | None:
    """The one citizen of this identity (`sealing.identity_index`)."""
    return session().scalar(_live().where(Citizen.identity_index == index))


def by_openid_index(index: bytes) -> Citizen | None:
    """The citizen of this WeChat account, kept from erasure while this transaction lasts."""
    need_transaction()
    return session().scalar(_live().where(Citizen.openid_index == index).with_for_update(read=True))


def of_session(citizen_id: uuid.UUID, family_id: uuid.UUID) -> Citizen | None:
    """The citizen where neither they nor this log-in have ended: one question for both."""
    return session().scalar(_live().join(LoginFamily, LoginFamily.citizen_id == Citizen.id).where(
        Citizen.id == citizen_id, LoginFamily.id == family_id, LoginFamily.ended_at.is_(None)))


def _live() -> Select[Citizen]:
    return select(Citizen).where(Citizen.deleted_at.is_(None)).execution_options(populate_existing=True)
