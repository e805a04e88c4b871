"""While an appeal is open nothing is taken away: an order in use waits, whatever the clock says."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.appeals import opening, settling
from app.appeals.errors import AboutNotFound, MoveNeeded
from app.appeals.models import Appeal
from app.benefits import claiming, expiring, life
from app.benefits.models import Entitlement
from app.identity import queries as citizens
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.scenario.contract import Role
from tests.benefits import ground

pytestmark = pytest.mark.usefixtures("inside", "db")
CLOCKS = opening.Clocks(1, 5, 24)


def later(monkeypatch: pytest.MonkeyPatch, **span: Any) -> None:
    moment = clock.now() + timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def reminded(monkeypatch: pytest.MonkeyPatch) -> Entitlement:
    """Lin's umbrella is overdue; she has been reminded."""
    made = ground.offer(quota_total=5)
    got = claiming.claim(ground.ready(1, made), made.id, None, None)
    with transaction() as s:
        life.move(s.get_one(Entitlement, got.id, with_for_update=True), "hand_over", Role.MERCHANT)
    later(monkeypatch, days=5)
    expiring.run_due()
    assert _state(got) == "reminded"
    return got


def _state(entitlement: Entitlement) -> str:
    session().expire_all()
    return session().get_one(Entitlement, entitlement.id).state


def _citizen(entitlement: Entitlement) -> Citizen:
    citizen = citizens.get(entitlement.citizen_id)
    assert citizen is not None
    return citizen


def _object(entitlement: Entitlement) -> Appeal:
    said = opening.Objection("entitlement", str(entitlement.id), "雨伞三号就还了，店里没有登记。")
    return opening.open_appeal(_citizen(entitlement), said, CLOCKS)


def test_without_an_appeal_the_clock_goes_on(reminded: Entitlement, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the next one."""
    later(monkeypatch, days=30)
    expiring.run_due()
    assert _state(reminded) == "breached"


def test_an_open_appeal_stops_the_clock(reminded: Entitlement, monkeypatch: pytest.MonkeyPatch,
                                        db: psycopg.Connection) -> None:
    """Fails where the scenario's objection isn't made in the appeal's own transaction."""
    appeal = _object(reminded)
    later(monkeypatch, days=300)
    expiring.run_due()
    assert _state(reminded) == "objected"
    assert db.execute("SELECT note FROM entitlement_steps WHERE move = 'object'").fetchall() == [
        (f"异议 {appeal.appeal_no}",)]


def test_no_settled_appeal_leaves_an_order_hanging(reminded: Entitlement) -> None:
    """Fails where staff can answer and forget the order, or name a move that isn't theirs."""
    appeal = _object(reminded)
    for move in (None, "breach", "return", "nonsense"):
        with pytest.raises(MoveNeeded) as no:
            settling.settle(appeal.appeal_no, settling.Settlement("upheld", "店里漏登记。", move), "wang")
        assert no.value.extra == {"moves": ["accept_objection", "dismiss_objection"]}
    assert session().get_one(Appeal, appeal.id, populate_existing=True).state == "opened"


def test_upheld(reminded: Entitlement, db: psycopg.Connection) -> None:
    """Fails where the order stays open, or is reported as a breach."""
    appeal = _object(reminded)
    settling.settle(appeal.appeal_no, settling.Settlement("upheld", "店里漏登记。", "accept_objection"), "wang")
    assert _state(reminded) == "returned"
    assert db.execute("SELECT outcome FROM usages").fetchall() == [("fulfilled",)]


def test_dismissed_and_then_the_clock_goes_on(reminded: Entitlement, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where a dismissed appeal breaches at once, or never."""
    appeal = _object(reminded)
    settling.settle(appeal.appeal_no, settling.Settlement("dismissed", "监控显示未还。", "dismiss_objection"), "wang")
    assert expiring.run_due() == 0
    assert _state(reminded) == "dismissed"
    later(monkeypatch, days=30)
    expiring.run_due()
    assert _state(reminded) == "breached"


def test_a_breach_can_be_objected_to_and_taken_back(reminded: Entitlement, monkeypatch: pytest.MonkeyPatch,
                                                    db: psycopg.Connection) -> None:
    """Fails where an appeal is refused once it is too late for the order's own objection."""
    later(monkeypatch, days=30)
    expiring.run_due()
    appeal = _object(reminded)
    assert _state(reminded) == "breached"
    settling.settle(appeal.appeal_no, settling.Settlement("upheld", "已查明。", "overturn"), "wang")
    rows = db.execute("SELECT outcome, usage_no, corrects FROM usages ORDER BY ordinal").fetchall()
    assert [row[0] for row in rows] == ["breached", "reversed"]
    assert rows[1][2] == rows[0][1], "the record that takes it back names the breach"


def test_the_citizen_may_object_to_their_decision_and_usage(reminded: Entitlement, monkeypatch: pytest.MonkeyPatch,
                                                            db: psycopg.Connection) -> None:
    """T1. Fails where one's own decision or usage isn't found, or another's is."""
    later(monkeypatch, days=30)
    expiring.run_due()
    lin, zhou = _citizen(reminded), ground.person(2)
    usage = db.execute("SELECT usage_no FROM usages").fetchone()
    assert usage is not None
    for kind, about in (("decision", str(reminded.decision_id)), ("usage", usage[0])):
        assert opening.open_appeal(lin, opening.Objection(kind, about, "不对"), CLOCKS).state == "opened"
        with pytest.raises(AboutNotFound):
            opening.open_appeal(zhou, opening.Objection(kind, about, "不对"), CLOCKS)


def test_an_order_that_is_still_fine_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where any appeal about an entitlement moves it."""
    made = ground.offer(quota_total=5)
    got = claiming.claim(ground.ready(1, made), made.id, None, None)
    appeal = _object(got)
    assert _state(got) == "ready"
    assert settling.settle(appeal.appeal_no, settling.Settlement("dismissed", "无误。"), "wang").state == "settled"
