"""The League's first page: what waits for whom.

A matter adds its tiles by a function in WAITING; it runs within the scope, and names the roles that it waits for.
"""

from collections.abc import Callable

from flask import g
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.parts import Tile
from app.staff.scoping import Scope, within

pages = Pages("league", nav=Nav("首页", 0))

Waiting = Callable[[Scope], list[Tile]]
WAITING: tuple[tuple[tuple[str, ...], Waiting], ...] = ()  # (roles, tiles): for who holds one of them


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        tiles = [tile for roles, tiles in WAITING if g.account.roles & set(roles) for tile in tiles(mine)]
    return page("overview.html", title="首页", tiles=tiles)
