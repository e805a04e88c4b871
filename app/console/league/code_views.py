"""The code that volunteers scan on the spot: a page that goes on changing it, also while the network is away."""

import uuid
from datetime import datetime

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.league import attended_views as attended
from app.console.league.mine import scope
from app.console.links import drawn
from app.kernel import clock, jsons
from app.staff.scoping import within
from app.volunteers.service import codes, organising_activities
from app.volunteers.service.errors import ActivityClosed
from app.volunteers.service.queries import Activity

pages = Pages("league", "codes")
AHEAD = 20  # codes that a page is given at once: ten minutes without network
WAYS = {"in": (codes.IN, "签到"), "out": (codes.OUT, "签退")}


@pages.get("/<uuid:activity_id>/<any('in', out):way>")
@console_required("league", attended.OFFICER)
def screen(activity_id: uuid.UUID, way: str) -> ResponseReturnValue:
    """Without JavaScript the page asks for itself again in time."""
    activity, moment = _activity(activity_id), clock.now()
    return page("league/code.html", title=f"{WAYS[way][1]}：{activity.title}", activity=activity, words=WAYS[way][1],
                now=drawn(codes.code(WAYS[way][0], activity_id, codes.step_of(moment))), more=url_for(
                    ".more", activity_id=activity_id, way=way), seconds=codes.SECONDS,
                other=(WAYS["out" if way == "in" else "in"][1],
                       url_for(".screen", activity_id=activity_id, way="out" if way == "in" else "in")),
                back=url_for("console_league_activities.one", activity_id=activity_id))


@pages.get("/<uuid:activity_id>/<any('in', out):way>/more")
@console_required("league", attended.OFFICER)
def more(activity_id: uuid.UUID, way: str) -> ResponseReturnValue:
    """{"seconds": 30, "left_ms": what is left of the first one, "codes": [SVG, …]}: this one and those to come."""
    _activity(activity_id)
    moment = clock.now()
    first = codes.step_of(moment)
    told = {"seconds": codes.SECONDS, "left_ms": _left(first, moment),
            "codes": [drawn(codes.code(WAYS[way][0], activity_id, first + step)) for step in range(AHEAD)]}
    return Response(jsons.dumps(told), content_type="application/json", headers={"Cache-Control": "no-store"})


def _activity(activity_id: uuid.UUID) -> Activity:
    with within(scope()):
        found = organising_activities.get(scope(), activity_id)
    if found.cancelled_at is not None:
        raise ActivityClosed
    return found


def _left(step: int, moment: datetime) -> int:
    return int(((step + 1) * codes.SECONDS - moment.timestamp()) * 1000)
