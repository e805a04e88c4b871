"""Reads that others share: a merchant, its live keys, its stores."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from app.kernel.db import by_ids, session
from app.merchants.models import Merchant, MerchantApplication, MerchantKey, Store

# asked by every signed request: made once, since making a statement costs more than sending it
SIGNER = (select(Merchant, MerchantKey).join(MerchantKey, MerchantKey.merchant_id == Merchant.id)
          .where(Merchant.mchid == bindparam("mchid"), Merchant.state == "active",
                 MerchantKey.serial_no == bindparam("serial_no"), MerchantKey.revoked_at.is_(None)))
STORE = select(Store).where(Store.merchant_id == bindparam("merchant_id"), Store.code == bindparam("code"))


def get(merchant_id: uuid.UUID) -> Merchant:
    """The merchant; sqlalchemy's NoResultFound where there is none."""
    return session().get_one(Merchant, merchant_id)


def by_mchid(mchid: str) -> Merchant | None:
    """The merchant whatever its state."""
    return session().scalar(select(Merchant).where(Merchant.mchid == mchid))


def by_uscc(uscc: str) -> Merchant | None:
    """The merchant of this unified social credit code."""
    return session().scalar(select(Merchant).where(Merchant.uscc == uscc))


def live_key(merchant_id: uuid.UUID, serial_no: str) -> MerchantKey | None:
    """The key of this merchant with this serial, unless it was revoked."""
    return session().scalar(select(MerchantKey).where(
        MerchantKey.merchant_id == merchant_id, MerchantKey.serial_no == serial_no,
        MerchantKey.revoked_at.is_(None)))


def live_keys(merchant_id: uuid.UUID) -> list[MerchantKey]:
    """The keys that this merchant may sign with now, by the time they came."""
    return [key for key in keys(merchant_id) if key.revoked_at is None]


def keys(merchant_id: uuid.UUID) -> list[MerchantKey]:
    """All keys that this merchant ever had, by the time they came, fresh."""
    return list(session().scalars(select(MerchantKey).where(MerchantKey.merchant_id == merchant_id)
                                  .order_by(MerchantKey.created_at, MerchantKey.id)
                                  .execution_options(populate_existing=True)))


def signer(mchid: str, serial_no: str) -> tuple[Merchant, MerchantKey] | None:
    """The active merchant and its live key in one read: what every signed request asks first."""
    found = session().execute(SIGNER, {"mchid": mchid, "serial_no": serial_no}).first()
    return None if found is None else (found[0], found[1])


def store(merchant_id: uuid.UUID, code: str) -> Store | None:
    """A place of this merchant by the merchant's own code."""
    return session().scalar(STORE, {"merchant_id": merchant_id, "code": code})


def stores(merchant_id: uuid.UUID) -> list[Store]:
    """All places of this merchant by code."""
    return list(session().scalars(select(Store).where(Store.merchant_id == merchant_id).order_by(Store.code)))


def many(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Merchant]:
    """The merchants by id, in one read at most."""
    return by_ids(Merchant, ids)


def active_ids() -> Select[uuid.UUID]:
    """The ids of the active merchants, for another package's WHERE."""
    return select(Merchant.id).where(Merchant.state == "active")


def named_ids(part: str) -> Select[uuid.UUID]:
    """The ids of the merchants whose name holds `part` (wildcards mean themselves), for another's WHERE."""
    return select(Merchant.id).where(Merchant.name.icontains(part, autoescape=True))


def listing() -> Select[Any]:
    """All merchants, for a page to narrow and sort."""
    return select(Merchant)


def every() -> list[Merchant]:
    """All merchants by number."""
    return list(session().scalars(select(Merchant).order_by(Merchant.mchid)))


def applications() -> Select[Any]:
    """All applications to join, for a page to narrow and sort."""
    return select(MerchantApplication)


def waiting_applications() -> int:
    """How many wait for an operator."""
    return session().scalar(select(func.count()).select_from(MerchantApplication)
                            .where(MerchantApplication.state == "submitted")) or 0


def stores_listing(merchant_id: uuid.UUID) -> Select[Any]:
    """This merchant's places, for a page to narrow and sort."""
    return select(Store).where(Store.merchant_id == merchant_id)


def own_store(merchant_id: uuid.UUID, store_id: uuid.UUID) -> Store | None:
    """A place of this merchant by id; another's is as good as absent."""
    return session().scalar(stores_listing(merchant_id).where(Store.id == store_id)
                            .execution_options(populate_existing=True))


def open_stores(merchant_id: uuid.UUID) -> list[Store]:
    """The places that aren't closed, by code."""
    return [each for each in stores(merchant_id) if each.closed_at is None]
