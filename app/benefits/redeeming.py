"""Using an entitlement once: the code is spent, the table's move is made, a voucher's use is written."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, true, update
from sqlalchemy.exc import IntegrityError

from app.benefits import life, presenting, proving, verifying
from app.benefits.errors import (
    AmountWrong,
    CodeUnknown,
    ContentDiffers,
    NotRedeemable,
    ProofAlreadyUsed,
    RedemptionNotFound,
    StoreWrong,
)
from app.benefits.models import Entitlement, Offer, Presentation, Redemption, Verification
from app.benefits.presenting import Found
from app.benefits.usages import Use
from app.identity import queries as citizens
from app.kernel import clock, crash
from app.kernel.db import broke, need_transaction, retrying, session, transaction
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.contract import Role
from app.trail import writing

ONCE = "uq_redemptions_merchant_id_out_redemption_no"
# one statement, in the order that everybody keeps: the join has the citizen locked before its row locks the entitlement
HOLDER = citizens.HELD.cte("holder")
HELD = (select(Entitlement, HOLDER.c.id).outerjoin(HOLDER, true()).where(Entitlement.id == bindparam("entitlement_id"))
        .with_for_update(key_share=True, of=Entitlement).execution_options(populate_existing=True))
BY_NUMBER = (select(Redemption).where(Redemption.merchant_id == bindparam("merchant_id"),
                                      Redemption.out_redemption_no == bindparam("number"))
             .execution_options(populate_existing=True))
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
CODES = Presentation.metadata.tables[Presentation.__tablename__]
SPEND = (update(CODES).where(CODES.c.entitlement_id == bindparam("shown_id"), CODES.c.used_at.is_(None))
         .values(used_at=bindparam("moment")).returning(CODES.c.id, CODES.c.expires_at))


@dataclass(frozen=True)
class Request:
    """What a merchant asks: exactly one of `presentation`, `entitlement_no` and `proof`, the last with `redeemed_at`.

    Amounts are in fen, each may be absent.
    """

    out_redemption_no: str
    service_id: str
    presentation: str | None = None
    entitlement_no: str | None = None
    amount: Mapping[str, int] | None = None
    store_id: str | None = None
    clerk: str | None = None
    proof: str | None = None
    redeemed_at: datetime | None = None


@dataclass(frozen=True)
class Showing:
    """What a request shows, the moment after which it must expire to be good, and when the use was."""

    found: Found
    alive: datetime
    used_at: datetime


def redeem(merchant_id: uuid.UUID, request: Request) -> Redemption:
    """Redeem once. The same `out_redemption_no` with the same content finds the same redemption again.

    Raises ContentDiffers, CodeUnknown (one answer for unknown, expired, used, another's), NotRedeemable,
    AmountWrong, StoreWrong, TooMany; for a proof also ProofAlreadyUsed, ProofExpired, MomentWrong.
    """
    digest = digest_of(vars(request))
    try:
        if request.proof is not None and (earlier := _earlier(merchant_id, request, digest)):
            return earlier  # sent in again, be it long after
        return retrying(lambda: _redeem(merchant_id, request, digest))
    except CodeUnknown:
        # asked once more, or a twin was faster: its code is spent, and its number says on what
        if earlier := _earlier(merchant_id, request, digest):
            return earlier
        verifying.missed(merchant_id)
        raise
    except ProofAlreadyUsed:  # by a twin of this very request, a moment ago
        if earlier := _earlier(merchant_id, request, digest):
            return earlier
        raise
    except IntegrityError as wrong:  # the same number at the same moment, for something else
        twin = _earlier(merchant_id, request, digest) if broke(wrong, ONCE) else None
        if twin is None:
            raise
        return twin


def find(merchant_id: uuid.UUID, out_redemption_no: str) -> Redemption:
    """The merchant's own redemption as it is now. Raises RedemptionNotFound."""
    found = _by_number(merchant_id, out_redemption_no)
    if found is None:
        raise RedemptionNotFound
    return found


def parts(redemption: Redemption) -> tuple[Entitlement, Offer]:
    """What was redeemed."""
    entitlement = session().get_one(Entitlement, redemption.entitlement_id)
    return entitlement, session().get_one(Offer, entitlement.offer_id)


def lock(merchant_id: uuid.UUID, out_redemption_no: str) -> tuple[Redemption, Entitlement]:
    """The redemption and its entitlement, fresh, and nobody else's until the transaction ends.

    Raises RedemptionNotFound.
    """
    entitlement, _ = parts(find(merchant_id, out_redemption_no))
    held = hold(entitlement.id, entitlement.citizen_id)
    return find(merchant_id, out_redemption_no), held


def hold(entitlement_id: uuid.UUID, citizen_id: uuid.UUID) -> Entitlement:
    """Lock in the order that everybody keeps: the citizen (against an erasure), then the entitlement."""
    need_transaction()
    told = {"entitlement_id": entitlement_id, "citizen_id": citizen_id}
    held: Entitlement = session().execute(HELD, told).scalar_one()
    return held


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over the values, so that the same content is known again however its JSON was laid out."""
    told = {name: value for name, value in content.items() if value is not None}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=_written).encode()).hexdigest()


def _written(value: object) -> str:
    """A moment is the same content by whatever offset it was told."""
    return str(value.astimezone(clock.SHANGHAI) if isinstance(value, datetime) else value)


def tell(merchant_id: uuid.UUID, entitlement: Entitlement, what: str, purpose: str, actor: str | None = None) -> None:
    """The citizen sees what a merchant did with the entitlement; `actor`: by which account, else by the API."""
    merchant = merchants.get(merchant_id)
    writing.record(entitlement.citizen_id, actor=actor or f"merchant:{merchant.mchid}", who=merchant.name, what=what,
                   purpose=purpose, about=f"entitlement:{entitlement.id}")


def _redeem(merchant_id: uuid.UUID, request: Request, digest: str) -> Redemption:
    with transaction() as s:
        moment = clock.now()
        shown = _shown(merchant_id, request, moment)
        found = shown.found
        entitlement = hold(found.entitlement.id, found.entitlement.citizen_id)
        _check(merchant_id, shown, request)
        store = _store(merchant_id, found.offer, request.store_id, shown.used_at)
        _spend(shown, moment)
        redemption = _make(found, request, shown.used_at)
        redemption.content_digest, redemption.received_at = digest, moment if request.proof else None
        s.add(redemption)
        s.flush()
        use = Use(redemption, region=store.region if store else None, occurred_at=shown.used_at)
        life.move(entitlement, _door(entitlement), Role.MERCHANT, use=use)
        tell(merchant_id, entitlement, "benefit.redeem", "核销出示的权益")
        crash.point("redeem.before_commit")
    crash.point("redeem.after_commit")
    return redemption


def _earlier(merchant_id: uuid.UUID, request: Request, digest: str) -> Redemption | None:
    """What this number got before. Raises ContentDiffers."""
    earlier = _by_number(merchant_id, request.out_redemption_no)
    if earlier is not None and earlier.content_digest != digest:
        raise ContentDiffers
    return earlier


def _by_number(merchant_id: uuid.UUID, out_redemption_no: str) -> Redemption | None:
    return session().scalar(BY_NUMBER, {"merchant_id": merchant_id, "number": out_redemption_no})


def _shown(merchant_id: uuid.UUID, request: Request, moment: datetime) -> Showing:
    """The presentation that is spent.

    A code must live now; by `entitlement_no` it must have lived when this merchant verified it, not long ago; a proof
    when it was used.
    """
    if request.proof is not None:
        return _proven(merchant_id, request, moment)
    if request.presentation is not None:
        found, alive = presenting.find(request.presentation, merchants.get(merchant_id).mchid), moment
    else:
        since = moment - timedelta(seconds=settings().VERIFIED_REDEEM_SECONDS)
        found, alive = presenting.one_of(
            presenting.SHOWING.join(Verification, Verification.presentation_id == Presentation.id)
            .where(Verification.merchant_id == merchant_id, Verification.eligible, Verification.at >= since,
                   Entitlement.entitlement_no == request.entitlement_no, Presentation.used_at.is_(None))
            .order_by(Verification.at.desc())), since
    if found is None:
        raise CodeUnknown
    return Showing(found, alive, moment)


def _proven(merchant_id: uuid.UUID, request: Request, moment: datetime) -> Showing:
    """By a proof that was taken without network. Whose it is comes before all that is wrong with it."""
    proof = proving.read(request.proof or "")
    found = presenting.by_proof(proof) if proof else None
    if proof is None or found is None or proof.audience != merchants.get(merchant_id).mchid:
        raise CodeUnknown
    if request.service_id != proof.service_id or request.redeemed_at is None:
        raise CodeUnknown
    return Showing(found, ALWAYS, proving.moment_of_use(proof, request.redeemed_at, moment))


def _check(merchant_id: uuid.UUID, shown: Showing, request: Request) -> None:
    """Whose it is comes first: to everybody else there is no such code."""
    entitlement, offer = shown.found.entitlement, shown.found.offer
    if entitlement.merchant_id != merchant_id:
        raise CodeUnknown
    if entitlement.kind == "application":
        raise NotRedeemable
    if request.service_id != offer.service_id:
        raise CodeUnknown
    if request.proof is not None:
        session().refresh(shown.found.presentation)  # it was read before the lock
        if shown.found.presentation.used_at is not None:
            raise ProofAlreadyUsed
    if not presenting.presentable(entitlement, shown.used_at):
        raise NotRedeemable if request.proof else CodeUnknown


def _store(merchant_id: uuid.UUID, offer: Offer, code: str | None, used_at: datetime) -> Any:
    """Where it is used; None where the merchant doesn't say. Raises StoreWrong."""
    if code is None:
        return None
    allowed = not offer.store_codes or code in offer.store_codes
    store = merchants.store(merchant_id, code) if allowed else None
    if store is None or (store.closed_at is not None and store.closed_at <= used_at):
        raise StoreWrong(field="store_id")
    return store


def _spend(shown: Showing, moment: datetime) -> None:
    """One conditional write decides who was first, and every other code of the entitlement dies with it."""
    code = shown.found.presentation
    spent = session().execute(SPEND, {"shown_id": code.entitlement_id, "moment": moment}).all()
    if not any(code_id == code.id and expires_at > shown.alive for code_id, expires_at in spent):
        raise CodeUnknown


def _make(found: Found, request: Request, moment: datetime) -> Redemption:
    entitlement, amount = found.entitlement, request.amount or {}
    waived, paid = _amounts(amount, entitlement.value_fen)
    return Redemption(
        redemption_no=f"R{new_id().hex}", merchant_id=entitlement.merchant_id,
        out_redemption_no=request.out_redemption_no, entitlement_id=entitlement.id,
        presentation_id=found.presentation.id, store_code=request.store_id, clerk=request.clerk,
        original_fen=amount.get("original"), waived_fen=waived, paid_fen=paid,
        state="open" if entitlement.kind == "order" else "done", redeemed_at=moment)


def _amounts(told: Mapping[str, int], ceiling: int) -> tuple[int, int]:
    """(waived, paid). What isn't told follows from the rest, and from what the offer is worth.

    Raises AmountWrong where they don't add up, or more is waived than the offer's ceiling.
    """
    original, waived, paid = told.get("original"), told.get("waived"), told.get("paid")
    if waived is None and original is not None:
        waived = min(ceiling, original) if paid is None else original - paid
    elif waived is None:
        waived = ceiling
    if paid is None:
        paid = 0 if original is None else original - waived
    if original is not None and original != waived + paid:
        raise AmountWrong(field="amount", issue="original = waived + paid")
    if not 0 <= waived <= ceiling or paid < 0:
        raise AmountWrong(field="amount.waived", issue=f"0 <= waived <= {ceiling}")
    return waived, paid


def _door(entitlement: Entitlement) -> str:
    door = scenarios()[entitlement.scenario].manifest.doors.redemption
    if door is None:
        raise NotRedeemable
    return door
