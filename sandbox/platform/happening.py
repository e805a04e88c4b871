"""What a control call makes happen at the platform, and the events that tell the client of it."""

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import stamp
from sandbox.people import BadPerson, Person
from sandbox.platform.authorizations import take_back
from sandbox.platform.pushing import Pusher
from sandbox.state import canonical
from sandbox.world import World

TYPES = (
    "grade.changed",
    "record.repaired",
    "red_list.added",
    "red_list.removed",
    "authorization.revoked",
    "initiative.issued",
    "usage.disputed",
)
DAY_S = 86400
GIVEN = {"event_id", "seq", "occurred_at"}


class BadEvent(Exception):
    """An event that cannot be made; the text says why, in Chinese."""


def happen(world: World, pusher: Pusher, wish: dict[str, Any]) -> list[dict[str, Any]]:
    """Change what the event is about, then push it: one for each authorisation of the person (or the one named).

    Unknown types are pushed as they are. Returns what the client answered to each.
    """
    kind, data = wish.get("type"), wish.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise BadEvent("type 是字符串，data 是对象")
    given = {name: wish[name] for name in GIVEN if name in wish}
    person = _person_of(world, wish.get("person"), data)
    if kind == "initiative.issued":
        bodies = [issue(world, data)]
    elif kind in TYPES and kind != "usage.disputed":
        if person is None:
            raise BadEvent("这种事件需要 person 或 data.authorization_id")
        bodies = _for_each_paper(world, kind, data, _change(world, kind, data, person))
    else:
        bodies = [data]
    if not bodies:
        raise BadEvent("这个人还没有授权，平台不推送")
    with world.state.transaction():
        events = [pusher.make(kind, body, person, given) for body in bodies]
    return [pusher.deliver(event, wish.get("fault")) for event in events]


def _person_of(world: World, key: Any, data: dict[str, Any]) -> Person | None:
    if key is None and isinstance(data.get("authorization_id"), str):
        row = world.state.one("select person from authorizations where id = ?", data["authorization_id"])
        key = row["person"] if row else None
    if key is None:
        return None
    if key not in world.people.by_key:
        raise BadEvent("没有这个 person")
    return world.people.by_key[key]


def _change(world: World, kind: str, data: dict[str, Any], person: Person) -> Person:
    """Let the platform's own record agree with what it tells."""
    fields: dict[str, Any] = {}
    if kind == "grade.changed":
        fields = {name: data[name] for name in ("grade", "restricted", "as_of", "valid_until") if name in data}
    elif kind.startswith("red_list."):
        code = data.setdefault("list", "outstanding_youth_volunteer")
        lists = set(person["red_lists"]) | {code} if kind.endswith("added") else set(person["red_lists"]) - {code}
        fields = {"red_lists": sorted(lists)}
    try:
        return world.people.put(person["key"], fields) if fields else person
    except BadPerson as wrong:
        raise BadEvent(str(wrong)) from wrong


def _for_each_paper(world: World, kind: str, data: dict[str, Any], person: Person) -> list[dict[str, Any]]:
    said = world.people.grade_of(person)
    filling: dict[str, Any] = {
        "grade.changed": {name: said[name] for name in ("grade", "as_of", "valid_until", "restricted")},
        "record.repaired": {"repaired_at": world.clock.stamp()},
        "authorization.revoked": {"revoked_at": world.clock.stamp()},
    }.get(kind, {})
    papers = world.state.all(
        "select id from authorizations where person = ? and revoked_at is null and expires > ? order by id",
        person["key"],
        world.clock.now(),
    )
    ids = [data["authorization_id"]] if "authorization_id" in data else [row["id"] for row in papers]
    bodies = [{**filling, **data, "authorization_id": number} for number in ids]
    if kind == "authorization.revoked":
        for body in bodies:
            take_back(world, body["authorization_id"], body["revoked_at"])
    return bodies


def issue(world: World, data: dict[str, Any]) -> dict[str, Any]:
    """An initiative, filled in where `data` leaves gaps, known to the platform from now on."""
    now = world.clock.now()
    number = data.get("initiative_no") or world.state.number(
        "initiatives", f"I{datetime.fromtimestamp(now, UTC):%Y}", 6
    )
    body = {
        "initiative_no": number,
        "title": "优秀青年志愿者联合激励",
        "document_no": "赣信用办〔2026〕8号",
        "red_list": "outstanding_youth_volunteer",
        "grades": ["AAA", "AA", "A"],
        "measures": ["免押金租借", "绿色通道"],
        "regions": ["360000"],
        "issued_at": stamp(now),
        "respond_by": stamp(now + 10 * DAY_S),
        "ends_at": stamp(now + 180 * DAY_S),
        **data,
    }
    world.state.run(
        "insert into initiatives (initiative_no, body) values (?, ?) on conflict (initiative_no)"
        " do update set body = excluded.body",
        number,
        canonical(body).decode(),
    )
    issued: dict[str, Any] = json.loads(canonical(body))
    return issued
