"""The platform is away for 6 hours and comes back: everything goes out in order, nobody storms, nothing outlives its
purpose. Both clocks are moved; 100 visits of the worker stand for six hours.

What keeps the order and spreads the tries has its breaks in test_sending.py.
"""

from datetime import timedelta

import pytest

from app.consent import checking
from app.feedback import sending
from app.feedback.models import Batch
from app.gateways.platform.failures import Passing
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.outbox import putting
from app.outbox import sending as outbox
from app.outbox.models import Message
from tests.feedback import ground

PATH = "/benefit-usages/batches"
HOURS, VISITS, USES = 6, 100, 900
MONTH = timedelta(days=30)
STEP = timedelta(hours=HOURS) / USES
AWAY = {"nobody answers": {"kind": "drop"}, "maintenance": {"kind": "status", "value": {
    "code": "MAINTENANCE", "retry_after_s": 900}}, "a proxy's page": {"kind": "html", "value": 502}}


@pytest.mark.parametrize("how", AWAY)
def test_six_hours_away_and_back(liu, sandbox, time, how):
    _, numbers = liu
    began = clock.now()
    old = ground.copies(numbers[0], 2, first_at=began - MONTH + timedelta(hours=3), due_at=began + timedelta(hours=1))
    used = ground.copies(numbers[0], USES, first_at=began, step=STEP, due_at=began, due_step=STEP)
    sandbox.control("POST", "/faults", {"target": "platform", "path": PATH, **AWAY[how]})
    for _ in range(VISITS):
        sending.work()
        time.passes(hours=HOURS / VISITS)
    knocks = ground.tried(sandbox)
    sealed = session().query(Batch).count()
    assert 10 <= knocks <= 2 * VISITS, "one, or with bad answers two in turn; and never given up"
    assert sealed <= 3, "what isn't sealed can still be looked at"
    sandbox.control("DELETE", "/faults")
    visits = 0
    while sending.work() or visits < 1:
        visits += 1
        time.passes(minutes=31)
    time.passes(minutes=31)
    sending.work()
    taken = ground.taken(sandbox)
    assert len(sandbox.control("GET", "/platform/batches")["items"]) <= sealed + 4, "full batches, not one for each use"
    assert sorted(taken) == sorted([*numbers, *used])
    assert [number for number in taken if number in set(used)] == used, "in order of their time"
    assert [row["record_no"] for row in sandbox.control("GET", "/platform/usages")["rejected"]] == []
    assert {ground.states()[number] for number in old} == {"parked"}, "grown too old meanwhile: never sent"
    assert [row["code"] for row in sandbox.control("GET", "/platform/breaches")["items"]] == []


def test_installations_and_messages_that_waited_come_back_spread(liu, sandbox, time, monkeypatch):
    """60 messages of another topic failed for hours; their next tries lie all over half an hour and more."""
    citizen = session().query(Citizen).first()
    consent = checking.any_live(citizen.id, "usage.report")

    def away(message):
        raise Passing("MAINTENANCE", 1800)

    monkeypatch.setitem(outbox.HANDLERS, "authorization.register", away)
    with transaction():
        for number in range(60):
            putting.put("authorization.register", key=f"k{number}", payload={"consent_id": str(consent.id)})
    for _ in range(2):
        outbox.drain(100)
        time.passes(minutes=45)
    session().expire_all()
    waits = sorted(row.next_at for row in session().query(Message).filter_by(topic="authorization.register")
                   if row.state == "pending")
    assert len(waits) == 60
    spread = (waits[-1] - waits[0]).total_seconds()
    assert spread > 240
    busiest = max(sum(1 for other in waits if 0 <= (other - moment).total_seconds() < 10) for moment in waits)
    assert busiest < 15, "no ten seconds in which a quarter of them comes"
