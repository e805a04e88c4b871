"""Every push is answered within a second, whoever holds what it needs; and after a revocation's answer nobody asks.

Breaks that were tried, each fails here: no `_be_quick` (answered after three seconds); no wait in `take`, and the wait
left out for duplicates (a look arrives after the answer); `leave_by` not looked at in the transport (the look that was
late arrives).
"""

import threading
import time
from typing import Any

import pytest

from app.consent import queries as consents
from app.consent.errors import ConsentRequired
from app.credit import asking, events, grades
from app.credit.errors import PlatformUnavailable
from app.gateways import transport
from app.gateways.platform.push import Push
from app.kernel import clock
from tests.consent import ground
from tests.platform_api.conftest import changed, said


class Way:
    """The way out for the thread `asker`: how long it takes to get ready, and when bytes really left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.delays: list[float] = []
        self.left_at: list[float] = []
        real_ready, real_send = transport._Connection.ready, transport._send

        def ready(connection: Any) -> None:
            if threading.current_thread().name == "asker" and self.delays:
                time.sleep(self.delays.pop(0))
            real_ready(connection)

        def send(*args: Any) -> None:
            if threading.current_thread().name == "asker":
                self.left_at.append(time.monotonic())
            real_send(*args)

        monkeypatch.setattr(transport._Connection, "ready", ready)
        monkeypatch.setattr(transport, "_send", send)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    return Way(monkeypatch)


def begun(app: Any, who: Any, db: Any) -> tuple[threading.Thread, list[str]]:
    """A look at somebody's grade that is written down, and hasn't left yet."""
    ends: list[str] = []

    def ask() -> None:
        try:
            grades.freshen(ground.again(who), "rental", ground.USCC)
        except (ConsentRequired, PlatformUnavailable) as no:
            ends.append(no.code)

    asker = threading.Thread(target=ground.in_context(app, ask), name="asker")
    asker.start()
    while not db.execute("SELECT 1 FROM credit_queries").fetchone():
        time.sleep(0.005)
    return asker, ends


def revocation(consent: Any) -> Push:
    """As the door has read it."""
    moment = clock.rfc3339(clock.now())
    data = {"authorization_id": consents.get(consent.id).authorization_id, "revoked_at": moment}
    event = {"event_id": "E-1", "seq": 1, "type": "authorization.revoked", "occurred_at": moment, "data": data}
    return Push("n" * 16, "r", event, True, None)


def test_what_has_not_left_by_then_never_leaves(app: Any, lin: Any, way: Way, db: Any) -> None:
    told = revocation(ground.registered(lin))
    way.delays = [asking.LEAVES_WITHIN_S + 0.4]
    asker, ends = begun(app, lin, db)
    began = time.monotonic()
    assert events.take(told, {}) == "processed"
    assert time.monotonic() - began < 1
    asker.join()
    assert way.left_at == []
    assert ends == ["CONSENT_REQUIRED"]
    assert grades.latest(lin) is None
    assert db.execute("SELECT DISTINCT failure FROM credit_queries").fetchone() == ("LATE",)


@pytest.mark.parametrize("again", [False, True])
def test_what_is_about_to_leave_leaves_before_the_answer(app: Any, lin: Any, way: Way, db: Any, again: bool) -> None:
    """Also before that of a second delivery, while the first one still waits: "duplicate" says the same. (In slow
    motion, so that it holds on a busy machine.)
    """
    told = revocation(ground.registered(lin))
    way.delays = [1.2]
    with ground.changed(asking, "LEAVES_WITHIN_S", 4.0):
        asker, ends = begun(app, lin, db)
        first = threading.Thread(target=ground.in_context(app, events.take, told, {}))
        if again:
            first.start()
            while not db.execute("SELECT 1 FROM platform_events").fetchone():
                time.sleep(0.005)
        assert events.take(told, {}) == ("duplicate" if again else "processed")
        answered_at = time.monotonic()
        asker.join()
        if again:
            first.join()
    assert [left < answered_at for left in way.left_at] == [True]
    assert ends == ["CONSENT_REQUIRED"]
    assert grades.latest(lin) is None


def test_a_slow_connection_is_kept_for_the_second_attempt(app: Any, lin: Any, way: Way, db: Any) -> None:
    """Who takes longer to reach than a look may wait is reached all the same: the next look finds it open."""
    ground.registered(lin)
    way.delays = [asking.LEAVES_WITHIN_S + 0.1]
    asker, ends = begun(app, lin, db)
    asker.join()
    assert ends == []
    assert grades.latest(lin) is not None
    assert [row[0] for row in db.execute("SELECT failure FROM credit_queries ORDER BY id")] == ["LATE", None]
    assert len(way.left_at) == 1, "the first look is seen by its citizen, and never left"


@pytest.mark.parametrize("kind", ["grade.changed", "authorization.revoked"])
def test_whoever_holds_the_citizen(known: Any, push: Any, world: Any, servers: Any, db: Any, kind: str) -> None:
    """Answered INTERNAL, signed, within the second, with nothing half done; taken when it comes again."""
    [paper] = world.control("GET", "/platform/authorizations")["items"]
    data = {"authorization_id": paper["authorization_id"], **(changed("B") if kind == "grade.changed" else {})}
    with servers.postgres.connect(db.info.dbname) as holder:
        holder.autocommit = False
        holder.execute("SELECT 1 FROM citizens WHERE id = %s FOR UPDATE", (known.id,))
        began = time.monotonic()
        assert said(push(kind, event_id="E-1", data=data)) == ["INTERNAL"]
        assert time.monotonic() - began < 1
        holder.rollback()
    assert db.execute("SELECT count(*) FROM platform_events").fetchone() == (0,)
    assert grades.latest(known).grade == "A"
    assert said(push(kind, event_id="E-1", data=data)) == ["processed"]
