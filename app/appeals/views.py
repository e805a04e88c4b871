"""The citizen's door to appeals."""

from typing import Any

from flask import current_app, g

from app.appeals import errors, leaving, opening, queries, reading, schemas
from app.identity.guards import citizen_required
from app.kernel.http import Door, PageArgs
from app.kernel.idempotency import idempotent
from app.kernel.openapi import refuses

door = Door("appeals", __name__, url_prefix="/api/v1", description="Appeals: marked and settled within working days.")
PARTS = (leaving,)  # takes part in the export and in erasing


@door.route("/appeals", methods=["POST"])
@citizen_required
@refuses(errors.AboutNotFound, errors.TextNotAllowed)
@idempotent
@door.arguments(schemas.AppealIn)
@door.response(201, schemas.AppealOut)
def open_appeal(told: dict[str, Any]) -> dict[str, Any]:
    """Object: something of mine is wrong."""
    said = opening.Objection(told["about"]["kind"], told["about"]["id"], told["text"], g.get("idempotency_key"))
    clocks = opening.Clocks(current_app.config["APPEAL_MARK_WORKING_DAYS"],
                            current_app.config["APPEAL_SETTLE_WORKING_DAYS"], current_app.config["IDEMPOTENCY_HOURS"])
    return reading.shown(g.citizen, opening.open_appeal(g.citizen, said, clocks))


@door.route("/appeals", methods=["GET"])
@citizen_required
@door.arguments(PageArgs, location="query")
@door.response(200, schemas.Appeals)
def appeals(args: dict[str, Any]) -> dict[str, Any]:
    """My appeals, where they stand, and their answers."""
    rows, following = queries.own_page(g.citizen.id, args)
    return {"items": [reading.shown(g.citizen, each) for each in rows], "next_cursor": following}
