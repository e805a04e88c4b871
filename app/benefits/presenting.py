"""Showing an entitlement: a short-lived code that names nobody and can't be guessed.

A code is 12 random characters and 10 of a keyed digest of them (base 62): a made-up one is found out before the
database is asked. The table keeps only another keyed digest of the whole, so that nobody who reads it can show
a code. 22 characters fit a mini-program's `scene` (32) and a small QR.
"""

import hashlib
import hmac
import io
import re
import secrets
import string
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from sqlalchemy import Select, bindparam, select

from app.benefits import expiring, life, proving
from app.benefits.errors import EntitlementNotFound, NotPresentable
from app.benefits.models import Entitlement, Offer, Presentation
from app.benefits.proving import Proof
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import append, session, transaction
from app.kernel.sealing import keyring
from app.kernel.settings import settings
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.contract import Role

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM, PROOF = 12, 10  # 71 and 59 bits
CODE = re.compile(rf"[0-9A-Za-z]{{{RANDOM + PROOF}}}")
# presentations with what they show and the offer it is from, in one read
SHOWING = (select(Presentation, Entitlement, Offer).join(Entitlement, Entitlement.id == Presentation.entitlement_id)
           .join(Offer, Offer.id == Entitlement.offer_id).limit(1).execution_options(populate_existing=True))
BY_CODE = SHOWING.where(Presentation.code_index == bindparam("index"))
BY_PROOF = SHOWING.where(Presentation.id == bindparam("jti"), Presentation.offline)


@dataclass(frozen=True)
class Shown:
    """What the citizen's phone shows; `qr` is an SVG that scales."""

    code: str
    expires_at: datetime
    qr: str


@dataclass(frozen=True)
class Found:
    """What a code leads to."""

    presentation: Presentation
    entitlement: Entitlement
    offer: Offer


def present(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Shown:
    """A fresh code for the citizen's own entitlement. Codes shown before stay good for what is left to them.

    No consent is asked for again: what was granted is lived out (docs/decisions/0081). Raises
    EntitlementNotFound, NotPresentable.
    """
    moment, code = clock.now(), _fresh_code()
    with transaction():
        entitlement = _own(citizen_id, entitlement_id, moment)
        expires = moment + timedelta(seconds=settings().PRESENTATION_SECONDS)
        append(Presentation, code_index=_index(keyring().presentation.now, code), entitlement_id=entitlement.id,
               created_at=moment, expires_at=expires)
    return Shown(code, expires, _qr(code))


def present_offline(citizen_id: uuid.UUID, entitlement_id: uuid.UUID) -> Shown:
    """A proof for a merchant without network; `code` is a compact JWS. Asked again within its life, it is the same one.

    Raises EntitlementNotFound, NotPresentable (an application is never shown so).
    """
    moment = clock.now()
    with transaction():
        entitlement = _own(citizen_id, entitlement_id, moment)
        if entitlement.kind == "application":
            raise NotPresentable(state=entitlement.state)
        citizens.lock(citizen_id)  # two phones at once get one proof
        shown = proving.keep(entitlement.id, entitlement.valid_to, moment)
    mchid = merchants.get(entitlement.merchant_id).mchid
    offer = session().get_one(Offer, entitlement.offer_id)
    proof = proving.sign(shown, mchid, offer.service_id, entitlement.entitlement_no)
    return Shown(proof, shown.expires_at, _qr(proof))


def presentable(entitlement: Entitlement, moment: datetime) -> bool:
    """Whether a merchant could do something with it now: redeem it, or work on the application it was sent.

    What has run out by its date is over, whether the scheduler has come by or not.
    """
    if expiring.state_at(entitlement, moment) != entitlement.state:
        return False
    doors = scenarios()[entitlement.scenario].manifest.doors
    if entitlement.kind != "application":
        return doors.redemption in life.allowed(entitlement, Role.MERCHANT)
    return not entitlement.final and doors.submission not in life.allowed(entitlement, Role.CITIZEN)


def find(code: str, mchid: str) -> Found | None:
    """What a code or a proof shows, used or expired ones too; None for one that we never made.

    `mchid` is the merchant's who asks: a proof says itself for whom it is.
    """
    if "." in code:
        proof = proving.read(code)
        return by_proof(proof) if proof is not None and proof.audience == mchid else None
    index = index_of(code)
    return None if index is None else one_of(BY_CODE, index=index)


def by_proof(proof: Proof) -> Found | None:
    """What a rightly signed proof shows."""
    return one_of(BY_PROOF, jti=proof.presentation_id)


def one_of(query: Select[Presentation, Entitlement, Offer], **values: object) -> Found | None:
    """The first of a query made out of `SHOWING`."""
    row = session().execute(query, values).first()
    return None if row is None else Found(*row)


def index_of(code: str) -> bytes | None:
    """Where a code would stand in the table; None for one that isn't of our making."""
    if not CODE.fullmatch(code):
        return None
    for key in keyring().presentation.by_id.values():
        if hmac.compare_digest(_proof(key, code[:RANDOM]), code[RANDOM:]):
            return _index(key, code)
    return None


def _own(citizen_id: uuid.UUID, entitlement_id: uuid.UUID, moment: datetime) -> Entitlement:
    entitlement = session().scalar(
        select(Entitlement).where(Entitlement.id == entitlement_id, Entitlement.citizen_id == citizen_id)
        .execution_options(populate_existing=True))
    if entitlement is None:
        raise EntitlementNotFound
    if not presentable(entitlement, moment):
        raise NotPresentable(state=expiring.state_at(entitlement, moment))
    return entitlement


def _fresh_code() -> str:
    start = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return start + _proof(keyring().presentation.now, start)


def _proof(key: bytes, start: str) -> str:
    number = int.from_bytes(hmac.new(key, f"proof|{start}".encode(), hashlib.sha256).digest())
    made = ""
    for _ in range(PROOF):
        number, digit = divmod(number, len(ALPHABET))
        made += ALPHABET[digit]
    return made


def _index(key: bytes, code: str) -> bytes:
    return hmac.new(key, f"index|{code}".encode(), hashlib.sha256).digest()


def _qr(code: str) -> str:
    """The code as text in a QR: sizeless (it fills its box), with the quiet zone of ISO/IEC 18004."""
    drawn = io.BytesIO()
    segno.make(code, error="m", micro=False).save(drawn, kind="svg", border=4, omitsize=True, xmldecl=False,
                                                  nl=False)
    return drawn.getvalue().decode()
