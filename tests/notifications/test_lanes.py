"""A slow or dead merchant never delays another: measured in order, not in time.

Breaks that were tried: `tick` that sends in its own thread, one after the other (the fast shop waits for the slow
one, for ever, and the first test fails); no lease (`lanes.take` without _FREE: the slow shop gets two at a time);
no part for the slow (`slow_places` as large as the crew: three slow shops take every place); `take` without CHOOSE
(two choose at once, and three slow ones are out); ORDER BY without `served_at` (one shop's many go before another's).
"""

import threading
import time as real
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from app.kernel.db import end_reads, session, transaction
from app.notifications import lanes, sending
from app.notifications.models import Lane, Notification
from tests.benefits import ground
from tests.notifications.conftest import Time, attempts, look
from tests.notifications.shops import Shop, says

Shops = Callable[..., Shop]
Tell = Callable[..., str]


class Gate:
    """Shops behind it answer when it is opened, and not before."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def answer(self, shop: Shop, handler: Any) -> None:
        assert self.open.wait(30)
        says(204)(shop, handler)


@pytest.fixture
def crew(inside: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`crew(size)`: a new one of so many places."""

    def of(size: int) -> None:
        monkeypatch.setitem(inside.extensions["settings"]._values, "NOTIFY_LANES", size)
        inside.extensions.pop("crew:notifications", None)

    return of


def settled(count: int) -> None:
    """Until so many are delivered, by whoever is at work."""
    deadline = real.monotonic() + 20
    while delivered() < count:
        assert real.monotonic() < deadline, f"{delivered()} of {count}"
        real.sleep(0.02)


def delivered() -> int:
    end_reads()
    return session().query(Notification).filter(Notification.state == "delivered").count()


def test_a_slow_shop_delays_nobody(shops: Shops, tell: Tell, crew: Callable[[int], None]) -> None:
    """All ten of the fast shop arrive while the first of the slow shop's is still unanswered."""
    crew(4)
    gate, slow, fast = Gate(), shops(), shops()
    slow.answer = gate.answer
    other = ground.shop(2, "快店")
    for n in range(5):
        tell(f"slow-{n}", url=slow.url)
    end_reads()
    assert sending.tick() >= 1
    slow.wait_for(1)
    for n in range(10):
        tell(f"fast-{n}", to=other, url=fast.url)
    end_reads()
    sending.tick()
    fast.wait_for(10)
    settled(10)
    assert len(slow.seen) == 1  # at most one of a shop's is out at a time
    gate.open.set()
    settled(15)


def test_many_slow_shops_leave_places_to_the_others(shops: Shops, tell: Tell, crew: Callable[[int], None]) -> None:
    """Of four places the slow have two; three slow shops and a dead one don't take the rest."""
    crew(4)
    gate, slow, fast = Gate(), shops(), shops()
    slow.answer = gate.answer
    for number in (11, 12, 13):
        tell("a", to=ground.shop(number, f"慢店{number}"), url=slow.url)
    with transaction() as s:
        s.execute(update(Lane).values(slow=True))
    sending.tick()
    slow.wait_for(2)
    for n in range(3):
        tell(f"{n}", to=ground.shop(2, "快店"), url=fast.url)
    end_reads()
    sending.tick()
    settled(3)
    assert (len(fast.seen), len(slow.seen)) == (3, 2)
    gate.open.set()
    settled(5)
    end_reads()
    sending.tick()
    settled(6)


def test_merchants_take_turns(shops: Shops, tell: Tell) -> None:
    """One with a hundred waiting doesn't go before one with a single one."""
    shop = shops()
    for n in range(8):
        tell(f"{n}", url=shop.url)
    for n in range(2):
        tell(f"other-{n}", to=ground.shop(2, "别家"), url=f"http://127.0.0.1:{shop.port}/other")
    sending.drain()
    assert [seen.path for seen in shop.seen[:4]].count("/other") == 2


def test_who_answers_slowly_is_known_for_it(shop: Shop, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SLOW_MS", 0)
    tell("a")
    sending.drain()
    end_reads()
    assert session().scalar(select(Lane.slow)) is True
    monkeypatch.setattr(sending, "SLOW_MS", 60_000)
    tell("b")
    sending.drain()
    session().expire_all()
    assert session().scalar(select(Lane.slow)) is False


def test_one_at_a_time_by_any_number_of_workers(shop: Shop, tell: Tell, time: Time) -> None:
    tell("a")
    tell("b")
    held = lanes.take()
    assert held is not None
    assert lanes.take() is None
    time.forward(31)  # its worker died
    again = lanes.take()
    assert again is not None
    assert again.notification.id == held.notification.id


def test_who_wakes_too_late_overrules_nobody(shop: Shop, tell: Tell, time: Time) -> None:
    """Tried: `_note` that writes without having the lane. The attempt alone tells what it came to."""
    shop.answer = says(500)
    number = tell()
    late = lanes.take()
    assert late is not None
    time.forward(31)
    assert sending.drain() == 1
    sending._note(late, sending.Outcome(204, None, None), 60_000)
    assert (look(number).state, look(number).failures) == ("pending", 1)
    assert [each.status for each in attempts(number)] == [204, 500]
