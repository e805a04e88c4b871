"""A signed request is good once: nonces in Redis for every call, in PostgreSQL with whatever a call changes.

Redis holds a marker beside its nonces. Emptied, or started anew, it lacks it: then a new epoch is written, and
nothing that was signed before is taken again, whatever it asks for. PostgreSQL has the last word: the nonce is
written by the very transaction that has the effect, so that no effect comes twice whatever Redis says. A request
whose clock runs before ours is written at once, since the epoch can't tell it (docs/decisions/0151).
"""

import hashlib
import math
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel import clock
from app.kernel.db import db, transaction, with_first_write
from app.kernel.errors import Refusal, TooMany, Unavailable
from app.kernel.ids import new_id
from app.kernel.redis import EPOCH, client, script, whole_from_now
from app.kernel.settings import settings
from app.merchants.models import MerchantNonce, NonceEpoch

WINDOW = 300  # seconds that a timestamp may differ from our clock, either side
KEPT = 2 * WINDOW + 60  # a timestamp may lie WINDOW ahead, and is good until WINDOW behind
CLOCKS_APART = 2  # seconds that our own machines' clocks may differ
NONCES = MerchantNonce.metadata.tables[MerchantNonce.__tablename__]
EPOCHS = NonceEpoch.metadata.tables[NonceEpoch.__tablename__]
ADD = insert(NONCES).on_conflict_do_nothing().returning(NONCES.c.id)
# one round trip: the epoch, the nonce, and the merchant's count in this minute
TAKE = """
local epoch = redis.call('GET', KEYS[1])
if not epoch then return {'lost', 0} end
if tonumber(ARGV[1]) < tonumber(epoch) then return {'old', 0} end
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then return {'seen', 0} end
local count = redis.call('INCR', KEYS[3])
if count == 1 then redis.call('EXPIRE', KEYS[3], 120) end
return {'new', count}
"""
log = structlog.get_logger()


def take(mchid: str, nonce: str, stamp: int, refused: type[Refusal]) -> None:
    """Let a rightly signed request through once; `stamp` is its timestamp, in Unix seconds.

    Raises `refused` for one that was there before or is older than the epoch, TooMany above the merchant's budget,
    Unavailable where Redis is away: forgetting would let replays in.
    """
    moment = clock.now().timestamp()
    said, count = _ask(mchid, nonce, stamp, int(moment // 60))
    if said != "new":
        raise refused
    row = {"id": _digest(mchid, nonce),
           "expires_at": datetime.fromtimestamp(stamp, UTC) + timedelta(seconds=WINDOW + 60)}

    def write(session: Session) -> None:
        if session.execute(ADD, row).first() is None:
            raise refused

    with_first_write(write)
    if stamp > moment:
        with transaction():
            pass  # writes what is to come with the first write: the nonce
    if count > settings().MERCHANT_REQUESTS_PER_MINUTE:
        raise TooMany(retry_after=max(1, 60 - int(moment % 60)))


def begin() -> None:
    """Notice before anybody calls that Redis lost its memory, so that the first merchant isn't refused for it.

    Raises redis.RedisError where Redis is away.
    """
    if client().get(EPOCH) is None:
        whole_from_now(_epoch())


def prune() -> int:
    """Drop nonces whose timestamp is refused by now anyway; returns how many."""
    with transaction() as s:
        gone: Any = s.execute(delete(NONCES).where(NONCES.c.expires_at < clock.now()))
        return int(gone.rowcount)


def _ask(mchid: str, nonce: str, stamp: int, minute: int) -> tuple[str, int]:
    keys = [EPOCH, f"nonce:merchant:{mchid}:{nonce}", f"limit:merchant:{mchid}:{minute}"]
    try:
        for _ in range(3):
            said, count = script(TAKE)(keys=keys, args=[stamp, KEPT])
            if said != "lost":
                return str(said), int(count)
            whole_from_now(_epoch())
    except redis.RedisError:
        raise Unavailable(retry_after=5) from None
    raise Unavailable(retry_after=1)


def _epoch() -> int:
    """The second from which on timestamps are taken, written to PostgreSQL first, by a connection of its own.

    0 where there never was one: nothing was ever taken, so that nothing can come again.
    """
    moment = clock.now()
    with db.engine.begin() as connection:
        first = connection.scalar(select(EPOCHS.c.id).limit(1)) is None
        connection.execute(EPOCHS.insert(), {"id": new_id(), "began_at": moment})
    if first:
        return 0
    log.warning("nonces_were_lost")
    return math.floor(moment.timestamp()) + 1 + CLOCKS_APART


def _digest(mchid: str, nonce: str) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.sha256(f"{mchid}|{nonce}".encode()).digest()[:16])
