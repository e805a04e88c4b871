"""Every fault of the sandbox on every call: a named failure, as many attempts as the policy allows, no breach, and the
same call right afterwards has its effect once.

Breaks that were tried: a look repeated where the platform hung up, a final error tried again, `again` given to a batch,
RATE_LIMITED without its window, the second attempt with the first one's nonce; each failed here.
"""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.gateways.platform import asking
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Passing, Permanent
from app.gateways.platform.forms import RedListForm
from app.gateways.platform.pacing import CALLS, Pace
from app.gateways.platform.pacing_here import Here
from app.gateways.transport import Limits
from app.kernel import clock, jsons
from sandbox.platform import door
from tests.gateways.conftest import Played
from tests.gateways.test_with_the_sandbox import PURPOSE, RED_LIST, authorize, initiate

SUITE = "ES256-SHA256"
QUICK = Limits(connect_s=0.5, read_s=0.1, whole_s=0.2)
AGAIN = {"identity", "authorization", "revocation"}  # a person waits for these, and they may be said twice
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "drop"}, "NO_ANSWER"), ({"kind": "take_then_drop"}, "NO_ANSWER"),
    ({"kind": "latency", "value": 0.2, "when": "after"}, "NO_ANSWER"),
    ({"kind": "status", "value": 500}, "BAD_ANSWER"), ({"kind": "status", "value": 504, "when": "after"}, "BAD_ANSWER"),
    ({"kind": "html"}, "BAD_ANSWER"), ({"kind": "html", "value": 502, "when": "after"}, "BAD_ANSWER"),
    ({"kind": "truncate"}, "BAD_ANSWER"), ({"kind": "truncate", "value": "connection"}, "BAD_ANSWER"),
    ({"kind": "bad_signature"}, "BAD_ANSWER"), ({"kind": "other_nonce"}, "BAD_ANSWER"),
    ({"kind": "other_request_id"}, "BAD_ANSWER"), ({"kind": "stale"}, "CLOCK_SKEW"),
    ({"kind": "stale", "value": -600}, "CLOCK_SKEW"), ({"kind": "status", "value": "INTERNAL"}, "INTERNAL"),
    ({"kind": "status", "value": {"code": "RATE_LIMITED", "retry_after_s": 0}}, "RATE_LIMITED"),
    ({"kind": "status", "value": {"code": "MAINTENANCE", "retry_after_s": 0}, "when": "after"}, "MAINTENANCE"),
    ({"kind": "status", "value": "SCOPE_DENIED"}, "SCOPE_DENIED"),
]


class Doing:
    """A client on its own, an authorisation, an initiative, and each call as somebody would make it."""

    def __init__(self, played: Played) -> None:
        self.played, self.moment = played, clock.now()
        self.client: PlatformClient = played.client(SUITE)
        self.paper, self.initiative = authorize(self.client, played), initiate(played, 1)
        self.lin = played.subject("lin")
        self.entry = RedListForm(self.lin, "共青团江西省委", "赣青发〔2026〕1号", date(2026, 10, 1), date(2026, 10, 8),
                                 date(2026, 10, 8), date(2027, 10, 8))
        self.client.put_red_list_entry(RED_LIST, "RL-0", self.entry)

    def call(self, name: str) -> Any:
        look = (self.paper, self.lin, "rental", PURPOSE, "system")
        ways: dict[str, Callable[[], Any]] = {
            "identity": lambda: self.client.verify_identity(self.lin),
            "authorization": lambda: authorize(self.client, self.played, "zhou", self.moment),
            "revocation": lambda: self.client.revoke_authorization(self.paper, self.moment),
            "grade": lambda: self.client.query_grade(*look), "report": lambda: self.client.query_report(*look),
            "batch": lambda: self.client.send_batch(self.batch()),
            "reconciliation": lambda: self.client.reconciliation_page(clock.today()),
            "red_list": lambda: self.client.put_red_list_entry(RED_LIST, "RL-1", self.entry),
            "red_list_removal": lambda: self.client.delete_red_list_entry(RED_LIST, "RL-0"),
            "initiatives": self.client.initiatives,
            "initiative_response": lambda: self.client.respond_initiative(self.initiative, "accepted", None, ["X"],
                                                                          self.moment),
            "initiative_feedback": lambda: self.client.feed_back_initiative(self.initiative, "2026-10", 1, 2, 3, "-")}
        assert set(ways) == set(CALLS)
        return ways[name]()

    def batch(self) -> bytes:
        return jsons.dumps({"batch_no": "B1", "records": [{
            "record_no": "r1", "authorization_id": self.paper, "scenario": "rental", "benefit": "X",
            "provider_uscc": "91360100MADEM00039", "region": "360100", "occurred_at": clock.rfc3339(self.moment),
            "outcome": "fulfilled", "waived_fen": 9900, "paid_fen": 300}]})

    def effects(self) -> list[int]:
        tables = ("authorizations", "records", "batches", "red_entries", "responses", "feedbacks")
        return [self.played.world.state.all(f"select count(*) as n from {name}")[0]["n"] for name in tables]  # noqa: S608


@pytest.fixture
def doing(played: Played) -> Doing:
    return Doing(played)


@pytest.mark.parametrize(("fault", "code"), FAULTS, ids=[str(fault) for fault, _ in FAULTS])
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_has_a_name_an_end_and_no_second_effect(
    doing: Doing, call: str, fault: dict[str, Any], code: str
) -> None:
    order, patient = doing.played.world.faults.order({"target": "platform", **fault}), doing.client
    if fault["kind"] == "latency":
        doing.client = doing.played.client(SUITE, limits=QUICK)
    with pytest.raises((Passing, Permanent)) as failed:
        doing.call(call)
    assert failed.value.code == code
    attempts = order.hits
    assert attempts == (2 if call in AGAIN and fault["kind"] in ("drop", "take_then_drop") else 1)
    doing.played.world.faults.clear()
    doing.played.quiet()
    doing.client = patient
    before = doing.effects()
    doing.call(call)
    doing.call(call)
    changed = [after - earlier for earlier, after in zip(before, doing.effects(), strict=True)]
    assert max(changed) <= 1
    assert set(doing.played.breaches()) <= {"AUTHORIZATION_REVOKED"}
    looks = doing.played.world.state.all("select count(*) as n from queries")[0]["n"]
    assert looks <= (3 if call in ("grade", "report") else 0)


@pytest.mark.parametrize("call", CALLS)
def test_a_window_that_was_announced_is_kept_by_every_call(
    doing: Doing, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox notes RETRY_TOO_EARLY for whoever comes within it."""
    monkeypatch.setattr(door, "GRACE_S", -1)
    doing.played.world.maintenance_until = doing.played.world.clock.now() + 600
    doing.played.world.told_to_wait.clear()
    with pytest.raises(Passing, match="MAINTENANCE") as first:
        doing.client.initiatives()
    assert first.value.sent
    doing.played.world.state.run("delete from breaches")  # the first one's, by the grace that this test took away
    with pytest.raises(Passing, match="MAINTENANCE") as held:
        doing.call(call)
    assert not held.value.sent
    assert held.value.retry_after_s in (599, 600)
    assert doing.played.breaches() == []


def test_at_most_our_rate_is_sent(played: Played) -> None:
    """The platform lets 40 a second in; at 30 we never hear of it, and at any speed we would."""
    played.world.load.limit(40)
    paced = PlatformClient(*played.client(SUITE)._made_of, Pace(Here(clock, 30)))
    start = clock.now()
    for _ in range(25):
        paced.initiatives()
    assert clock.now() - start >= timedelta(seconds=24 / 30 - 0.05)
    assert played.breaches() == []


def test_a_window_announced_while_a_call_waits_for_its_place_is_kept(played: Played) -> None:
    """Tried: `_nothing_announced` left out (the second call leaves, into the window)."""
    pace = Pace(Here(clock, 1))
    paced = PlatformClient(*played.client(SUITE)._made_of, pace)
    paced.initiatives()
    told = threading.Timer(0.3, lambda: pace._here.hold("*", "MAINTENANCE", 600))
    told.start()
    with pytest.raises(Passing, match="MAINTENANCE") as held:
        paced.initiatives()
    told.join()
    assert not held.value.sent


def test_what_a_proxy_asks_for_is_waited_for(doing: Doing) -> None:
    """Only as back-off: it is no answer, and holds nobody else."""
    class Proxy:
        status, body = 503, b""

        def __init__(self, value: str) -> None:
            self.headers = [("Retry-After", value)]

    hint: Any = asking._hint
    assert [hint(Proxy(value)) for value in ("120", "999999", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1e3", "")] == [
        120, 3600, None, None, None, None]
