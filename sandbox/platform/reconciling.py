"""4.6: what the platform accepted on a day, page by page, with count, sum and digest of the whole day."""

import base64
import binascii
from datetime import date
from typing import Any

from sandbox import forms
from sandbox.clock import complete_from
from sandbox.platform.asking import Asking
from sandbox.state import Row, State


def show_day(asking: Asking, day: str) -> tuple[int, dict[str, Any]]:
    """Accepted rows of an Asia/Shanghai day, sorted bytewise."""
    world = asking.world
    query = dict(asking.request.query)
    if not forms.day(day) or set(query) - {"cursor"} or len(query) != len(asking.request.query):
        raise forms.BadForm("date or query")
    when = date.fromisoformat(day)
    if when > world.clock.today():
        raise forms.BadForm("a future day")
    after = open_cursor(query["cursor"], day) if "cursor" in query else ""
    rows = world.state.all(
        "select record_no, receipt_no, status from records where day = ? and status = 'accepted' and record_no > ?"
        " order by record_no limit ?",
        day,
        after,
        world.page_size + 1,
    )
    page, more = rows[: world.page_size], len(rows) > world.page_size
    return 200, {
        "date": day,
        **totals(world.state, asking.suite, day),
        "records": page,
        "next_cursor": make_cursor(day, page[-1]) if more else None,
        "complete": world.clock.now() >= complete_from(when),
    }


def totals(state: State, suite: Any, day: str) -> dict[str, Any]:
    """Count, plain sum and digest of a day; kept while the count stands, since rows are never taken back."""
    row = state.one(
        "select count(*) n, coalesce(sum(waived_fen), 0) fen from records where day = ? and status = 'accepted'",
        day,
    ) or {"n": 0, "fen": 0}
    known = state.day_digests.get((suite.name, day, row["n"]))
    if known is None:
        numbers = state.all(
            "select record_no from records where day = ? and status = 'accepted' order by record_no", day
        )
        known = suite.digest("\n".join(number["record_no"] for number in numbers).encode())
        state.day_digests = {(suite.name, day, row["n"]): known}
    return {"count": row["n"], "waived_fen": row["fen"], "digest": known}


def make_cursor(day: str, last: Row) -> str:
    """An opaque cursor, on purpose with characters that must be percent-encoded in a query."""
    return "+" + base64.b64encode(f"{day}/{last['record_no']}".encode()).decode() + "/="


def open_cursor(cursor: str, day: str) -> str:
    """The record number after which the page starts; BadForm for a cursor that is not ours or of another day."""
    try:
        inner = base64.b64decode(cursor.removeprefix("+").removesuffix("/="), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise forms.BadForm("cursor") from wrong
    if not inner.startswith(f"{day}/"):
        raise forms.BadForm("cursor")
    return inner.removeprefix(f"{day}/")
