"""What the migration books of claims made before there was a ledger is what the ledger would have booked itself.

Breaks that were tried: HISTORY without `restore`; the breach's kind left out; the release of what is still held.
"""

import importlib.util
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.benefits import balancing, cancelling, completing, expiring, redeeming, reversing
from app.benefits.completing import Completion
from app.benefits.models import Entitlement, Offer
from app.benefits.redeeming import Request
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import session
from app.ledger.models import MOVES

MIGRATION = Path(__file__).parents[2] / "migrations/versions/0018_ledger.py"
BOOKED = ("SELECT kind, debit, credit, fen, about, entitlement_id, merchant_id, at FROM ledger_entries "
          "ORDER BY entitlement_id, id")


def history() -> str:
    """The statement of the migration."""
    told = importlib.util.spec_from_file_location("ledger_migration", MIGRATION)
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return str(module.HISTORY)


def test_the_past_is_booked_as_it_was(app: Any, db: psycopg.Connection, voucher: Offer, rental: Offer,
                                      show: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Claimed, cancelled, used, taken back, used again, completed, breached: to the row and to the moment."""
    moment = [clock.now()]

    def now() -> Any:
        moment[0] += timedelta(milliseconds=1)
        return moment[0]

    monkeypatch.setattr(clock, "now", now)

    def used(offer: Offer, number: int, **amount: int) -> str:
        _, code = show(offer, number)
        with app.app_context():
            redeeming.redeem(offer.merchant_id, Request(f"R-{number}", offer.service_id, presentation=code,
                                                        amount=amount or None))
        return f"R-{number}"

    show(rental, 1)
    cancelled, _ = show(rental, 2)
    used(voucher, 3, waived=1500)
    back, ended = used(voucher, 4), used(rental, 5, waived=2500)
    out, ended_and_back = used(rental, 6, waived=2000), used(rental, 7, waived=0)
    used(rental, 8, waived=10)
    with app.app_context():
        cancelling.cancel(citizens.get(session().get_one(Entitlement, cancelled).citizen_id), cancelled)
        reversing.reverse(voucher.merchant_id, back, "误扫")
        reversing.reverse(rental.merchant_id, out, "误扫")
        for number in (ended, ended_and_back):
            completing.complete(rental.merchant_id, number, Completion(total_amount=100))
        reversing.reverse(rental.merchant_id, ended_and_back, "误扫")
        for days in (10, 1, 20, 30):
            moment[0] += timedelta(days=days)
            expiring.run_due()
        assert balancing.check().wrong == []
    booked = db.execute(BOOKED).fetchall()
    assert {row[0] for row in booked} == set(MOVES)
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute("DELETE FROM ledger_entries")
        db.execute(history())
    again = db.execute(BOOKED).fetchall()
    assert [row[:7] for row in again] == [row[:7] for row in booked]
    late = [(before, after) for before, after in zip(booked, again, strict=True)
            if abs(before[7] - after[7]) > timedelta(seconds=1)]
    assert late == []
    with app.app_context():
        assert balancing.check().wrong == []
