"""Every use reaches the platform once, in batches whose bytes never change, one after the other.

Seen to fail when `HOLD` doesn't look for earlier batches (out of order, many knocks), when a batch never steps aside,
when the other doesn't go at once (`OTHER`), and when `AGAIN` doesn't compare `attempts` (a late holder overrules).
"""

from datetime import timedelta

import pytest

from app.feedback import batching, parking, queries, sending
from app.feedback.errors import WrongBatchState
from app.feedback.models import Batch, Feedback
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Passing
from app.kernel import clock
from app.kernel.db import session
from app.outbox.backoff import next_try
from tests.feedback import bad_days, ground

PATH = "/benefit-usages/batches"


def batches():
    session().expire_all()
    return session().query(Batch).order_by(Batch.batch_no).all()


def test_uses_go_out_in_one_batch_and_the_citizen_sees_the_receipts(liu, sandbox):
    me, numbers = liu
    assert [item["feedback_state"] for item in me.get("/api/v1/usages").json["items"]] == ["owed"] * 3
    assert sending.work() == 1
    assert ground.taken(sandbox) == sorted(numbers)
    after = me.get("/api/v1/usages").json["items"]
    assert {item["feedback_state"] for item in after} == {"accepted"}
    assert all(item["receipt_no"] for item in after)
    assert sending.work() == 0


def test_a_bad_day_costs_nothing_and_doubles_nothing(liu, sandbox):
    """Every fault on the first attempt, on the retry too, and after the effect (some of all but for PROOF=full)."""
    numbers = sorted(liu[1])
    for fault in bad_days.ROUNDS:
        bad_days.order(sandbox, PATH, "POST", fault)
        sending.work()
        body = batches()[-1].body
        for _ in range(4):
            ground.pass_backoff()
            sending.work()
        assert (batches()[-1].state, batches()[-1].body) == ("settled", body), fault
        numbers += ground.copies(numbers[0], 1)
    sending.work()
    assert ground.taken(sandbox) == numbers
    assert set(ground.states().values()) == {"accepted"}
    receipts = {row["record_no"]: row["receipt_no"] for row in sandbox.control("GET", "/platform/usages")["items"]}
    assert {row.record_no: row.receipt_no for row in session().query(Feedback)} == receipts
    assert sandbox.control("GET", "/platform/breaches")["items"] == []


def test_rows_that_are_mixed_up_settle_and_lost_ones_are_asked_for_again(liu, sandbox):
    for value, settled in (("shuffle", True), ("repeat", True), ("lose", False)):
        ground.copies(liu[1][0], 2)
        sandbox.control("POST", "/faults", {"target": "platform", "path": PATH, "times": 1, "kind": "rows",
                                            "value": value})
        sending.work()
        assert (batches()[-1].state == "settled") == settled
        ground.pass_backoff()
        sending.work()
    assert set(ground.states().values()) == {"accepted"}


def test_batches_go_one_after_the_other_and_wait_for_the_first(liu, sandbox, monkeypatch):
    ground.copies(liu[1][0], 3)
    monkeypatch.setattr(batching, "settings", lambda: type("S", (), {"FEEDBACK_BATCH": 2}))
    sandbox.control("POST", "/faults", {"target": "platform", "path": PATH, "kind": "drop"})
    for _ in range(5):
        sending.work()
    assert ground.tried(sandbox) == 1, "one knocks; nobody behind it does"
    assert [batch.attempts for batch in batches()] == [1, 0, 0], "and no more are sealed than are needed"
    sandbox.control("DELETE", "/faults")
    ground.pass_backoff()
    assert sending.work() == 3
    told = [row["batch_no"] for row in sandbox.control("GET", "/platform/batches")["items"]]
    assert told == sorted(told)


def test_a_batch_that_fails_by_itself_steps_aside_and_is_called_back_when_others_fail_too(liu, sandbox, monkeypatch):
    numbers = ground.copies(liu[1][0], 5)
    monkeypatch.setattr(batching, "settings", lambda: type("S", (), {"FEEDBACK_BATCH": 2}))
    real, away = PlatformClient.send_batch, True

    def send(self, body):
        if away or body == poison:
            raise Passing("BAD_ANSWER", why="a proxy's page")
        return real(self, body)

    monkeypatch.setattr(PlatformClient, "send_batch", send)
    sending.work()
    poison = batches()[0].body
    for _ in range(2 * sending.PATIENCE):
        ground.pass_backoff(batches()[0].batch_no)
        sending.work()
        assert not any(batch.aside for batch in batches()), "away: another one shows it at once, and none overtakes"
    assert [batch.attempts > 1 for batch in batches()] == [True, True, False], "away: the third never knocks"
    away = False
    for _ in range(3):
        ground.pass_backoff()
        sending.work()
    assert [batch.state for batch in batches()] == ["ready", *["settled"] * 3]
    assert set(ground.taken(sandbox)) >= set(numbers[-3:])


def test_a_rejected_row_is_final_and_tells_why(liu, sandbox, app):
    me, numbers = liu
    uscc = ground.ground.queries.by_mchid("1600000001").uscc
    sandbox.control("POST", "/platform/providers", {"uscc": uscc, "known": False})
    try:
        sending.work()
    finally:
        sandbox.control("POST", "/platform/providers", {"uscc": uscc, "known": True})
    sending.work()
    assert ground.states() == dict.fromkeys(numbers, "rejected")
    assert {item["feedback_state"] for item in me.get("/api/v1/usages").json["items"]} == {"rejected"}
    told = app.test_cli_runner().invoke(args=["feedback", "status"], catch_exceptions=False).output
    assert told.count("PROVIDER_UNKNOWN  省平台没有登记这家商户") == len(numbers)
    rows, _ = queries.wrong_page({"limit": 2, "reason": "PROVIDER_UNKNOWN", "mended": False})
    rest, cursor = queries.wrong_page({"limit": 2, "cursor": _})
    assert [row.record_no for row in (*rows, *rest)] == sorted(numbers, reverse=True)
    assert cursor is None


def test_a_refused_batch_is_parked_and_sent_again_by_hand_with_the_same_bytes(liu, sandbox, app, monkeypatch):
    _, numbers = liu
    sandbox.control("POST", "/faults", {"target": "platform", "path": PATH, "kind": "status", "value": "BAD_REQUEST",
                                        "times": 1})
    sending.work()
    batch, = batches()
    assert (batch.state, batch.last_error) == ("parked", "BAD_REQUEST")
    assert set(ground.states().values()) == {"parked"}
    later = ground.copies(numbers[0], 1)
    sending.work()
    assert ground.taken(sandbox) == later, "what is parked stops nobody"
    told = app.test_cli_runner().invoke(args=["feedback", "status"]).output
    assert f"parked   {batch.batch_no}  3 records  BAD_REQUEST" in told
    done = app.test_cli_runner().invoke(args=["feedback", "resend", batch.batch_no, "--by", "zhang.op"])
    assert done.exit_code == 0, done.output
    assert app.test_cli_runner().invoke(args=["feedback", "resend", batch.batch_no, "--by", "zhang.op"]).exit_code == 1
    assert sending.work() == 1
    assert ground.taken(sandbox) == later + sorted(numbers)


def test_staff_hold_a_batch_back_and_let_it_go(liu, sandbox):
    number = batching.make(500)
    assert parking.park(number, "staff:a1").parked_by == "staff:a1"
    with pytest.raises(WrongBatchState):
        parking.park(number, "staff:a1")
    assert sending.work() == 0
    assert set(ground.states().values()) == {"parked"}
    parking.unpark(number, "staff:a1")
    assert sending.work() == 1
    assert set(ground.states().values()) == {"accepted"}


def test_a_holder_that_wakes_late_doesnt_overrule(liu):
    batching.make(500)
    slow = sending._hold()
    batch, = batches()
    batch.lease_until = clock.now() - timedelta(seconds=1)
    session().commit()
    quick = sending._hold()
    assert (quick.attempts, quick.doubtful) == (slow.attempts + 1, True)
    sending._again(slow, Passing("NO_ANSWER"))
    parking.refused(slow, "BAD_REQUEST")
    assert [(each.state, each.attempts) for each in batches()] == [("sending", quick.attempts)]


def test_the_next_one_waits_for_the_answer_and_not_for_its_being_written_down(liu):
    """Seen to fail when `HOLD` doesn't look for earlier batches, and when it doesn't leave the answered one out."""
    first, second = batching.make(1), batching.make(1)
    assert sending._hold().batch_no == first
    assert sending._hold() is None
    assert sending._hold(answered=first).batch_no == second
    batching.make(1)
    assert sending._hold(answered=first) is None, "only for the one that was answered"


def test_how_it_stands(liu, sandbox):
    told = queries.health()
    assert (told.owed, told.in_flight, told.accepted_today) == (3, 0, 0)
    assert told.owed_lag_s > 0
    batching.make(2)
    told = queries.health()
    assert (told.owed, told.open_batches, told.in_flight) == (1, 1, 2)
    sending.work()
    told = queries.health()
    assert (told.owed, told.in_flight, told.accepted_today, told.to_correct) == (0, 0, 3, 0)


def test_the_first_batch_alone_knocks_and_so_at_least_once_a_minute(liu, sandbox):
    """All that is owed waits behind it. Seen to fail with the back-off of other messages, up to 30 min."""
    sandbox.control("POST", "/faults", {"target": "platform", "path": PATH, "kind": "drop"})
    batching.make(2)
    for _ in range(12):
        ground.pass_backoff()
        sending.send_one()
    waits = (batches()[0].next_at - clock.now()).total_seconds()
    assert batches()[0].attempts >= 12
    assert 20 < waits <= 60


def test_who_was_told_when_to_come_back_comes_then_and_not_all_at_once():
    """Seen to fail with `max(wait, retry_after_s)`, as it was: a thousand came back on one second."""
    for attempts, retry_after in ((1, 600), (30, 600), (9, None), (1, 3600)):
        waits = sorted((next_try(attempts, retry_after) - clock.now()).total_seconds() for _ in range(200))
        assert waits[0] >= (retry_after or 0) - 1
        assert waits[-1] - waits[0] > 60, "spread over minutes"
