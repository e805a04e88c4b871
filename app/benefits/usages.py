"""Writing the immutable record of a use, and owing it to the platform, in one transaction with the use."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select

from app.benefits import valuing
from app.benefits.models import Entitlement, Offer, Redemption, Usage
from app.consent import queries as consents
from app.kernel.db import need_transaction, session
from app.kernel.ids import new_id
from app.merchants import queries as merchants
from app.outbox import putting
from app.scenario.contract import Outcome

# `ordinal` is the next number: the entitlement's lock orders the writers, and the unique key has the last word
USAGES = Usage.metadata.tables[Usage.__tablename__]
NEXT = select(func.coalesce(func.max(USAGES.c.ordinal), 0) + 1).where(USAGES.c.entitlement_id == bindparam("used_id"))
ADD = insert(USAGES).values(ordinal=NEXT.scalar_subquery(), consent_id=consents.REPORTING)


@dataclass(frozen=True)
class Use:
    """What a reported use was. Without one, the redemption that stands (if any) is reported as of now."""

    redemption: Redemption | None = None
    occurred_at: datetime | None = None
    corrects: str | None = None  # usage_no of the record that this one puts right
    region: str | None = None  # where the caller has it at hand


def report(entitlement: Entitlement, outcome: Outcome, use: Use | None, moment: datetime) -> None:
    """One usage and its outbox message; `life.move` calls this where the table says `report`."""
    use = use or _use_of(entitlement, outcome)
    if outcome is Outcome.BREACHED and use.redemption is not None:
        use.redemption.state = "breached"
    usage_id = write(entitlement, outcome, use, moment)
    putting.put("usage", key=_number(usage_id), payload={"usage_id": str(usage_id)})


def write(entitlement: Entitlement, outcome: Outcome, use: Use, moment: datetime) -> uuid.UUID:
    """The row alone; its id. `occurred_at` is in whole seconds, as the platform reads it; money is in fen.

    The consent is the one that was live when the benefit was claimed: it need not be live any more
    (platform.md 4.5). Claiming needed it, so it is there; without one the database refuses the row.
    """
    need_transaction()
    offer = session().get_one(Offer, entitlement.offer_id)
    redemption, usage_id = use.redemption, new_id()
    told = {
        "id": usage_id, "usage_no": _number(usage_id), "citizen_id": entitlement.citizen_id,
        "entitlement_id": entitlement.id, "redemption_id": redemption.id if redemption else None,
        "scenario": entitlement.scenario, "benefit": offer.code,
        "provider_uscc": merchants.get(entitlement.merchant_id).uscc,
        "region": use.region or _region(offer, redemption),
        "occurred_at": (use.occurred_at or moment).replace(microsecond=0), "outcome": outcome.value,
        "waived_fen": redemption.waived_fen if redemption else 0,
        "paid_fen": _paid(redemption) if redemption else 0, "corrects": use.corrects,
        "initiative_no": offer.initiative_no}
    session().flush()
    session().execute(ADD, {**told, "used_id": entitlement.id, "granted_to": entitlement.citizen_id,
                            "granted_scenario": entitlement.scenario, "granted_at": entitlement.created_at})
    return usage_id


def _number(usage_id: uuid.UUID) -> str:
    return f"U{usage_id.hex}"


def _use_of(entitlement: Entitlement, outcome: Outcome) -> Use:
    """The use that stands, which is over with this report, though the merchant hasn't said so.

    Where staff take a wrong breach back, the last report is corrected.
    """
    redemption = standing(entitlement)
    if redemption is not None:
        if redemption.state == "open":
            valuing.ended(entitlement, redemption, "breach" if outcome is Outcome.BREACHED else "settle")
        redemption.state = "done"
    if outcome is not Outcome.REVERSED:
        return Use(redemption)
    return Use(redemption, corrects=session().scalar(
        select(Usage.usage_no).where(Usage.entitlement_id == entitlement.id).order_by(Usage.ordinal.desc()).limit(1)))


def standing(entitlement: Entitlement) -> Redemption | None:
    """The redemption of this entitlement that has not been reversed; there is at most one."""
    return session().scalar(select(Redemption).where(Redemption.entitlement_id == entitlement.id,
                                                     Redemption.state != "reversed"))


def first_of(redemption_id: uuid.UUID) -> Usage | None:
    """The usage that a redemption was first reported by, or what staff put in its place, for a later one to correct."""
    rows = session().scalars(select(Usage).where(Usage.redemption_id == redemption_id).order_by(Usage.ordinal)).all()
    found = rows[0] if rows else None
    for row in rows:
        if found is not None and row.corrects == found.usage_no and row.outcome == found.outcome:
            found = row
    return found


def _paid(redemption: Redemption) -> int:
    """What an order came to; a voucher's price, or what was paid when the thing was handed over, until then."""
    return int(redemption.completion["total_amount"]) if redemption.completion else redemption.paid_fen


def _region(offer: Offer, redemption: Redemption | None) -> str:
    if redemption is not None and redemption.store_code is not None:
        store = merchants.store(offer.merchant_id, redemption.store_code)
        if store is not None:
            return store.region
    return offer.region
