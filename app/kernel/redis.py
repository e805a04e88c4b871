"""Valkey/Redis: only what can be made anew. Nonces fail closed, rate limits too."""

from functools import cache
from typing import Any, cast

import redis
from flask import Flask, current_app
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from app.kernel.errors import TooMany, Unavailable

# what Redis remembers is whole since the moment that stands here; no marker: it lost something
EPOCH, SERVER = "memory:epoch", "memory:server"
# another server than the one that the marker was written to: it may have come back without the last second
MEET = f"""
local known = redis.call('GET', '{SERVER}')
if known and known ~= ARGV[1] then redis.call('DEL', '{EPOCH}') end
redis.call('SET', '{SERVER}', ARGV[1])
"""


def install(app: Flask, url: str) -> None:
    app.extensions["redis"] = redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1), decode_responses=True,
        redis_connect_func=_meet)


def client() -> redis.Redis:
    return cast(redis.Redis, current_app.extensions["redis"])


def script(source: str) -> Script:
    """A script that is sent once and then called by its digest, by this application's client."""
    return _script(client(), source)


@cache
def _script(connection: redis.Redis, source: str) -> Script:
    return connection.register_script(source)


def whole_from_now(epoch: int) -> None:
    """Write the marker, unless somebody was faster. `epoch` is what its readers compare with."""
    connection = client()
    with connection.pipeline() as pipe:
        pipe.set(SERVER, _run_id(connection.info("server")))
        pipe.set(EPOCH, epoch, nx=True)
        pipe.execute()


def _meet(connection: Any) -> None:
    """For each new connection: is this the server that we knew?"""
    connection.on_connect()
    connection.send_command("INFO", "server")
    told = str(connection.read_response())
    run_id = next(line.partition(":")[2] for line in told.splitlines() if line.startswith("run_id:"))
    connection.send_command("EVAL", MEET, 0, run_id)
    connection.read_response()


def _run_id(told: Any) -> str:
    return str(told["run_id"])


class Nonces:
    """Remembers nonces; raises Unavailable where Redis is away, since forgetting would let replays in."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def first_time(self, space: str, nonce: str, seconds: int) -> bool:
        """Whether this nonce is new in its space; from now on it is known for `seconds`."""
        try:
            return bool(self._redis.set(f"nonce:{space}:{nonce}", "1", nx=True, ex=seconds))
        except redis.RedisError:
            raise Unavailable(retry_after=5) from None


def limit(name: str, times: int, seconds: int) -> None:
    """At most `times` in a window of `seconds` for this name. Raises TooMany, Unavailable."""
    try:
        with client().pipeline() as pipe:
            pipe.incr(f"limit:{name}")
            pipe.expire(f"limit:{name}", seconds, nx=True)
            pipe.ttl(f"limit:{name}")
            count, _, left = pipe.execute()
    except redis.RedisError:
        raise Unavailable(retry_after=5) from None
    if count > times:
        raise TooMany(retry_after=max(1, int(left)))
