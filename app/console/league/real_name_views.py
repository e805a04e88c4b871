"""The work list of the real-name check: who doesn't fit, who waits, who can't be asked about."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import cells
from app.console.answering import Pages, listing
from app.console.guards import console_required
from app.console.league.mine import listed, scope
from app.console.league.words import REAL_NAMES
from app.console.nav import Nav
from app.console.operations.words import badge, choices
from app.console.parts import Tile
from app.console.tables import Column, Filter, Table, equals
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers import register_queries, verifying

REGISTRAR = "registrar"
pages = Pages("league", "real_names", nav=Nav("实名核验", 18, (REGISTRAR,)))
TEXT = ("不一致的可以更正后重新核验、核对身份证原件，或者办理退出；办结之前登记和时长都不受影响。"
        "未核验的多是本人还没有书面同意。")


@pages.get("/")
@console_required("league", REGISTRAR)
def index() -> ResponseReturnValue:
    table = Table("real_names", (
        Column("编号", lambda row: cells.link(row.volunteer_no, url_for("console_league_volunteers.one",
                                                                      volunteer_id=row.id)), sort="volunteer_no"),
        Column("姓名", register_queries.masked),
        Column("机构", lambda row: organising.name_of(row.organisation_id), phone=False),
        Column("核验", lambda row: badge(REAL_NAMES, row.real_name_state), phone=False),
        Column("登记时间", lambda row: row.registered_at, phone=False),
        Column("办理", _acts),
    ), listed(verifying.checked), filters=(Filter("state", "核验", equals("real_name_state"), choices(REAL_NAMES)),),
        sort="volunteer_no", empty="还没有登记的志愿者。")
    with within(scope()):
        count = verifying.mismatched(scope())
    return listing(table, "overview.html", title="实名核验", text=TEXT, tiles=[
        Tile("不一致，待办理", count, count > 0, url_for(".index", state="mismatched"))])


def waiting(mine: Scope) -> list[Tile]:
    """For the League's first page."""
    if REGISTRAR not in mine.roles:
        return []
    count = verifying.mismatched(mine)
    return [Tile("实名不一致", count, count > 0, url_for("console_league_real_names.index", state="mismatched"))]


def _acts(row: Any) -> Any:
    if row.real_name_state != "mismatched":
        return ""
    entry = "console_league_entries"
    return (cells.go("更正", url_for(f"{entry}.change", volunteer_id=row.id)) + Markup(" ")
            + cells.act("已核对证件", url_for(f"{entry}.paper", volunteer_id=row.id)) + Markup(" ")
            + cells.go("退出", url_for(f"{entry}.leave", volunteer_id=row.id)))
