"""The last calls of each merchant, for its own eyes while it integrates. In Redis: a help, and no record of anything.

What was rightly signed stands in one list; what only named the merchant, in another, so that strangers can't push
anything out. Strangers are noted only for who was seen: by a right signature, or by opening the page.
"""

import time
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import redis

from app.kernel import clock, jsons
from app.kernel.redis import client, script

KEPT, STRANGERS, STRANGERS_A_MINUTE = 100, 20, 60
SECONDS = 7 * 86_400
AWAY_SECONDS = 5.0  # so long nothing is noted after Redis was away: calls don't wait for it a second time
NOTE = """
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
NOTE_STRANGER = """
if redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then return end
local count = redis.call('INCR', KEYS[4])
if count == 1 then redis.call('EXPIRE', KEYS[4], 120) end
if count > tonumber(ARGV[4]) then return end
redis.call('LPUSH', KEYS[3], ARGV[1])
redis.call('LTRIM', KEYS[3], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[3], ARGV[3])
"""
_away = {"until": 0.0}


@dataclass(frozen=True)
class Call:
    """One answered call. `path` without its query; `code`: WeChat Pay's, empty where it went well; `why`: a word of
    ours, or our sentence; `field`: what it was about.
    """

    at: int  # milliseconds
    method: str
    path: str
    status: int
    code: str
    why: str
    field: str
    request_id: str

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at / 1000, clock.SHANGHAI)


def note(mchid: str, call: Call) -> None:
    """A call that this merchant signed. Where Redis is away nothing is noted, and nothing else happens."""
    _run(NOTE, [_own(mchid)], [_told(call), KEPT, SECONDS])


def note_stranger(mchid: str, call: Call) -> None:
    """A call that was refused for its signature, and named this merchant."""
    minute = call.at // 60_000
    keys = [_own(mchid), _seen(mchid), _strangers(mchid), f"limit:calls:{mchid}:{minute}"]
    _run(NOTE_STRANGER, keys, [_told(call), STRANGERS, SECONDS, STRANGERS_A_MINUTE])


def watch(mchid: str) -> None:
    """From now on what strangers do in this merchant's name is noted, too."""
    try:
        client().set(_seen(mchid), "1", ex=4 * SECONDS)
    except redis.RedisError:
        return


def latest(mchid: str) -> list[Call]:
    """The last calls that this merchant signed, newest first; none where Redis is away."""
    return _read(_own(mchid))


def strangers(mchid: str) -> list[Call]:
    """The last calls that named this merchant and weren't signed by one of its keys, newest first."""
    return _read(_strangers(mchid))


def _run(source: str, keys: list[str], told: list[Any]) -> None:
    if time.monotonic() < _away["until"]:
        return
    try:
        script(source)(keys=keys, args=told)
    except redis.RedisError:
        _away["until"] = time.monotonic() + AWAY_SECONDS


def _read(key: str) -> list[Call]:
    try:
        rows: Any = client().lrange(key, 0, -1)
    except redis.RedisError:
        return []
    return [Call(*jsons.loads(row.encode())) for row in rows]


def _told(call: Call) -> bytes:
    return jsons.dumps(astuple(call))


def _own(mchid: str) -> str:
    return f"calls:{mchid}"


def _strangers(mchid: str) -> str:
    return f"calls:{mchid}:strangers"


def _seen(mchid: str) -> str:
    return f"calls:{mchid}:seen"
