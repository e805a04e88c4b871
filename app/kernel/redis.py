"""Valkey/Redis: only what can be made anew. Nonces fail closed, rate limits too."""

from typing import cast

import redis
from flask import Flask, current_app
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.kernel.errors import TooMany, Unavailable


def install(app: Flask, url: str) -> None:
    app.extensions["redis"] = redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1), decode_responses=True)


def client() -> redis.Redis:
    return cast(redis.Redis, current_app.extensions["redis"])


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
