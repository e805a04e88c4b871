"""4.8: what the platform initiated, how the client responded, and what it fed back."""

import json
import re
from typing import Any

from sandbox import forms
from sandbox.clock import moment
from sandbox.platform.asking import Asking
from sandbox.state import Row, canonical
from sandbox.world import Refused, World

CURSOR = re.compile(r"i\d{1,12}", re.ASCII)
PAGE = 100
INITIATIVE = {
    "initiative_no": forms.word(64),
    "title": forms.text(200),
    "document_no": forms.text(100),
    "red_list": forms.text(64),
    "grades": forms.some_of(forms.text(8), 7),
    "measures": forms.some_of(forms.text(200), 50),
    "regions": forms.some_of(forms.REGION, 200),
    "issued_at": forms.instant,
    "respond_by": forms.instant,
    "ends_at": forms.instant,
}


def show(asking: Asking) -> tuple[int, dict[str, Any]]:
    """All since a cursor; `cursor` is the next `since`, `next_cursor` says that more waits now."""
    query = dict(asking.request.query)
    if set(query) - {"since", "cursor"} or len(query) > 1 or len(asking.request.query) > 1:
        raise forms.BadForm("query")
    since = next(iter(query.values()), "i0")
    if not CURSOR.fullmatch(since):
        raise forms.BadForm("cursor")
    size = min(PAGE, asking.world.page_size)
    rows = asking.world.state.all(
        "select n, body from initiatives where n > ? order by n limit ?", int(since[1:]), size + 1
    )
    page = rows[:size]
    cursor = f"i{page[-1]['n']}" if page else since
    return 200, {
        "initiatives": [json.loads(row["body"]) for row in page],
        "cursor": cursor,
        "next_cursor": cursor if len(rows) > size else None,
    }


def respond(asking: Asking, initiative_no: str) -> tuple[int, dict[str, Any]]:
    """Accepted with measures or declined with a reason, once, and in time."""
    body = forms.take(
        asking.body(),
        {"response": forms.among(("accepted", "declined")), "responded_at": forms.instant},
        {
            "reason": forms.prose(500),
            "measures": lambda value: value == [] or forms.some_of(forms.text(128), 200)(value),
        },
    )
    if body["response"] == "accepted" and not body.get("measures"):
        raise forms.BadForm("measures")
    if body["response"] == "declined" and ("reason" not in body or body.get("measures")):
        raise forms.BadForm("reason")
    world, initiative = asking.world, _find(asking.world, initiative_no)
    known = world.state.one("select body from responses where initiative_no = ?", initiative_no)
    if known is None:
        if world.clock.now() > moment(initiative["respond_by"]):
            raise forms.BadForm("after respond_by")
        world.state.run(
            "insert into responses values (?, ?, ?)",
            initiative_no,
            canonical(body).decode(),
            world.clock.precise(),
        )
    elif known["body"] != canonical(body).decode():
        raise forms.BadForm("another response than the first")
    return 200, {"initiative_no": initiative_no, "status": body["response"]}


def feed_back(asking: Asking, initiative_no: str) -> tuple[int, dict[str, Any]]:
    """What a month brought; the same period replaces."""
    body = forms.take(
        asking.body(),
        {
            "period": forms.PERIOD,
            "beneficiaries": forms.whole,
            "usages": forms.whole,
            "waived_fen": forms.whole,
        },
        {"note": forms.prose(500)},
    )
    world = asking.world
    _find(world, initiative_no)
    if body["period"] > world.clock.today().isoformat()[:7]:
        raise forms.BadForm("a future period")
    world.state.run(
        "insert into feedbacks values (?, ?, ?, ?) on conflict do update set body = excluded.body, at = excluded.at",
        initiative_no,
        body["period"],
        canonical(body).decode(),
        world.clock.precise(),
    )
    return 200, {"initiative_no": initiative_no, "period": body["period"], "status": "received"}


def _find(world: World, initiative_no: str) -> dict[str, Any]:
    row: Row | None = world.state.one("select body from initiatives where initiative_no = ?", initiative_no)
    if row is None:
        raise Refused("NOT_FOUND", "initiative")
    found: dict[str, Any] = json.loads(row["body"])
    return found
