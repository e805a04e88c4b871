"""Uses by Liu that are owed, and a clock that both sides share."""

from datetime import timedelta

import pytest

from app.kernel import clock
from app.outbox import sending as outbox
from tests.feedback import ground
from tests.feedback.bad_days import no_hold


@pytest.fixture
def fresh(app, sandbox):
    """A sandbox that has forgotten usages, faults, settings and its clock's shift; after the test again."""
    sandbox.control("POST", "/reset")
    yield app
    sandbox.control("POST", "/reset")


@pytest.fixture
def liu(fresh, sandbox):
    """(Liu signed in, the numbers of three uses); within the application's context."""
    offer = ground.voucher(fresh)
    me = ground.liu(fresh, sandbox, offer.id)
    numbers = ground.use(fresh, me.citizen_id, offer, 3)
    with fresh.app_context():
        outbox.drain()
        yield me, numbers


class Time:
    """Moves our clock and the sandbox's together."""

    def __init__(self, monkeypatch, sandbox):
        self._patch, self._sandbox, self._by, self._real = monkeypatch, sandbox, timedelta(), clock.now

    def passes(self, **more):
        """timedelta's words. Windows and breakers of the gateway, which run by the machine's clock, are over too."""
        self._by += timedelta(**more)
        self._patch.setattr(clock, "now", lambda: self._real() + self._by)
        self._sandbox.control("POST", "/clock", {"offset_s": self._by.total_seconds()})
        no_hold()


@pytest.fixture
def time(monkeypatch, fresh, sandbox):
    return Time(monkeypatch, sandbox)
