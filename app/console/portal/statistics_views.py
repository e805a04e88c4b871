"""Aggregates for everybody, counted once a day and kept in Redis: so a million looks cost one count."""

from dataclasses import asdict
from typing import Any

import redis as valkey
from flask.typing import ResponseReturnValue

from app.benefits import public_figures as benefits
from app.console.parts import Chart
from app.console.portal.answering import PublicPages, shown
from app.kernel import clock, jsons, redis
from app.kernel.errors import Unavailable
from app.kernel.guarding import public
from app.kernel.small_cells import OTHER, Cell
from app.scenario.access import scenarios
from app.staff import organising
from app.volunteers import public_figures as volunteers

pages = PublicPages("statistics")
COUNTS = {"cities": volunteers.by_city, "stars": volunteers.by_stars, "months": volunteers.by_month,
          "scenarios": benefits.by_scenario}
DAY_S, AT_IT_S = 86_400, 60


@pages.get("")
@public
def index() -> ResponseReturnValue:
    told, names = _figures(), {**organising.names_by_region(), OTHER: "其他地区"}
    called = {each.id: each.manifest.name for each in scenarios().values()}
    charts = [
        _people("各地登记志愿者（人）", told["cities"], lambda label: names.get(label, label)),
        _people("星级志愿者（人）", told["stars"], lambda label: label if label == OTHER else f"{label} 星"),
        _chart("近十二个月志愿服务", told["months"], str, "服务人数", "服务时长（小时）"),
        _chart("近一年“信易+”使用", told["scenarios"], lambda label: called.get(label, label), "使用人数", "使用次数")]
    return shown("statistics.html", title="统计", charts=[each for each in charts if each.labels], day=told["day"])


def _figures() -> dict[str, Any]:
    """Of this Shanghai day; counted by one, while the others are told to come back. Raises Unavailable."""
    day = clock.today().isoformat()
    try:
        kept: Any = redis.client().get(f"portal:figures:{day}")
        if kept is None and not redis.client().set(f"portal:counting:{day}", "1", nx=True, ex=AT_IT_S):
            raise Unavailable(retry_after=10)
        if kept is None:
            kept = jsons.dumps({"day": day, **{name: [asdict(cell) for cell in count()]
                                               for name, count in COUNTS.items()}}).decode()
            redis.client().set(f"portal:figures:{day}", kept, ex=DAY_S)
            redis.client().delete(f"portal:counting:{day}")
    except valkey.RedisError:
        raise Unavailable(retry_after=5) from None
    told: dict[str, Any] = jsons.loads(kept.encode() if isinstance(kept, str) else kept)
    return {name: value if name == "day" else [Cell(**cell) for cell in value] for name, value in told.items()}


def _people(title: str, cells: list[Cell], named: Any) -> Chart:
    return Chart(title, [named(each.label) for each in cells], {"人数": [each.people for each in cells]})


def _chart(title: str, cells: list[Cell], named: Any, people: str, amount: str) -> Chart:
    return Chart(title, [named(each.label) for each in cells],
                 {people: [each.people for each in cells], amount: [each.amount for each in cells]})
