"""What becomes of appeals when a citizen takes their data along, or leaves."""

from typing import Any

from app.appeals import queries, reading
from app.appeals.schemas import AppealOut
from app.identity.erasing import before
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import clock


@exports("appeals")
def export(citizen: Citizen) -> list[Any]:
    """Every appeal with its text and answer."""
    dumped: list[Any] = AppealOut(many=True).dump(
        [reading.shown(citizen, each) for each in queries.every_own(citizen.id)])
    return dumped


@before("appeals")
def withdraw(citizen: Citizen) -> None:
    """Nobody is left to be answered."""
    for appeal in queries.every_own(citizen.id):
        if appeal.state != "settled":
            appeal.state, appeal.settled_at, appeal.outcome = "settled", clock.now(), "withdrawn"
