"""Two-sided: whatever happens to a benefit, its value is in one place, and all accounts come to zero.

Breaks that were tried, each found by a test here: `valuing.used` that forgets the rest; `released` left out of
`life.move`; a reversal that always takes from `merchant`; `ended` left out of usages (a breach isn't booked); each
trigger dropped from the migration; an entry deleted, changed or another's with the triggers off (`flask ledger check`).
"""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from app.benefits import balancing, cancelling, claiming, completing, expiring, redeeming, reversing, valuing
from app.benefits import life as lives
from app.benefits.completing import Completion
from app.benefits.models import Entitlement, Offer, Redemption
from app.benefits.needing import Said
from app.benefits.redeeming import Request
from app.identity import queries as citizens
from app.kernel import clock
from app.kernel.db import session, transaction
from app.ledger import posting
from app.ledger.models import Entry
from app.ledger.posting import Move
from app.scenario.contract import Role
from tests.benefits import ground

Show = Callable[..., tuple[uuid.UUID, str]]


@pytest.fixture
def use(app: Any, show: Show) -> Callable[..., tuple[uuid.UUID, str]]:
    """`use(offer, number, **amount)`: claimed and redeemed; (entitlement id, out_redemption_no)."""

    def used(offer: Offer, number: int = 1, **amount: int) -> tuple[uuid.UUID, str]:
        entitlement_id, code = show(offer, number)
        out = f"R-{entitlement_id.hex[-12:]}-{number}"
        with app.app_context():
            asked = Request(out, offer.service_id, presentation=code, amount=amount or None)
            redeeming.redeem(offer.merchant_id, asked)
        return entitlement_id, out

    return used


def moves(db: psycopg.Connection, entitlement_id: uuid.UUID) -> list[str]:
    """`claim pool>citizen 3000`, in order."""
    return [f"{kind} {debit}>{credit} {fen}" for kind, debit, credit, fen in db.execute(
        "SELECT kind, debit, credit, fen FROM ledger_entries WHERE entitlement_id = %s ORDER BY id",
        (entitlement_id,)).fetchall()]


def balanced(app: Any) -> bool:
    with app.app_context():
        found = balancing.check()
        assert (found.wrong, found.imbalance) == ([], 0)
        assert found.entries > 0
    return True


def move(app: Any, entitlement_id: uuid.UUID, name: str, by: Role, reason: str | None = None) -> None:
    with app.app_context(), transaction():
        held = session().get_one(Entitlement, entitlement_id)
        lives.move(held, name, by, note=reason, said=Said(reason=reason))


HAND_OVER = ["claim pool>citizen 3000", "redeem citizen>merchant 2500", "rest citizen>returned 500"]


def test_a_voucher(app: Any, db: psycopg.Connection, voucher: Offer, use: Callable[..., Any]) -> None:
    """Used and settled at once; what its use didn't need went back."""
    entitlement_id, out = use(voucher, 1, original=2000, waived=1500, paid=500)
    start = ["claim pool>citizen 1800", "redeem citizen>merchant 1500", "rest citizen>returned 300",
             "settle merchant>settled 1500"]
    assert moves(db, entitlement_id) == start
    assert balanced(app)
    with app.app_context():
        reversing.reverse(voucher.merchant_id, out, "误扫")
    assert moves(db, entitlement_id) == [*start, "reverse settled>citizen 1500", "restore returned>citizen 300"]
    assert balanced(app)


def test_a_voucher_that_waives_nothing_is_booked_too(app: Any, db: psycopg.Connection, voucher: Offer,
                                                     use: Callable[..., Any]) -> None:
    entitlement_id, _ = use(voucher, 1, original=500, waived=0, paid=500)
    assert moves(db, entitlement_id) == ["claim pool>citizen 1800", "redeem citizen>merchant 0",
                                         "rest citizen>returned 1800", "settle merchant>settled 0"]
    assert balanced(app)


def test_an_order_from_hand_to_hand(app: Any, db: psycopg.Connection, rental: Offer, use: Callable[..., Any]) -> None:
    entitlement_id, out = use(rental, 1, waived=2500)
    assert moves(db, entitlement_id) == HAND_OVER
    assert balanced(app)
    with app.app_context():
        completing.complete(rental.merchant_id, out, Completion(total_amount=300))
    assert moves(db, entitlement_id) == [*HAND_OVER, "settle merchant>settled 2500"]
    assert balanced(app)
    with app.app_context():
        reversing.reverse(rental.merchant_id, out, "记错了")
    assert moves(db, entitlement_id)[4:] == ["reverse settled>citizen 2500", "restore returned>citizen 500"]
    assert balanced(app)


def test_an_order_taken_back_while_it_is_out_and_used_again(app: Any, db: psycopg.Connection, rental: Offer,
                                                            use: Callable[..., Any], again: Callable[..., str]) -> None:
    entitlement_id, out = use(rental, 1, waived=2500)
    with app.app_context():
        reversing.reverse(rental.merchant_id, out, "拿错了")
    assert moves(db, entitlement_id)[3:] == ["reverse merchant>citizen 2500", "restore returned>citizen 500"]
    code = again(entitlement_id)
    with app.app_context():
        redeeming.redeem(rental.merchant_id, Request("R-again", rental.service_id, presentation=code))
    assert moves(db, entitlement_id)[5:] == ["redeem citizen>merchant 3000"]
    assert balanced(app)


@pytest.mark.parametrize("how", ["cancel", "expire"])
def test_what_is_never_used_goes_back(app: Any, db: psycopg.Connection, rental: Offer, show: Show, how: str,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    entitlement_id, _ = show(rental)
    with app.app_context():
        held = session().get_one(Entitlement, entitlement_id)
        if how == "cancel":
            cancelling.cancel(citizens.get(held.citizen_id), entitlement_id)
        else:
            later = clock.now() + timedelta(days=91)
            monkeypatch.setattr(clock, "now", lambda: later)
            expiring.run_due()
    assert moves(db, entitlement_id) == ["claim pool>citizen 3000", "release citizen>returned 3000"]
    assert balanced(app)


def test_a_breach_and_its_overturning(app: Any, db: psycopg.Connection, rental: Offer, use: Callable[..., Any],
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock's own moves; what was waived was waived, whoever was wrong in the end."""
    entitlement_id, _ = use(rental, 1, waived=2500)
    real = clock.now()
    for days in (10, 11, 30, 60):
        later = real + timedelta(days=days)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        with app.app_context():
            expiring.run_due()
    assert db.execute("SELECT state FROM entitlements").fetchone() == ("breached",)
    assert moves(db, entitlement_id) == [*HAND_OVER, "breach merchant>settled 2500"]
    assert balanced(app)
    move(app, entitlement_id, "overturn", Role.STAFF, "查明已归还")
    assert len(moves(db, entitlement_id)) == 4
    assert balanced(app)


def test_an_objection_that_is_accepted_settles(app: Any, db: psycopg.Connection, rental: Offer,
                                               use: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    entitlement_id, out = use(rental, 1, waived=2500)
    later = clock.now() + timedelta(days=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    with app.app_context():
        expiring.run_due()
        expiring.run_due()
    move(app, entitlement_id, "object", Role.CITIZEN, "已还")
    move(app, entitlement_id, "accept_objection", Role.STAFF, "查明已归还")
    assert moves(db, entitlement_id) == [*HAND_OVER, "settle merchant>settled 2500"]
    with app.app_context():
        reversing.reverse(rental.merchant_id, out, "从未取走")
    assert moves(db, entitlement_id)[4] == "reverse settled>citizen 2500"
    assert balanced(app)


def test_a_claim_that_fails_moves_nothing(app: Any, db: psycopg.Connection, inside: Any,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    offer = ground.offer()
    citizen = ground.ready(1, offer)
    monkeypatch.setattr(claiming.quotas, "take", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        claiming.claim(citizen, offer.id, None, None)
    assert db.execute("SELECT count(*) FROM ledger_entries").fetchone() == (0,)


def test_an_application_is_worth_no_money(app: Any, db: psycopg.Connection) -> None:
    """Also where its offer says a value: nothing of it is money."""
    with app.app_context():
        held = Entitlement(id=uuid.uuid4(), kind="application", value_fen=500, quota_held=True)
        with transaction():
            valuing.claimed(held)
            valuing.released(held)
    assert db.execute("SELECT count(*) FROM ledger_entries").fetchone() == (0,)


class TestTheDatabaseHasTheLastWord:
    @pytest.fixture
    def held(self, app: Any, db: psycopg.Connection, inside: Any) -> Entitlement:
        offer = ground.offer()
        return claiming.claim(ground.ready(1, offer), offer.id, None, None)

    @pytest.mark.parametrize("statement", ["UPDATE ledger_entries SET fen = 1", "DELETE FROM ledger_entries",
                                           "TRUNCATE ledger_entries"])
    def test_nothing_changes(self, held: Entitlement, db: psycopg.Connection, statement: str) -> None:
        session().commit()
        with pytest.raises(psycopg.errors.RestrictViolation):
            db.execute(statement)

    @pytest.mark.parametrize(("made", "error"), [
        (("claim", "pool", "citizen", 3000), psycopg.errors.UniqueViolation),  # a second time
        (("claim", "citizen", "pool", 1), psycopg.errors.CheckViolation),  # the other way round
        (("release", "citizen", "returned", -5), psycopg.errors.CheckViolation),
        (("gift", "pool", "citizen", 5), psycopg.errors.CheckViolation),
        (("release", "citizen", "returned", 3001), psycopg.errors.CheckViolation),  # more than is there
    ])
    def test_no_other_move(self, held: Entitlement, made: tuple[str, str, str, int], error: type[Exception]) -> None:
        with pytest.raises(IntegrityError) as no:
            _post(held, Move(*made))
        assert isinstance(no.value.orig, error)

    def test_what_isnt_there_is_refused_at_the_commit(self, held: Entitlement) -> None:
        """The way there may dip below zero, as long as the commit doesn't."""
        about = uuid.uuid4()
        with transaction():
            posting.post(held.id, about, held.merchant_id, Move("settle", "merchant", "settled", 3000),
                         Move("redeem", "citizen", "merchant", 3000))
        with pytest.raises(IntegrityError) as no:
            _post(held, Move("rest", "citizen", "returned", 1))
        assert no.value.orig is not None
        assert no.value.orig.diag.constraint_name == "ledger_covered"  # type: ignore[attr-defined]

    def test_only_in_a_transaction(self, held: Entitlement) -> None:
        with pytest.raises(RuntimeError):
            posting.post(held.id, held.id, held.merchant_id, Move("release", "citizen", "returned", 3000))

    def test_nothing_that_moves_nothing(self, held: Entitlement) -> None:
        _post(held, Move("release", "citizen", "returned", 0))
        assert session().query(Entry).count() == 1


def _post(held: Entitlement, move: Move) -> None:
    with transaction():
        posting.post(held.id, held.id, held.merchant_id, move)


class TestTheCommandFinds:
    """`flask ledger check` says 0 differences, and what is wrong where somebody got past the guards."""

    @pytest.fixture
    def booked(self, app: Any, db: psycopg.Connection, rental: Offer, voucher: Offer, use: Callable[..., Any]) -> Any:
        use(rental, 1, waived=2500)
        use(voucher, 2)
        return app.test_cli_runner()

    def test_nothing(self, booked: Any, db: psycopg.Connection) -> None:
        said = booked.invoke(args=["ledger", "check"])
        assert (said.exit_code, said.output.splitlines()[-1]) == (0, "6 entries, 0 imbalance, 0 differences")
        today = clock.today().isoformat()
        said = booked.invoke(args=["ledger", "check", "--day", today], catch_exceptions=False)
        assert (said.exit_code, said.output) == (0, "3 entries, 0 imbalance, 0 differences\n")

    @pytest.mark.parametrize("damage", [
        "DELETE FROM ledger_entries WHERE kind = 'rest'", "DELETE FROM ledger_entries WHERE kind = 'settle'",
        "UPDATE ledger_entries SET fen = fen + 1 WHERE kind = 'claim'",
        "UPDATE ledger_entries SET fen = fen - 1 WHERE kind = 'redeem'",
        "UPDATE ledger_entries SET merchant_id = (SELECT max(id::text)::uuid FROM merchants) WHERE kind = 'redeem'",
        "DELETE FROM ledger_entries", "UPDATE redemptions SET waived_fen = waived_fen - 1 WHERE state = 'open'",
        "UPDATE redemptions SET state = 'done' WHERE state = 'open'",
        "UPDATE redemptions SET state = 'reversed' WHERE state = 'done'",
        "UPDATE entitlements SET quota_held = false", "UPDATE entitlements SET value_fen = value_fen + 1"])
    def test_what_is_wrong(self, booked: Any, db: psycopg.Connection, app: Any, damage: str) -> None:
        with app.app_context():
            ground.shop(9, "别家")
        with db.transaction():
            db.execute("SET LOCAL session_replication_role = replica")
            assert db.execute(damage).rowcount
        if damage.startswith("UPDATE entitlements SET quota_held"):
            with db.transaction():  # a used one that gave its place back is no difference: an unused one is
                db.execute("SET LOCAL session_replication_role = replica")
                db.execute("UPDATE redemptions SET state = 'reversed'")
        said = booked.invoke(args=["ledger", "check"])
        assert said.exit_code == 1, said.output
        assert "differs: " in said.output


def test_every_step_of_a_life_is_booked(app: Any, db: psycopg.Connection, till: Any, rental: Offer,
                                        use: Callable[..., Any]) -> None:
    """Through the merchant's own doors, to the same end."""
    entitlement_id, out = use(rental, 1)
    done = till.post(f"/v3/xinyi/redemptions/{out}/completion", {"total_amount": 300})
    assert done.status_code == 200, json.dumps(done.json)
    assert moves(db, entitlement_id)[-1] == "settle merchant>settled 3000"
    with app.app_context():
        assert session().query(Redemption).one().state == "done"
    assert balanced(app)
