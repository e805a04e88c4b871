"""Taking merchants and public bodies in, pausing them, and their stores."""

import re
import secrets
import string
import uuid
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.merchants import queries, signing, uscc
from app.merchants.errors import (
    FieldRefused,
    MerchantExists,
    MerchantUnknown,
    StoreExists,
    UsccInvalid,
)
from app.merchants.models import Merchant, Store
from app.trail import writing

FORMS = {"mchid": r"[0-9]{8,10}", "appid": r"[0-9A-Za-z_-]{4,64}", "kind": "merchant|public_body",
         "apiv3_key": r"[0-9A-Za-z]{32}", "region": r"[0-9]{6}", "code": r"[0-9A-Za-z_-]{1,32}"}


@dataclass(frozen=True)
class NewMerchant:
    """Who is taken in. An `mchid` and an `appid` are made where none is given."""

    name: str
    uscc: str
    kind: str = "merchant"  # or public_body
    mchid: str | None = None
    appid: str | None = None
    suite: str = signing.RSA  # or signing.SM2


def enrol(new: NewMerchant, *, apiv3_key: str | None = None, let_through: str | None = None) -> Merchant:
    """The merchant, active, without keys yet. `let_through` is why an operator takes a USCC that fails its check.

    Raises UsccInvalid, FieldRefused, MerchantExists.
    """
    _check_uscc(new.uscc, let_through)
    mchid = new.mchid or f"16{secrets.randbelow(10**8):08d}"
    appid = new.appid or f"wx{secrets.token_hex(8)}"
    key = apiv3_key or _fresh_key()
    _check(name=new.name, kind=new.kind, mchid=mchid, appid=appid, apiv3_key=key)
    identity = new_id()
    merchant = Merchant(
        id=identity, mchid=mchid, appid=appid, name=new.name, kind=new.kind, uscc=new.uscc, suite=new.suite,
        uscc_let_through=None if uscc.valid(new.uscc) else let_through,
        apiv3_key_sealed=sealer().seal_service(_place(identity), key.encode()))
    with transaction() as s:
        if s.scalar(select(Merchant.id).where(or_(Merchant.mchid == mchid, Merchant.uscc == new.uscc))):
            raise MerchantExists
        s.add(merchant)
        try:
            s.flush()
        except IntegrityError:  # somebody was faster
            raise MerchantExists from None
    return merchant


def apiv3_key(merchant: Merchant) -> str:
    """The merchant's APIv3 key, opened: for sealing what is sent to it, and to show it once."""
    return sealer().open_service(_place(merchant.id), merchant.apiv3_key_sealed).decode()


def pause(mchid: str) -> Merchant:
    """Its requests are refused from now on; what was granted stays. Raises MerchantUnknown."""
    return _set_state(mchid, "paused")


def resume(mchid: str) -> Merchant:
    return _set_state(mchid, "active")


def add_store(merchant_id: uuid.UUID, code: str, name: str, region: str, address: str) -> Store:
    """A place of the merchant; `region` is six digits of GB/T 2260. Raises FieldRefused, StoreExists."""
    _check(name=name, code=code, region=region, address=address)
    store = Store(merchant_id=merchant_id, code=code, name=name, region=region, address=address)
    with transaction() as s:
        if queries.store(merchant_id, code) is not None:
            raise StoreExists
        s.add(store)
        try:
            s.flush()
        except IntegrityError:
            raise StoreExists from None
    return store


def check_place(name: str, region: str, address: str) -> None:
    """Whether a store may be called so and lie there. Raises FieldRefused."""
    _check(name=name, region=region, address=address)


def set_apiv3_key(merchant_id: uuid.UUID, key: str, *, actor: str) -> None:
    """From the commit on, what is sealed for the merchant is sealed with this one. Raises FieldRefused."""
    _check(apiv3_key=key)
    with transaction() as s:
        sealed = sealer().seal_service(_place(merchant_id), key.encode())
        s.execute(update(Merchant).where(Merchant.id == merchant_id).values(apiv3_key_sealed=sealed))
        writing.record(None, actor=actor, who=actor, what="merchant.apiv3_key", purpose="更换 APIv3 密钥",
                       about=f"merchant:{merchant_id}")


def _set_state(mchid: str, state: str) -> Merchant:
    with transaction():
        merchant = queries.by_mchid(mchid)
        if merchant is None or merchant.state == "closed":
            raise MerchantUnknown
        session().refresh(merchant, with_for_update=True)
        merchant.state = state
    return merchant


def _check_uscc(code: str, let_through: str | None) -> None:
    if not uscc.valid(code) and not (uscc.well_formed(code) and (let_through or "").strip()):
        raise UsccInvalid


def _check(**told: str) -> None:
    for field, value in told.items():
        pattern = FORMS.get(field, r"\S(?:.{0,98}\S)?")
        if re.fullmatch(pattern, value) is None:
            raise FieldRefused(field=field)


def _fresh_key() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))


def _place(merchant_id: uuid.UUID) -> str:
    return f"merchant:{merchant_id}|apiv3"
