"""An empty world at both sides, and a gateway that is waited for half a second at most."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.rotating import LiveKeys
from app.gateways.transport import Limits
from app.kernel import clock
from app.kernel.db import session
from app.kernel.redis import Nonces
from tests.bad_days.ways import Ground
from tests.benefits import ground as benefits
from tests.feedback import ground as feedback

QUICK = Limits(connect_s=0.5, read_s=0.4, whole_s=0.5)


@pytest.fixture
def ground(app: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    sandbox.control("POST", "/reset", {"authorizations": True})
    settings, old = app.extensions["settings"], app.extensions["platform"]
    live = LiveKeys(settings.PLATFORM_KEYS_DIR, settings.PLATFORM_SUITE)
    keys = live.now()
    told = PlatformSettings(settings.PLATFORM_BASE_URL, keys.app_id or "", keys.platform_id or "", live, QUICK)
    monkeypatch.setitem(app.extensions, "platform",
                        PlatformClient(told, Nonces(app.extensions["redis"]), clock, old._asker.pace))
    with app.app_context():
        rental = benefits.offer()
        session().expunge(rental)
    made = Ground(app, sandbox, feedback.voucher(app), rental)
    made.no_hold()
    yield made
    sandbox.control("POST", "/reset", {"authorizations": True})
    made.no_hold()
