"""The day's figures for everybody: counted once, by a job or by who looks first, and kept in Redis."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import redis as valkey
from sqlalchemy import text

from app.benefits import public_figures as benefits
from app.kernel import clock, jsons, redis
from app.kernel.db import transaction
from app.kernel.errors import Unavailable
from app.kernel.small_cells import Cell
from app.volunteers import public_figures as volunteers

COUNTS: dict[str, Callable[[], list[Cell]]] = {
    "cities": volunteers.by_city, "stars": volunteers.by_stars, "months": volunteers.by_month,
    "scenarios": benefits.by_scenario}
KEPT_S, AT_IT_S = 2 * 86_400, 900
LONG = text("SELECT set_config('statement_timeout', '600s', true)")  # it reads all records of service


@dataclass(frozen=True)
class Figures:
    """`day`: YYYY-MM-DD; `cells` by the names of COUNTS."""

    day: str
    cells: dict[str, list[Cell]]


def figures() -> Figures:
    """Of today, or of yesterday while today's are not there. Raises Unavailable where there are none at all."""
    try:
        found = _kept(0) or _kept(1)
        if found is None and count():
            found = _kept(0)
    except valkey.RedisError:
        raise Unavailable(retry_after=5) from None
    if found is None:
        raise Unavailable(retry_after=10)
    return found


def count() -> bool:
    """Job: count today's, where nobody has or is at it; whether that was done."""
    day = _day(0)
    if redis.client().exists(_name(day)) or not redis.client().set(f"portal:counting:{day}", "1", nx=True, ex=AT_IT_S):
        return False
    try:
        with transaction() as s:
            s.execute(LONG)
            told = {name: [asdict(cell) for cell in work()] for name, work in COUNTS.items()}
        redis.client().set(_name(day), jsons.dumps(told).decode(), ex=KEPT_S)
    finally:
        redis.client().delete(f"portal:counting:{day}")
    return True


def _kept(ago: int) -> Figures | None:
    kept: Any = redis.client().get(_name(_day(ago)))
    if kept is None:
        return None
    told = jsons.loads(kept.encode())
    return Figures(_day(ago), {name: [Cell(**cell) for cell in cells] for name, cells in told.items()})


def _day(ago: int) -> str:
    return (clock.today() - timedelta(days=ago)).isoformat()


def _name(day: str) -> str:
    return f"portal:figures:{day}"
