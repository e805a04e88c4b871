"""My desk: how much waits for me on the way to the list, and the nominations among it."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.league import nominee_views as nominees
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.parts import Tile
from app.console.tables import Table
from app.staff.scoping import Scope, within
from app.volunteers.outstanding import queries as nomination_queries

ROLES = ("registrar", "reviewer", "list_officer")
pages = Pages("league", "desk", nav=Nav("推荐待办", 40, ROLES))
WORDS = {"drafts": ("准备中和被退回的推荐", "console_league_nominations.index", "draft"),
         "reviews": ("待我审核", "console_league_nominations.index", ""),
         "to_publicise": ("待开始公示", "console_league_lists.index", "approved"),
         "to_list": ("公示期满待列入", "console_league_lists.index", "cleared"),
         "objections": ("待复核异议", "console_league_objections.index", "open"),
         "hearings": ("待决定的退出", "console_league_lists.exits", "hearing")}


@pages.get("/")
@console_required("league", *ROLES)
def index() -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        found = tiles(mine)
    table = Table("waiting", nominees.columns(), nominees.rows(nomination_queries.mine_to_move(mine)),
                  sort="-created_at", empty="没有等待您办理的推荐。")
    return page("overview.html", title="推荐待办", tiles=found, table=table.shown(request.args),
                table_title="等待我办理的推荐")


def tiles(mine: Scope) -> list[Tile]:
    """For this page and the League's first one; inside the scope."""
    made = []
    for name, count in nomination_queries.waiting(mine).items():
        words, endpoint, state = WORDS[name]
        asked = nomination_queries.REVIEW[mine.level] if name == "reviews" else state
        made.append(Tile(words, count, trouble=count > 0, href=url_for(endpoint, state=asked)))
    return made
