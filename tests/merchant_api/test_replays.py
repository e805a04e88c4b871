"""A captured request is good once: now, later, early, elsewhere, and after Redis has lost what it knew (P3).

Each is sent again twice, and refused twice. Redis is this test process's own; it is emptied and killed for it.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

import config
from app.benefits import life
from app.benefits.models import Offer
from app.factory import create_app
from app.kernel import clock
from app.kernel.db import session
from app.merchants import keeping_nonces
from tests.merchant_api.till import Till

LOOK, ASK = "/v3/xinyi/verifications", "/v3/xinyi/redemptions/OUT-REPLAY"
BODY = json.dumps({"presentation": "0" * 22}).encode()


class Captured:
    """A rightly signed request, on its way through somebody else's hands."""

    def __init__(self, till: Till, method: str, path: str, body: bytes, at: float | None = None) -> None:
        self.till, self.method, self.path, self.body = till, method, path, body
        self.header = till.authorize(method, path, body, at=clock.now().timestamp() if at is None else at)

    def sent(self, client: Any = None, path: str | None = None) -> int:
        answer = (client or self.till.client).open(
            path or self.path,
            method=self.method,
            data=self.body or None,
            headers={"Authorization": self.header, **({"Content-Type": "application/json"} if self.body else {})},
        )
        return int(answer.status_code)

    def refused_twice(self, client: Any = None, path: str | None = None) -> bool:
        return [self.sent(client, path) for _ in range(2)] == [401, 401]


@pytest.fixture
def capture(till: Till, voucher: Offer, show: Callable[..., Any]) -> Callable[..., list[Captured]]:
    """`capture(at)`: a redemption, a look and a question, each taken once."""
    people = iter(range(1, 50))

    def captured(at: float | None = None) -> list[Captured]:
        number = next(people)
        body = json.dumps(
            {
                "out_redemption_no": f"OUT-{number}",
                "presentation": show(voucher, number)[1],
                "service_id": voucher.service_id,
            }
        ).encode()
        made = [
            Captured(till, "POST", "/v3/xinyi/redemptions", body, at),
            Captured(till, "POST", LOOK, BODY, at),
            Captured(till, "GET", ASK, b"", at),
        ]
        assert [each.sent() for each in made] == [200, 200, 404]
        return made

    return captured


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(time.time() + seconds, UTC))


@pytest.mark.parametrize("seconds", [0, -299, 299])
def test_again_within_its_time(
    capture: Callable[..., list[Captured]], seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.now(UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert all(each.refused_twice() for each in capture(moment.timestamp() + seconds))


def test_again_when_its_time_is_nearly_over(
    capture: Callable[..., list[Captured]], servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed 299 s ahead, sent again 597 s later: the timestamp is still good, the nonce is still known."""
    moment = datetime.now(UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    taken = capture(moment.timestamp() + 299)
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=597))
    assert all(each.refused_twice() for each in taken)


@pytest.mark.parametrize("seconds", [-302, 330])
def test_outside_of_the_window_it_is_good_not_once(till: Till, seconds: int) -> None:
    assert Captured(till, "POST", LOOK, BODY, time.time() + seconds).refused_twice()


def test_elsewhere_and_otherwise(capture: Callable[..., list[Captured]], till: Till, environ: dict[str, str]) -> None:
    """Another worker, and another order of the query."""
    other = create_app(config.load(environ)).test_client()
    assert all(each.refused_twice(other) for each in capture())
    path = f"{LOOK}?a=1&b=2"
    asked = Captured(till, "POST", path, BODY)
    assert asked.refused_twice(path=f"{LOOK}?b=2&a=1")
    assert asked.sent() == 200
    assert asked.refused_twice()


@pytest.mark.parametrize("seconds", [0, -200, 280])
def test_after_redis_was_emptied(
    capture: Callable[..., list[Captured]], till: Till, servers: Any, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing older than the loss is taken, reads neither; what is signed after it is. Tried: an epoch of 0 lets the
    question through again, and so does a timestamp ahead of our clock where its nonce isn't in PostgreSQL.
    """
    taken = capture(time.time() + seconds)
    servers.valkey.connect().flushall()
    assert all(each.refused_twice() for each in taken)
    later(monkeypatch, 5)
    assert all(each.refused_twice() for each in taken)
    assert Captured(till, "POST", LOOK, BODY, time.time() + 5).sent() == 200


def test_a_loss_is_noticed_by_whoever_asks_whether_we_are_ready(servers: Any, client: Any, till: Till) -> None:
    """So that the first merchant after a restart isn't the one to be refused. Fails, as tried, without
    `keeping_nonces.begin()` in /readyz.
    """
    till.post(LOOK, {"presentation": "0" * 22})
    servers.valkey.connect().flushall()
    assert client.get("/readyz").status_code == 200
    epoch = servers.valkey.connect().get("memory:epoch")
    assert int(epoch) > clock.now().timestamp()
    assert client.get("/readyz").status_code == 200
    assert servers.valkey.connect().get("memory:epoch") == epoch, "noticed once"


def test_after_redis_came_back_without_its_last_second(
    capture: Callable[..., list[Captured]], till: Till, servers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed and started: the marker is there, the nonces of the last moment may not be. Tried: without looking at
    the server's run_id when a connection is made, the question is answered again.
    """
    servers.valkey.connect().config_set("appendfsync", "always")  # until it starts anew
    taken = capture()
    servers.valkey.kill()
    servers.valkey.start()
    redis = servers.valkey.connect()
    assert redis.get("memory:epoch") is not None, "it came back with what it had written"
    lost = redis.keys("nonce:merchant:*")
    assert len(lost) >= 3
    redis.delete(*lost)
    assert all(each.refused_twice() for each in taken)
    later(monkeypatch, 5)
    assert all(each.refused_twice() for each in taken)
    assert Captured(till, "GET", ASK, b"", time.time() + 5).sent() == 404


def test_postgresql_has_the_last_word(
    capture: Callable[..., list[Captured]], servers: Any, db: psycopg.Connection
) -> None:
    """Redis forgets single nonces and doesn't notice: what changes something is refused all the same.

    Fails where the nonce isn't written with the effect: the look is made a second time.
    """
    redeem, look, ask = capture()
    redis = servers.valkey.connect()
    before = effects(db)
    for _ in range(2):
        redis.delete(*redis.keys("nonce:merchant:*"))
        assert (redeem.sent(), look.sent()) == (401, 401)
    assert effects(db) == before
    redis.delete(*redis.keys("nonce:merchant:*"))
    assert ask.sent() == 404, "a question changes nothing, so that only Redis knows of it"


def effects(db: psycopg.Connection) -> Any:
    return db.execute(
        "SELECT (SELECT count(*) FROM redemptions), (SELECT count(*) FROM verifications), "
        "(SELECT count(*) FROM usages), (SELECT count(*) FROM trail_entries)"
    ).fetchone()


def test_the_nonce_is_kept_with_the_effect_or_not_at_all(
    capture: Callable[..., list[Captured]], till: Till, db: psycopg.Connection
) -> None:
    """A refused redemption leaves none; a job drops them when their timestamps are refused anyway."""
    capture()
    assert kept(db) == 2, "the redemption's and the look's"
    refused = json.dumps({"out_redemption_no": "OUT-0", "presentation": "0" * 22, "service_id": "0" * 32}).encode()
    assert Captured(till, "POST", "/v3/xinyi/redemptions", refused).sent() == 404
    assert kept(db) == 2


def kept(db: psycopg.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM merchant_nonces").fetchone()[0])  # type: ignore[index]


def test_old_nonces_are_dropped(
    capture: Callable[..., list[Captured]], app: Any, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture()
    with app.app_context():
        assert keeping_nonces.prune() == 0
        later(monkeypatch, 400)
        assert keeping_nonces.prune() == 2
    assert kept(db) == 0


def test_a_deadlock_loses_no_nonce(
    till: Till,
    voucher: Offer,
    show: Callable[..., Any],
    db: psycopg.Connection,
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The transaction is tried again as a whole, its nonce with it. Fails where the guard writes it only once."""
    move, tries = life.move, []

    def stumbling(*told: Any, **more: Any) -> Any:
        tries.append(told)
        if len(tries) == 1:
            session().execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"))
        return move(*told, **more)

    monkeypatch.setattr(life, "move", stumbling)
    body = {"out_redemption_no": "OUT-D", "presentation": show(voucher, 60)[1], "service_id": voucher.service_id}
    assert till.post("/v3/xinyi/redemptions", body).status_code == 200
    assert (len(tries), kept(db)) == (2, 1)


def test_one_merchant_asks_only_so_often(till: Till, till_of: Callable[..., Till], environ: dict[str, str]) -> None:
    """Above its budget 429 with the time to wait; another merchant isn't touched."""
    small = create_app(config.load({**environ, "MERCHANT_REQUESTS_PER_MINUTE": "10"})).test_client()
    answers = [
        small.open(
            LOOK,
            method="POST",
            data=BODY,
            headers={"Authorization": till.authorize("POST", LOOK, BODY), "Content-Type": "application/json"},
        )
        for _ in range(30)
    ]
    refused = [each for each in answers if each.status_code == 429]
    assert len(refused) >= 10, "at most ten in each of at most two minutes"
    assert {each.json["code"] for each in refused} == {"RATELIMIT_EXCEEDED"}
    assert all(1 <= int(each.headers["Retry-After"]) <= 60 for each in refused)
    assert Captured(till_of(2), "POST", LOOK, BODY).sent(small) == 200
