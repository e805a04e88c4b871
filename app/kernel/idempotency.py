"""Idempotency-Key: kept in PostgreSQL per owner, so that a repeated write is answered and not done again.

Keys are kept as digests and answers sealed: whatever a client writes into a key, and whatever an answer says of a
person, can't be read at rest.
"""

import functools
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, current_app, g, make_response, request
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base, session, transaction
from app.kernel.errors import Refusal, refusal_answer
from app.kernel.sealing import sealer

KEY = re.compile(r"[\x21-\x7e]{1,64}")
NEVER_KEPT = {409, 429, 503}


class IdempotencyKey(Base):
    """One key of one owner. `status` is empty while the first request is still running; `body` is sealed."""

    __tablename__ = "idempotency_keys"
    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_digest: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[bytes | None]
    content_type: Mapped[str | None]
    lease_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


# made once, since making a statement costs more than sending it
KEYS = IdempotencyKey.metadata.tables[IdempotencyKey.__tablename__]
FRESH = ("body_digest", "status", "body", "content_type", "lease_until", "expires_at")
_ROW = insert(KEYS)
TAKE = _ROW.on_conflict_do_update(
    index_elements=["owner", "key"], set_={name: _ROW.excluded[name] for name in FRESH},
    where=KEYS.c.expires_at < bindparam("moment")).returning(KEYS.c.key)
KEEP = update(KEYS).where(KEYS.c.owner == bindparam("its_owner"), KEYS.c.key == bindparam("its_key"),
                          KEYS.c.body_digest == bindparam("its_digest"))


class KeyMalformed(Refusal):
    code, status = "IDEMPOTENCY_KEY_MALFORMED", 400
    detail = "Idempotency-Key 须为 1 至 64 个可见 ASCII 字符。"
    detail_en = "Idempotency-Key is 1 to 64 visible ASCII characters."


class KeyReused(Refusal):
    code, status = "IDEMPOTENCY_KEY_REUSED", 422
    detail = "这个 Idempotency-Key 已用于另一内容的请求，请换一个新的。"
    detail_en = "This Idempotency-Key was used with another request."


class StillRunning(Refusal):
    code, status = "IDEMPOTENCY_KEY_IN_FLIGHT", 409
    detail = "同一请求正在处理，请稍候用同一 Idempotency-Key 再试。"
    detail_en = "The same request is still running; try again with the same key."


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view: with the header, the same body gets the same answer for IDEMPOTENCY_HOURS.

    The owner is `g.owner`, which the guard sets. The verb below must itself be safe to run again with
    the same key (`g.idempotency_key`, a digest): after a crash between its commit and our note, it will be.
    """

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        given = request.headers.get("Idempotency-Key")
        if given is None:
            g.idempotency_key = None
            return view(*args, **kwargs)
        if not KEY.fullmatch(given):
            raise KeyMalformed
        g.idempotency_key = key = hashlib.sha256(f"{g.owner}|{given}".encode()).hexdigest()
        digest = _digest()
        earlier = _begin(g.owner, key, digest)
        if earlier is not None:
            return earlier
        return _run(key, digest, view, args, kwargs)

    wrapped.idempotent = True  # type: ignore[attr-defined]
    return wrapped


def _run(key: str, digest: str, view: Callable[..., Any], args: Any, kwargs: Any) -> Response:
    try:
        answer = make_response(view(*args, **kwargs))
    except Refusal as no:
        answer = refusal_answer(no)
    except BaseException:
        _forget(g.owner, key, digest)
        raise
    if answer.status_code in NEVER_KEPT or answer.status_code >= 500:
        _forget(g.owner, key, digest)
    else:
        _keep(g.owner, key, digest, answer)
    return answer


def _digest() -> str:
    """Over method, path and body: the same key on another route is another request."""
    told = b"\n".join([request.method.encode(), request.full_path.encode(), request.get_data(cache=True)])
    return hashlib.sha256(told).hexdigest()


def _begin(owner: str, key: str, digest: str) -> Response | None:
    """Take the key, or give the earlier answer. Raises KeyReused, StillRunning."""
    moment = clock.now()
    lease = moment + timedelta(seconds=current_app.config["IDEMPOTENCY_LEASE_SECONDS"])
    expires = moment + timedelta(hours=current_app.config["IDEMPOTENCY_HOURS"])
    fresh = {"body_digest": digest, "status": None, "body": None, "content_type": None, "lease_until": lease,
             "expires_at": expires}
    with transaction() as s:
        taken = s.execute(TAKE, {"owner": owner, "key": key, "moment": moment, **fresh}).scalar()
        if taken:
            return None
        row = s.execute(select(IdempotencyKey).filter_by(owner=owner, key=key).with_for_update()).scalar_one()
        if row.body_digest != digest:
            raise KeyReused
        if row.status is not None:
            body = sealer().open_service(_place(owner, key), row.body or b"")
            answer = Response(body, status=row.status, content_type=row.content_type)
            answer.headers["Idempotency-Replayed"] = "true"
            return answer
        if row.lease_until > moment:
            raise StillRunning(retry_after=max(1, int((row.lease_until - moment).total_seconds())))
        row.lease_until = lease  # the first one died: its effect, if any, is found again by the verb
        return None


def _keep(owner: str, key: str, digest: str, answer: Response) -> None:
    body = sealer().seal_service(_place(owner, key), answer.get_data())
    with transaction() as s:
        s.execute(KEEP, {"its_owner": owner, "its_key": key, "its_digest": digest,
                         "status": answer.status_code, "body": body, "content_type": answer.content_type})


def _place(owner: str, key: str) -> str:
    return f"idempotency|{owner}|{key}"


def _forget(owner: str, key: str, digest: str) -> None:
    session().rollback()
    with transaction() as s:
        s.execute(delete(IdempotencyKey)
                  .where(IdempotencyKey.owner == owner, IdempotencyKey.key == key,
                         IdempotencyKey.body_digest == digest, IdempotencyKey.status.is_(None)))


def prune() -> int:
    """Drop keys past their time; returns how many."""
    with transaction() as s:
        gone: Any = s.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at < clock.now()))
        return int(gone.rowcount)


