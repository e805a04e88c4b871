"""What the database refuses whatever the application does; each line was let through with its CHECK or trigger away."""

import psycopg
import pytest

from tests.orders.conftest import Counter, Phone

WRONG = (
    "total_fen = 251", "payments_fen = 300, discounts_fen = 50", "total_fen = -1, payments_fen = -1",
    "total_fen = 3001, payments_fen = 3001, ending = '{\"post_payments\": [{\"amount\": 3001}]}'",
    "risk_fund_fen = 3001", "state = 'PAID'", "state = 'DONE'", "state_description = NULL", "state = 'CREATED'",
    "citizen_id = NULL", "entitlement_id = NULL", "total_fen = NULL", "openid = NULL", "redemption_id = NULL",
    "state = 'REVOKED', state_description = NULL", "paid_at = now(), state = 'DONE', state_description = NULL")


def test_a_complete_order(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    counter.complete(counter.running(lin), 250)
    for write in WRONG:
        with pytest.raises(psycopg.errors.CheckViolation):
            db.execute(f"UPDATE service_orders SET {write}")  # noqa: S608


def test_a_final_state_stays(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    """The trigger alone: every CHECK would take a REVOKED order that says when it was cancelled."""
    counter.complete(counter.running(lin), 0)
    with pytest.raises(psycopg.errors.RestrictViolation):
        db.execute("UPDATE service_orders SET state = 'REVOKED', cancelled_at = now(), settled_at = NULL, "
                   "total_fen = NULL, payments_fen = NULL, discounts_fen = NULL, ending = NULL")


def test_one_live_permission_and_one_number(counter: Counter, lin: Phone, db: psycopg.Connection) -> None:
    counter.allowed(lin, "AUTH-1")
    columns = [row[0] for row in db.execute("SELECT column_name FROM information_schema.columns "
                                            "WHERE table_name = 'service_permissions' "
                                            "AND column_name NOT IN ('id', 'authorization_code')")]
    rest = ", ".join(columns)
    for code in ("AUTH-1", "AUTH-2"):
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute(f"INSERT INTO service_permissions (id, authorization_code, {rest}) "  # noqa: S608
                       f"SELECT gen_random_uuid(), %s, {rest} FROM service_permissions", (code,))
    for write in ("state = 'UNAVAILABLE'", "closed_at = now()", "citizen_id = NULL", "state = 'UNBINDUSER'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            db.execute(f"UPDATE service_permissions SET {write}")  # noqa: S608
