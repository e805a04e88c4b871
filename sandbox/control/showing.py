"""Control calls that show what the sandbox knows, took and was asked."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.control.asking import Parts, Said
from sandbox.people import Person
from sandbox.platform.authorizations import status_of
from sandbox.state import Row
from sandbox.wire import Request

HIDDEN = ("n", "subject", "content", "digest")


def people(parts: Parts, request: Request) -> Said:
    """Everybody."""
    return 200, {"items": [shown(parts, person) for person in list(parts.world.people.by_key.values())]}


def shown(parts: Parts, person: Person) -> Person:
    """A person with the lists on which they are today, the League's entries counted in."""
    return {**person, "effective_red_lists": parts.world.people.red_lists_of(person)}


def messages(parts: Parts, request: Request) -> Said:
    """Subscribe messages that arrived, newest last."""
    return 200, {"items": list(parts.wechat.sent)}


def faults(parts: Parts, request: Request) -> Said:
    """Orders in force, with `hits` so far."""
    return 200, {"items": parts.world.faults.list()}


def queries(parts: Parts, request: Request) -> Said:
    """`items`: looks that were answered (kind grade or report); `refused`: those with a code instead."""
    rows = list(_rows(parts, "select * from queries order by n"))
    return 200, {
        "items": [row for row in rows if row["code"] is None],
        "refused": [row for row in rows if row["code"] is not None],
    }


def usages(parts: Parts, request: Request) -> Said:
    """`items`: accepted records with their receipts; `rejected`: the others with their reasons."""
    rows = [{**json.loads(row.pop("body")), **row} for row in _rows(parts, "select * from records order by n")]
    return 200, {
        "items": [row for row in rows if row["status"] == "accepted"],
        "rejected": [row for row in rows if row["status"] != "accepted"],
    }


def batches(parts: Parts, request: Request) -> Said:
    """Batches that were taken."""
    return 200, {"items": list(_rows(parts, "select * from batches order by rowid"))}


def verifications(parts: Parts, request: Request) -> Said:
    """Real-name checks that were answered."""
    return 200, {"items": list(_rows(parts, "select * from verifications order by n"))}


def authorizations(parts: Parts, request: Request) -> Said:
    """All authorisations with their present status."""
    items = []
    for row in _rows(parts, "select * from authorizations order by id"):
        lists = {name: json.loads(row.pop(name)) for name in ("scopes", "scenarios")}
        named = {"authorization_id": row.pop("id"), "authorization_no": row.pop("no")}
        items.append({**named, **lists, "status": status_of(parts.world, row), **row})
    return 200, {"items": items}


def red_lists(parts: Parts, request: Request) -> Said:
    """The League's entries."""
    return 200, {"items": list(_rows(parts, "select * from red_entries order by entry_no"))}


def breaches(parts: Parts, request: Request) -> Said:
    """Where the client broke the protocol: at, call, code, what."""
    return 200, {"items": list(_rows(parts, "select * from breaches order by n"))}


def turned_away(parts: Parts, request: Request) -> Said:
    """Calls that arrived and had no effect by a fault, a window or the rate: at, call, why."""
    return 200, {"items": list(_rows(parts, "select * from turned_away order by n"))}


def events(parts: Parts, request: Request) -> Said:
    """All events with what became of them."""
    rows = _rows(parts, "select * from events order by rowid")
    return 200, {"items": [{**row, "data": json.loads(row["data"])} for row in rows]}


def initiatives(parts: Parts, request: Request) -> Said:
    """Initiatives with the client's response (null: none yet) and its feedbacks."""
    state, items = parts.world.state, []
    for row in state.all("select * from initiatives order by n"):
        number = row["initiative_no"]
        said = state.one("select body from responses where initiative_no = ?", number)
        fed = state.all("select body from feedbacks where initiative_no = ? order by period", number)
        said_and_fed = {
            "response": json.loads(said["body"]) if said else None,
            "feedbacks": [json.loads(one["body"]) for one in fed],
        }
        items.append({**json.loads(row["body"]), **said_and_fed})
    return 200, {"items": items}


def settings(parts: Parts, request: Request) -> Said:
    """What is set, and whom we play."""
    world = parts.world
    said: dict[str, Any] = {
        "rate_per_s": world.load.rate_per_s,
        "maintenance_s": round(max(0.0, world.maintenance_until - world.clock.now()), 1),
        "page_size": world.page_size,
        "events_url": world.settings.events_url,
        "app_id": world.keys.app_id,
        "platform_id": world.keys.platform_id,
        "suites": sorted(world.keys.suites),
    }
    return 200, said


def clock(parts: Parts, request: Request) -> Said:
    """The sandbox's time."""
    return 200, {"offset_s": parts.world.clock.offset_s, "now": parts.world.clock.stamp()}


def _rows(parts: Parts, sql: str) -> Iterator[Row]:
    for row in parts.world.state.all(sql):
        yield {name: value for name, value in row.items() if name not in HIDDEN}
