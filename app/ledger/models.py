"""One row for each move of value: it leaves one account and enters another, so that all accounts sum to zero."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base

ACCOUNTS = ("pool", "citizen", "merchant", "settled", "returned")
MOVES = {  # kind: the ways that it may go
    "claim": (("pool", "citizen"),),
    "release": (("citizen", "returned"),),
    "redeem": (("citizen", "merchant"),),
    "rest": (("citizen", "returned"),),
    "settle": (("merchant", "settled"),),
    "breach": (("merchant", "settled"),),
    "reverse": (("merchant", "citizen"), ("settled", "citizen")),
    "restore": (("returned", "citizen"),),
}
USES = ("redeem", "settle", "breach", "reverse")  # what a merchant did: kept with nothing waived, too
_WAYS = ", ".join(f"('{kind}', '{debit}', '{credit}')" for kind, ways in MOVES.items() for debit, credit in ways)
_USES = ", ".join(f"'{kind}'" for kind in USES)


class Entry(Base):
    """`fen` go out of `debit` into `credit`. `about`: an entitlement (claim, release), else a redemption.

    The database refuses another way than the kind's, the same move a second time, a move of value that isn't
    there (`ledger_covered`), and any change (`ledger_immutable`).
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("about", "kind"),
        CheckConstraint(f"(kind, debit, credit) IN ({_WAYS})", name="way"),
        CheckConstraint(f"fen > 0 OR (fen = 0 AND kind IN ({_USES}))", name="fen"),
        CheckConstraint(f"(kind IN ({_USES})) = (merchant_id IS NOT NULL)", name="merchant"),
        Index("ix_ledger_entries_entitlement", "entitlement_id"),
        Index("ix_ledger_entries_merchant", "merchant_id", "at", "id",
              postgresql_where=text("merchant_id IS NOT NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    debit: Mapped[str]
    credit: Mapped[str]
    fen: Mapped[int]
    about: Mapped[uuid.UUID]
    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlements.id"))
    merchant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("merchants.id"))
    at: Mapped[datetime]
