"""Whether the ledger, the entitlements, the redemptions and the statements tell the same, worked out anew from each.

All by SQL over the rows themselves: it shares nothing with what posts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text

from app.benefits import statements
from app.kernel import clock
from app.kernel.db import session
from app.merchants import queries as merchants

MOST = 20  # of what differs are named
BALANCES = text("""
    SELECT account, sum(fen) FROM (
        SELECT credit AS account, fen FROM ledger_entries UNION ALL SELECT debit, -fen FROM ledger_entries) moves
    GROUP BY account ORDER BY account
""")
# where the value of each entitlement has to be, by its state and its redemptions, against where the ledger has it
PLACES = text("""
    WITH wanted AS (
        SELECT e.id, e.value_fen,
               CASE WHEN r.id IS NULL AND e.quota_held THEN e.value_fen ELSE 0 END AS citizen,
               CASE WHEN r.state = 'open' THEN r.waived_fen ELSE 0 END AS merchant,
               CASE WHEN r.state IN ('done', 'breached') THEN r.waived_fen ELSE 0 END AS settled,
               CASE WHEN r.id IS NOT NULL THEN e.value_fen - r.waived_fen
                    WHEN e.quota_held THEN 0 ELSE e.value_fen END AS returned
        FROM entitlements e LEFT JOIN redemptions r ON r.entitlement_id = e.id AND r.state <> 'reversed'
        WHERE e.kind <> 'application'
    ), moves AS (
        SELECT entitlement_id, credit AS account, fen FROM ledger_entries
        UNION ALL SELECT entitlement_id, debit, -fen FROM ledger_entries
    ), found AS (
        SELECT entitlement_id, coalesce(sum(fen) FILTER (WHERE account = 'pool'), 0) AS pool,
               coalesce(sum(fen) FILTER (WHERE account = 'citizen'), 0) AS citizen,
               coalesce(sum(fen) FILTER (WHERE account = 'merchant'), 0) AS merchant,
               coalesce(sum(fen) FILTER (WHERE account = 'settled'), 0) AS settled,
               coalesce(sum(fen) FILTER (WHERE account = 'returned'), 0) AS returned
        FROM moves GROUP BY entitlement_id
    )
    SELECT coalesce(w.id, f.entitlement_id) FROM wanted w FULL JOIN found f ON f.entitlement_id = w.id
    WHERE (coalesce(-w.value_fen, 0), coalesce(w.citizen, 0), coalesce(w.merchant, 0), coalesce(w.settled, 0),
           coalesce(w.returned, 0))
       <> (coalesce(f.pool, 0), coalesce(f.citizen, 0), coalesce(f.merchant, 0), coalesce(f.settled, 0),
           coalesce(f.returned, 0))
    ORDER BY 1 LIMIT :most
""")
# each redemption has been handed over once, and ended and taken back as its row says, with its amount
USES = text("""
    SELECT r.id FROM redemptions r JOIN entitlements e ON e.id = r.entitlement_id LEFT JOIN (
        SELECT about, max(fen) FILTER (WHERE kind = 'redeem') AS redeemed,
               max(fen) FILTER (WHERE kind IN ('settle', 'breach')) AS ended,
               max(fen) FILTER (WHERE kind = 'reverse') AS reversed, min(merchant_id::text) AS merchant,
               count(*) FILTER (WHERE kind IN ('settle', 'breach')) AS endings
        FROM ledger_entries WHERE merchant_id IS NOT NULL GROUP BY about) l ON l.about = r.id
    WHERE e.kind <> 'application' AND (
        l.redeemed IS DISTINCT FROM r.waived_fen OR l.merchant IS DISTINCT FROM r.merchant_id::text OR l.endings > 1
        OR (r.state = 'open' AND l.ended IS NOT NULL)
        OR (r.state IN ('done', 'breached') AND l.ended IS DISTINCT FROM r.waived_fen)
        OR (r.state = 'reversed') <> (l.reversed IS NOT NULL)
        OR (r.state = 'reversed' AND l.reversed <> r.waived_fen))
    ORDER BY 1 LIMIT :most
""")
OF_THE_DAY = text("""
    SELECT l.merchant_id, e.kind = 'order' AS is_order, l.kind, count(*), sum(fen) FROM ledger_entries l
    JOIN entitlements e ON e.id = l.entitlement_id
    WHERE l.merchant_id IS NOT NULL AND l.at >= :since AND l.at < :until
    AND (CAST(:only AS uuid) IS NULL OR l.merchant_id = CAST(:only AS uuid)) GROUP BY 1, 2, 3
""")


@dataclass
class Verdict:
    """`balances` by account, in fen; `wrong` says in a few words what isn't as it should be."""

    entries: int = 0
    balances: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def imbalance(self) -> int:
        """What all accounts come to: 0."""
        return sum(self.balances.values())


def check() -> Verdict:
    """The whole ledger. Reads every row: an operator's command, not a page's."""
    made = Verdict(entries=session().scalar(text("SELECT count(*) FROM ledger_entries")) or 0)
    made.balances = {account: int(fen) for account, fen in session().execute(BALANCES)}
    if made.imbalance:
        made.wrong.append(f"all accounts come to {made.imbalance} fen")
    made.wrong += [f"below zero: {account}" for account, fen in made.balances.items() if fen < 0 and account != "pool"]
    made.wrong += [f"entitlement {each}" for each in session().scalars(PLACES, {"most": MOST})]
    made.wrong += [f"redemption {each}" for each in session().scalars(USES, {"most": MOST})]
    return made


def check_day(day: date, merchant_id: Any = None) -> Verdict:
    """Every merchant's statement of this Shanghai day (or this one's) against the ledger's own sums of it."""
    booked: dict[Any, dict[str, tuple[int, int]]] = {}
    entries = 0
    told = {"since": clock.day_start(day), "until": clock.day_end(day), "only": merchant_id}
    for merchant_id, is_order, kind, count, fen in session().execute(OF_THE_DAY, told):
        entries += count
        if kind == "redeem" and not is_order:
            continue  # a voucher is used and settled at once: one line
        sums = booked.setdefault(merchant_id, {})
        before = sums.get(kind, (0, 0))
        sums[kind] = (before[0] + count, before[1] + int(fen))
    made = Verdict(entries=entries)
    made.wrong += list(_differing(day, booked))
    return made


def _differing(day: date, booked: dict[Any, dict[str, tuple[int, int]]]) -> Iterator[str]:
    for merchant_id, sums in booked.items():
        listed: dict[str, tuple[int, int]] = {}
        for line in statements.lines(merchant_id, day):
            before = listed.get(line.kind, (0, 0))
            listed[line.kind] = (before[0] + 1, before[1] + line.waived_fen)
        if listed != sums:
            yield f"statement of {merchants.get(merchant_id).mchid} on {day}"
