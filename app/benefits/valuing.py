"""Where the value of an entitlement is: told to the ledger in the transaction that moves it.

An application is worth nothing in fen: what a body grants is not money (docs/explanation/ledger.md).
"""

from app.benefits.models import Entitlement, Redemption
from app.ledger import posting
from app.ledger.posting import Move


def claimed(entitlement: Entitlement) -> None:
    """Out of the pool, into the citizen's hand."""
    if entitlement.kind != "application":
        _post(entitlement, None, Move("claim", "pool", "citizen", entitlement.value_fen))


def released(entitlement: Entitlement) -> None:
    """Nothing came of it, and its place is given back. For `life.move`, while the place is still held."""
    if entitlement.kind != "application" and entitlement.quota_held:
        _post(entitlement, None, Move("release", "citizen", "returned", entitlement.value_fen))


def used(entitlement: Entitlement, redemption: Redemption) -> None:
    """What the merchant just did with it, by what the redemption has become. For `life.move`."""
    waived, rest = redemption.waived_fen, entitlement.value_fen - redemption.waived_fen
    handed_over = (Move("redeem", "citizen", "merchant", waived), Move("rest", "citizen", "returned", rest))
    if redemption.state == "reversed":
        source = "settled" if posting.settled(redemption.id) else "merchant"
        _post(entitlement, redemption, Move("reverse", source, "citizen", waived),
              Move("restore", "returned", "citizen", rest))
    elif redemption.state == "open":
        _post(entitlement, redemption, *handed_over)
    elif entitlement.kind == "order":
        ended(entitlement, redemption, "settle")
    else:
        _post(entitlement, redemption, *handed_over, Move("settle", "merchant", "settled", waived))


def ended(entitlement: Entitlement, redemption: Redemption, kind: str) -> None:
    """An order is over: `settle`, or `breach`; either way what was waived was waived."""
    _post(entitlement, redemption, Move(kind, "merchant", "settled", redemption.waived_fen))


def _post(entitlement: Entitlement, redemption: Redemption | None, *moves: Move) -> None:
    about = entitlement.id if redemption is None else redemption.id
    posting.post(entitlement.id, about, entitlement.merchant_id, *moves)
