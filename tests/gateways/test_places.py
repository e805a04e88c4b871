"""Threads that wait for others are bounded, so that who needs nobody is answered (decision 0231).

Seen to fail where `ask`, `ready` or the call to WeChat don't ask for a place, and where a place isn't given back.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.gateways import places
from app.gateways.platform.failures import Passing
from app.gateways.wechat.client import WechatClient
from app.gateways.wechat.errors import WechatAway
from tests.gateways.conftest import Played

SUITE = "ES256-SHA256"


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[places.Places]:
    """This process has two places."""
    made = places.Places()
    made.limit(2)
    monkeypatch.setattr(places, "HERE", made)
    monkeypatch.setattr(places, "SHORTLY_S", 0.02)
    yield made
    with made.one(), made.one():
        pass  # all were given back


def test_who_finds_no_place_is_told_at_once_and_nothing_leaves(played: Played, two: places.Places) -> None:
    client, subject = played.client(SUITE), played.subject("lin")
    client.verify_identity(subject)
    with two.one(), two.one():
        for attempt in (lambda: client.verify_identity(subject), lambda: client.ready("grade")):
            with pytest.raises(Passing, match="OUR_RATE") as no:
                attempt()
            assert not no.value.sent
    assert len(played.world.state.all("select n from verifications")) == 1
    client.ready("grade")
    client.verify_identity(subject)


def test_calls_hold_a_place_for_as_long_as_they_wait(played: Played, two: places.Places, bare: Flask) -> None:
    client, subject = played.client(SUITE), played.subject("lin")
    played.world.faults.order({"target": "platform", "kind": "latency", "value": 1.0, "times": 2})

    def verify() -> str:
        with bare.app_context():
            return client.verify_identity(subject).result

    with ThreadPoolExecutor(2) as slow:
        waiting = [slow.submit(verify) for _ in range(2)]
        with played.busy:
            assert played.busy.wait_for(lambda: played.under_way == 2, 5)
        with pytest.raises(Passing, match="OUR_RATE"):
            client.initiatives()
        assert not any(each.done() for each in waiting)
        assert [each.result() for each in waiting] == ["match", "match"]
    client.initiatives()


def test_wechat_counts_too(two: places.Places, bare: object) -> None:
    nobody = WechatClient("http://127.0.0.1:1", "wx", "s", redis=None, clock=None)  # type: ignore[arg-type]
    with two.one(), two.one(), pytest.raises(WechatAway, match="every thread"):
        nobody.code_to_session("0a1")
    with pytest.raises(WechatAway, match="connection"):
        nobody.code_to_session("0a1")
