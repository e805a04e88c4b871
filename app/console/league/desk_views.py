"""My desk: what waits for me on the way to the list, and where it stands."""

from flask import url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.parts import Tile
from app.staff.scoping import Scope, within
from app.volunteers import nomination_queries

ROLES = ("registrar", "reviewer", "list_officer")
pages = Pages("league", "desk", nav=Nav("推荐待办", 40, ROLES))
WORDS = {"drafts": ("准备中和被退回的推荐", "console_league_nominations.index", {"state": "draft"}),
         "reviews": ("待我审核", "console_league_nominations.index", {}),
         "to_publicise": ("待开始公示", "console_league_lists.index", {"state": "approved"}),
         "to_list": ("公示期满待列入", "console_league_lists.index", {"state": "cleared"}),
         "objections": ("待复核异议", "console_league_objections.index", {"state": "open"}),
         "hearings": ("待决定的退出", "console_league_lists.exits", {"state": "hearing"})}


@pages.get("/")
@console_required("league", *ROLES)
def index() -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        found = tiles(mine)
    return page("overview.html", title="推荐待办", tiles=found,
                text="" if found else "这个角色在本级没有推荐事项要办理。")


def tiles(mine: Scope) -> list[Tile]:
    """For this page and the League's first one; inside the scope."""
    made = []
    for name, count in nomination_queries.waiting(mine).items():
        words, endpoint, asked = WORDS[name]
        told = {"state": nomination_queries.REVIEW[mine.level]} if name == "reviews" else asked
        made.append(Tile(words, count, trouble=count > 0, href=url_for(endpoint, **told)))
    return made
