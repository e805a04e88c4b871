"""What goes into a batch, what waits, what is kept for staff; none of it keeps others from going.

Seen to fail when `OLDEST` isn't looked at, when a future use or a correction of what isn't settled is sent at once, and
when `undo` takes a batch that may have been taken.
"""

from datetime import datetime, timedelta

import orjson
import pytest
from sqlalchemy import text, update

from app.consent.models import Consent
from app.feedback import batching, sending
from app.feedback.models import Batch, Feedback
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Passing
from app.kernel import clock
from app.kernel.db import session, transaction
from app.outbox import queries as outbox
from tests.feedback import bad_days, ground

MONTH = timedelta(days=30)


def bodies():
    session().expire_all()
    return [orjson.loads(batch.body) for batch in session().query(Batch).order_by(Batch.batch_no)]


def told():
    return [record for body in bodies() for record in body["records"]]


def test_a_record_says_what_the_page_lists_and_names_nothing_that_is_absent(liu):
    batching.make(500)
    record = told()[0]
    assert list(record) == ["record_no", "authorization_id", "scenario", "benefit", "provider_uscc", "region",
                            "occurred_at", "outcome", "waived_fen", "paid_fen"]
    assert record["occurred_at"].endswith("+08:00")


def test_a_use_of_an_initiatives_offer_names_it(liu, sandbox):
    made = sandbox.control("POST", "/platform/initiatives", {})["initiative_no"]
    number, = ground.copies(liu[1][0], 1, initiative_no=made)
    sending.work()
    rows = sandbox.control("GET", "/platform/usages")["items"]
    named = {row["record_no"]: row.get("initiative_no") for row in rows}
    assert named == {**dict.fromkeys(liu[1]), number: made}


def test_those_that_wait_for_their_registration_stop_nobody(liu, sandbox):
    """600 of one citizen wait in front of one that can go: it goes, at once."""
    _, numbers = liu
    ground.copies(numbers[0], 600, due_at=clock.now() - timedelta(hours=1))
    with transaction() as s:
        known = s.scalar(text("SELECT authorization_id FROM consents WHERE scope = 'usage.report'"))
        s.execute(update(Consent).where(Consent.authorization_id == known).values(authorization_id=None))
        s.execute(text("INSERT INTO consents SELECT (jsonb_populate_record(CAST(NULL AS consents), to_jsonb(old) || "
                       "jsonb_build_object('id', gen_random_uuid(), 'authorization_no', 'another', "
                       "'authorization_id', CAST(:id AS text), 'withdrawn_at', now(), 'withdrawn_by', 'citizen'))).* "
                       "FROM consents old WHERE scope = 'usage.report'"), {"id": known})
        another = s.scalar(text("SELECT id FROM consents WHERE authorization_no = 'another'"))
        s.execute(text("SET LOCAL session_replication_role = replica"))
        s.execute(text("UPDATE usages SET consent_id = :id WHERE usage_no = :no"), {"id": another, "no": numbers[2]})
    assert sending.work() == 1
    assert ground.taken(sandbox) == [numbers[2]]
    standing = outbox.standing("usage")
    assert (standing.count, standing.waiting) == (602, {"AUTHORIZATION_NOT_REGISTERED": 602})
    later = session().scalars(text("SELECT next_at FROM outbox WHERE state = 'pending'")).all()
    assert min(later) > clock.now(), "and don't come back at once"


def test_what_is_older_than_thirty_days_is_kept_back_and_never_sent(liu, sandbox):
    me, numbers = liu
    now = clock.now()
    old = ground.copies(numbers[0], 2, first_at=now - MONTH - timedelta(seconds=1))
    edge = ground.copies(numbers[0], 1, first_at=now - MONTH + timedelta(minutes=5))
    sending.work()
    assert sorted(ground.taken(sandbox)) == sorted([*numbers, *edge])
    assert sandbox.control("GET", "/platform/usages")["rejected"] == [], "nothing was even tried"
    kept = session().query(Feedback).filter(Feedback.record_no.in_(old)).all()
    assert {(row.state, row.reason, row.batch_no) for row in kept} == {("parked", "TOO_OLD", None)}
    assert [item["feedback_state"] for item in me.get("/api/v1/usages").json["items"]].count("parked") == 2
    assert sending.work() == 0


def test_a_use_in_the_future_waits_until_it_is_past(liu, sandbox, time):
    """The page allows 300 s; their clock may be behind ours by as much, so it waits to the end."""
    _, numbers = liu
    soon = ground.copies(numbers[0], 1, first_at=clock.now() + timedelta(seconds=200))
    sending.work()
    assert ground.taken(sandbox) == sorted(numbers)
    time.passes(seconds=201)
    sending.work()
    assert ground.taken(sandbox) == [*sorted(numbers), *soon]


def test_a_correction_waits_for_what_it_names(liu, sandbox):
    """Sent in one batch or before it, the platform may not know the earlier record: a final no."""
    _, numbers = liu
    later = ground.copies(numbers[0], 1, corrects=numbers[0])
    sending.work()
    assert ground.taken(sandbox) == sorted(numbers)
    assert outbox.standing("usage").waiting == {"CORRECTED_NOT_SETTLED": 1}
    ground.pass_backoff()
    sending.work()
    assert ground.taken(sandbox) == [*sorted(numbers), *later]
    assert told()[-1]["corrects"] == numbers[0]


def test_taking_back_what_was_never_told_is_never_told(liu, sandbox):
    _, numbers = liu
    old = ground.copies(numbers[0], 1, first_at=clock.now() - MONTH - timedelta(hours=1))
    back = ground.copies(numbers[0], 1, corrects=old[0])
    for _ in range(2):
        sending.work()
        ground.pass_backoff()
    assert ground.taken(sandbox) == sorted(numbers)
    row = session().get(Feedback, back[0])
    assert (row.state, row.reason) == ("parked", "CORRECTED_NEVER_SENT")


def test_a_batch_never_outgrows_its_bounds(liu, monkeypatch):
    monkeypatch.setattr(batching, "LARGEST", 600)
    made = [batching.make(500) for _ in range(4)]
    assert [bool(number) for number in made] == [True, True, True, False]
    assert batching.make(0) is None
    assert all(len(batch.body) <= 600 for batch in session().query(Batch))
    assert [len(body["records"]) for body in bodies()] == [1, 1, 1]


def test_one_worker_makes_batches_at_a_time(liu, db):
    db.execute("SELECT pg_advisory_lock(%s)", [batching.MAKER])
    assert batching.make(500) is None
    db.execute("SELECT pg_advisory_unlock_all()")
    assert batching.make(500)


AWAY = {"maintenance": (Passing("MAINTENANCE", 30), True), "refused": (Passing(
    "NO_ANSWER", why="connection: ConnectionRefusedError", connection=True, sent=False), True),
    "held here": (Passing("CIRCUIT_OPEN", 15, sent=False), True),
    "hung up": (Passing("NO_ANSWER", why="connection: RemoteDisconnected", connection=True), False),
    "a stale answer": (Passing("CLOCK_SKEW", skew_s=900), False),
    "their clock says no": (Passing("CLOCK_SKEW", 300), True)}


@pytest.mark.parametrize("day", ["maintenance", "hung up"] if not bad_days.WHOLE else AWAY)
def test_a_sealed_batch_that_grew_too_old_is_unmade_only_where_it_surely_wasnt_taken(liu, sandbox, time, monkeypatch,
                                                                                    day):
    """Where it may have been taken the same bytes are the only way to find out."""
    _, numbers = liu
    old = ground.copies(numbers[0], 1, first_at=clock.now() - MONTH + timedelta(hours=1))
    failure, surely_not = AWAY[day]

    def away(self, body):
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(PlatformClient, "send_batch", away)
        sending.work()
    body = session().query(Batch).one().body
    time.passes(hours=6)
    for _ in range(3):
        sending.work()
    rejected = [row["record_no"] for row in sandbox.control("GET", "/platform/usages")["rejected"]]
    assert sorted(ground.taken(sandbox)) == sorted(numbers)
    assert rejected == ([] if surely_not else old)
    assert ground.states()[old[0]] == ("parked" if surely_not else "rejected")
    states = [batch.state for batch in session().query(Batch).order_by(Batch.batch_no)]
    assert states == (["undone", "settled"] if surely_not else ["settled"])
    assert surely_not or bodies()[0] == orjson.loads(body)
    assert sandbox.control("GET", "/platform/breaches")["items"] == []


def test_batches_are_numbered_in_order_of_their_making(liu):
    ground.copies(liu[1][0], 7)
    made = [batching.make(1) for _ in range(10)]
    assert made == sorted(made)
    days = {number[1:9] for number in made}
    assert all(datetime.strptime(day, "%Y%m%d") for day in days)  # noqa: DTZ007
