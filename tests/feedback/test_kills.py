"""kill -9 at every named point of sending, on every kind of day: 0 lost, 0 double at the platform.

Exhaustive over the points, as rounds of random kills prove little (promises.md, rule 2). Seen to fail when
- `_settle` notes the batch as settled before the platform was called (lost),
- the batch is made anew, with another number and bytes, after a crash (BATCH_NO_REUSED or doubled receipts),
- `batching.make` settles the outbox messages in a transaction of its own (lost at feedback.making).
"""

import os
import signal
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.feedback import batching, sending
from app.feedback.models import Batch, Feedback
from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.keys import load_keys
from app.gateways.transport import Limits
from app.kernel import clock
from app.kernel.db import db as database
from app.kernel.db import session, transaction
from app.kernel.redis import Nonces
from app.outbox import sending as outbox
from app.outbox.models import Message
from tests.feedback import ground

POINTS = ["feedback.making", "feedback.held", "feedback.answered", "feedback.settling", "feedback.settled"]
DAYS = {"ok": None, "answer lost": {"kind": "take_then_drop"}, "502": {"kind": "status", "value": 502},
        "html": {"kind": "html"}, "time-out": {"kind": "latency", "value": 1.5},
        "bad signature": {"kind": "bad_signature"}, "stale": {"kind": "stale"}}
USES = 2


@pytest.fixture
def owed(app, sandbox):
    sandbox.control("POST", "/reset")
    sandbox.control("DELETE", "/faults")
    offer = ground.voucher(app)
    me = ground.liu(app, sandbox, offer.id)
    numbers = ground.use(app, me.citizen_id, offer, USES)
    with app.app_context():
        outbox.drain()
        yield numbers
    sandbox.control("DELETE", "/faults")


def work_and_die(app, point, batch=500):
    """A worker process that is killed when it comes to `point`; whether it came there. `batch`: uses in each."""
    child = os.fork()
    if not child:
        try:
            database.engine.dispose(close=False)
            batching.settings = lambda: type("S", (), {"FEEDBACK_BATCH": batch})
            app.config["CRASH_POINT"] = point
            app.extensions["platform"] = impatient(app.extensions["settings"], app.extensions["redis"])
            with app.app_context():
                sending.work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def impatient(settings, connection):
    """The same platform, waited for half a second only."""
    keys = load_keys(settings.PLATFORM_KEYS_DIR, settings.PLATFORM_SUITE)
    told = PlatformSettings(settings.PLATFORM_BASE_URL, settings.PLATFORM_APP_ID or keys.app_id,
                            settings.PLATFORM_ID or keys.platform_id, keys, Limits(0.5, 0.5, 1.0))
    return PlatformClient(told, Nonces(connection), clock)


def pass_time():
    """Leases run out and back-offs end."""
    with transaction() as s:
        s.execute(update(Batch).where(Batch.state == "sending").values(lease_until=clock.now() - timedelta(seconds=1)))
        s.execute(update(Batch).where(Batch.state == "ready").values(next_at=clock.now()))
    session().expunge_all()


def open_work():
    session().expunge_all()
    return (session().query(Batch).filter(Batch.state != "settled").count()
            + session().query(Message).filter(Message.topic == "usage", Message.state != "done").count())


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_and_nothing_counts_twice(app, owed, sandbox, point, day):
    if DAYS[day]:
        sandbox.control("POST", "/faults", {"target": "platform", "path": "/benefit-usages/batches", "times": 1,
                                            **DAYS[day]})
    session().rollback()
    died = work_and_die(app, point)
    reached = point in ("feedback.making", "feedback.held") or day == "ok"
    assert died == reached, "the point must be where it says it is"
    carry_on(app, sandbox, owed)


@pytest.mark.parametrize("point", POINTS[2:])
def test_a_death_while_an_answer_is_written_down_and_the_next_batch_is_on_its_way(app, owed, sandbox, point):
    session().rollback()
    assert work_and_die(app, point, batch=1)
    carry_on(app, sandbox, owed)


def carry_on(app, sandbox, owed):
    """Others take it up: each use is there once, and we know its receipt."""
    for _ in range(6):
        if not open_work():
            break
        pass_time()
        work_and_die(app, "")
    assert open_work() == 0
    rows = sandbox.control("GET", "/platform/usages")["items"]
    assert sorted(row["record_no"] for row in rows) == sorted(owed)
    ours = {row.record_no: (row.state, row.receipt_no) for row in session().query(Feedback)}
    assert ours == {row["record_no"]: ("accepted", row["receipt_no"]) for row in rows}
    assert sandbox.control("GET", "/platform/breaches")["items"] == []
