"""What would not leave is no look: in an announced window nothing is written down, asked, or shown as asked.

The break that was tried: `ready` left out of freshen, and of asking for a report; a line of the access log and a failed
query stood there for a call that never left.
"""

from typing import Any

import pytest

from app.credit import grades
from app.credit.errors import PlatformUnavailable
from app.gateways import health
from app.gateways.access import platform
from app.gateways.platform.failures import Passing
from tests.consent import ground


def test_no_look_in_an_announced_window(lin: Any, world: Any, db: Any) -> None:
    ground.registered(lin)
    _maintenance(world)
    with pytest.raises(PlatformUnavailable) as no:
        grades.freshen(lin, "rental", ground.USCC)
    assert 590 <= (no.value.retry_after or 0) <= 600
    assert db.execute("SELECT count(*) FROM credit_queries").fetchone() == (0,)
    assert _asked(world) == 0
    assert [hold.code for hold in health.holds()] == ["MAINTENANCE"]


def test_no_look_while_the_breaker_is_open(lin: Any, world: Any, db: Any) -> None:
    ground.registered(lin)
    pace = platform()._asker.pace
    for _ in range(12):
        try:
            pace.ended("grade", pace.enter("grade", 1), Passing("NO_ANSWER"))
        except Passing:
            break
    with pytest.raises(PlatformUnavailable):
        grades.freshen(lin, "rental", ground.USCC)
    assert db.execute("SELECT count(*) FROM credit_queries").fetchone() == (0,)
    assert _asked(world) == 0


def _maintenance(world: Any) -> None:
    """The platform says so to whatever was called first; then it would answer, were it asked."""
    world.control("PUT", "/platform/settings", {"maintenance_s": 600})
    with pytest.raises(Passing, match="MAINTENANCE"):
        platform().initiatives()
    world.control("PUT", "/platform/settings", {"maintenance_s": 0})


def _asked(world: Any) -> int:
    told = world.control("GET", "/platform/queries")
    return len(told["items"]) + len(told["refused"])
