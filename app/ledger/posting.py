"""Posting moves of value, in the transaction of what moved it."""

import uuid
from typing import NamedTuple

from sqlalchemy import text

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.ledger.models import USES

# one statement, whatever the number of moves: made once, prepared once, one round trip
POST = text("""
    INSERT INTO ledger_entries (kind, debit, credit, fen, about, entitlement_id, merchant_id, at)
    SELECT kind, debit, credit, fen, :about, :entitlement_id,
           CASE WHEN kind = ANY (:uses) THEN CAST(:merchant_id AS uuid) END, :at
    FROM unnest(CAST(:kinds AS text[]), CAST(:debits AS text[]), CAST(:credits AS text[]), CAST(:fens AS bigint[]))
         AS moves (kind, debit, credit, fen)
""")
SETTLED = text("SELECT EXISTS (SELECT FROM ledger_entries WHERE about = :about AND kind IN ('settle', 'breach'))")
USED = list(USES)


class Move(NamedTuple):
    """`fen` from the account `debit` to the account `credit`; the kinds and their ways: ledger/models.MOVES."""

    kind: str
    debit: str
    credit: str
    fen: int


def post(entitlement_id: uuid.UUID, about: uuid.UUID, merchant_id: uuid.UUID, *moves: Move) -> None:
    """Write the moves, in this order. `about`: the redemption, or the entitlement where there is none.

    Nothing is written of what moves nothing, unless a merchant used it: a use is a use, for 0 fen too.
    Raises RuntimeError outside a transaction; sqlalchemy's IntegrityError where the database finds the move done
    before, or of value that isn't there (the latter at the commit).
    """
    need_transaction()
    kept = [move for move in moves if move.fen or move.kind in USES]
    if not kept:
        return
    session().flush()  # what the rows point to comes first
    kinds, debits, credits, fens = (list(column) for column in zip(*kept, strict=True))
    session().execute(POST, {"about": about, "entitlement_id": entitlement_id, "merchant_id": merchant_id,
                             "at": clock.now(), "uses": USED, "kinds": kinds, "debits": debits, "credits": credits,
                             "fens": fens})


def settled(redemption_id: uuid.UUID) -> bool:
    """Whether what this redemption waived has been settled; read before it is reversed, under the caller's lock."""
    return bool(session().scalar(SETTLED, {"about": redemption_id}))
