"""The League's first page: what waits for whom.

A matter adds its tiles by a function in WAITING, which runs within the scope, and gives none to who can't do anything
there (`scope.roles`).
"""

from collections.abc import Callable

from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.league import (
    activity_views,
    application_views,
    certificate_views,
    desk_views,
    export_views,
    import_views,
    real_name_views,
    transfer_views,
)
from app.console.league.mine import scope
from app.console.nav import Nav
from app.console.parts import Tile
from app.staff import queries
from app.staff.scoping import Scope, within

pages = Pages("league", nav=Nav("首页", 0))

Waiting = Callable[[Scope], list[Tile]]
WAITING: tuple[Waiting, ...] = (application_views.waiting, transfer_views.waiting, real_name_views.waiting,
                                activity_views.waiting, export_views.waiting, desk_views.tiles,
                                certificate_views.waiting, import_views.waiting)


@pages.get("/")
@console_required("league")
def index() -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        tiles = [tile for each in WAITING for tile in each(mine)]
    own = queries.organisation(mine.organisation_id)
    nothing = "" if any(tile.value for tile in tiles) else "：现在没有待办事项。"
    return page("overview.html", title="首页", tiles=tiles, text=f"{own.name if own else ''}{nothing}")
