"""kill -9 at every named point of sending: at least once, never lost.

Seen to fail when `_note` settles the notification before it was sent, and when the lane has no end of its lease.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from app.kernel.db import db as database
from app.kernel.db import end_reads, session
from app.notifications import sending
from tests.notifications.conftest import Time, attempts, look
from tests.notifications.shops import Shop, says

POINTS = {"notifications.taken": 0, "notifications.sent": 1, "notifications.noting": 1, "notifications.noted": 1}


def send_and_die(app: Any, point: str) -> bool:
    """A worker that is killed when it comes to `point`; whether it came there."""
    end_reads()
    child = os.fork()
    if not child:
        try:
            database.engine.dispose(close=False)
            app.config["CRASH_POINT"] = point
            with app.app_context():
                sending.drain()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("point", POINTS)
def test_what_a_dead_worker_held_is_sent(inside: Any, shop: Shop, tell: Callable[..., str], time: Time, point: str,
                                         refused: bool) -> None:
    """The first of a subject, with another behind it: both arrive, in order."""
    numbers = [tell("a", 1), tell("a", 2)]
    shop.answer = says(500 if refused else 204)
    assert send_and_die(inside, point)
    assert len(shop.seen) == POINTS[point]
    shop.answer = says(204)
    session().expunge_all()
    time.forward(60)
    sending.drain()
    time.forward(60)
    sending.drain()
    assert [look(number).state for number in numbers] == ["delivered", "delivered"]
    lost = point in ("notifications.taken", "notifications.sent", "notifications.noting")
    first = attempts(numbers[0])[0]
    assert first.failure == ("WORKER_LOST" if lost else "STATUS" if refused else None)
    bodies = [seen.body for seen in shop.seen]
    assert [number.encode() in bodies[-1] for number in numbers] == [False, True]
    assert sum(numbers[1].encode() in body for body in bodies) == 1
