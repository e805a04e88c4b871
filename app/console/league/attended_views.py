"""Attendances in tables: their columns, whose names stay masked, and who may act on them."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, url_for
from markupsafe import Markup
from sqlalchemy import Select

from app.console import cells
from app.console.league.mine import kept, scope
from app.console.operations.words import badge
from app.console.tables import Ask, Column, Source, of_query
from app.identity import names
from app.kernel import clock
from app.staff.scoping import Scope, within
from app.volunteers.service import queries as hours_queries

OFFICER, REVIEWER = "hours_officer", "reviewer"
STATES = {"present": ("在场，未签退", ""), "waiting": ("待确认", "wait"), "confirmed": ("已确认", "good"),
          "refused": ("不予采纳", "bad"), "withdrawn": ("导入已撤销", "")}
SOURCES = {"qr": "扫码", "hand": "手工", "import": "导入"}
FLAGS = {"overlap": "时间重叠", "long_day": "一日时长过长", "future": "尚未发生"}
OUTCOMES = {"right": ("属实", "good"), "wrong": ("有误", "bad"), None: ("待查", "wait")}


@dataclass(frozen=True)
class Attended:
    """A row of a query with a volunteer_id, and their name with all but its first character hidden."""

    row: Any
    name: str


def may(role: str) -> bool:
    return role in g.account.roles


def masked(rows: Iterable[Any]) -> list[Attended]:
    """With their names, read in one go. Another county's volunteer, who scanned a code here, has none."""
    found = list(rows)
    with within(scope()):
        known = hours_queries.names(scope(), [row.volunteer_id for row in found])
    return [Attended(row, names.masked(known[row.volunteer_id]) if row.volunteer_id in known else "外单位志愿者")
            for row in found]


def people(query: Callable[[Scope], Select[Any]]) -> Source:
    """A table's source of such a query."""

    def read(ask: Ask) -> tuple[list[Any], str | None]:
        rows, following = kept(lambda asked: of_query(query(scope()))(asked))(ask)
        return masked(rows), following

    return read


def chooser(each: Attended) -> Markup:
    """A box for the form `chosen`, where it may be confirmed."""
    if each.row.state not in ("waiting", "present"):
        return Markup("")
    box = '<input class="form-check-input" type="checkbox" name="id" value="{}" form="chosen" aria-label="选择 {}">'
    return Markup(box).format(each.row.id, each.row.volunteer_no)  # noqa: S704 (a constant)


def columns(*, choosing: bool = False) -> tuple[Column, ...]:
    first = (Column("选", chooser, export=False),) if choosing else ()
    return (
        *first,
        Column("志愿者", lambda each: cells.link(each.row.volunteer_no, url_for(
            "console_league_attendances.one", attendance_id=each.row.id))),
        Column("姓名", lambda each: each.name, phone=False),
        Column("日期", lambda each: each.row.served_on, phone=False),
        Column("起", lambda each: hour(each.row.began_at), phone=False),
        Column("止", lambda each: hour(each.row.ended_at), phone=False),
        Column("分钟", lambda each: each.row.minutes, number=True),
        Column("来源", lambda each: SOURCES[each.row.source], phone=False),
        Column("状态", lambda each: state(each.row)),
    )


def hour(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(clock.SHANGHAI).strftime("%H:%M")


def state(row: Any) -> Markup:
    """With a word about what nobody has answered yet."""
    words, odd = badge(STATES, row.state), bool(row.flags) and row.state == "waiting"
    return words + Markup(" ") + cells.badge(f"疑点 {row.flags}", "bad") if odd else words


def ids(given: list[str]) -> list[uuid.UUID]:
    """What boxes sent; nonsense is as good as absent."""
    found = []
    for text in given[:5000]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
