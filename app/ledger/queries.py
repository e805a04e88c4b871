"""Reads of the ledger that others join to their own tables."""

from sqlalchemy import select

from app.ledger.models import Entry

# what merchants did, by entry, to be joined by `redemption_id`
OF_MERCHANTS = select(
    Entry.id.label("entry_id"), Entry.kind, Entry.fen, Entry.about.label("redemption_id"), Entry.entitlement_id,
    Entry.merchant_id, Entry.at,
).where(Entry.merchant_id.is_not(None)).subquery("of_merchants")
