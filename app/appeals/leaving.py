"""What becomes of appeals when a citizen takes their data along, or leaves."""

from typing import Any

from app.appeals import queries, reading, stating
from app.appeals.schemas import AppealOut
from app.identity.erasing import before
from app.identity.exporting import exports
from app.identity.queries import Citizen
from app.kernel import clock


@exports("appeals")
def export(citizen: Citizen) -> list[Any]:
    """Every appeal with its text and answer, and what merchants said of it."""
    every = queries.every_own(citizen.id)
    dumped: list[Any] = AppealOut(many=True).dump([reading.shown(citizen, each) for each in every])
    for appeal, told in zip(every, dumped, strict=True):
        told["merchant_statements"] = [{"at": clock.rfc3339(said.at), "text": said.text}
                                       for said in stating.of_appeal(citizen, appeal.id)]
    return dumped


@before("appeals")
def withdraw(citizen: Citizen) -> None:
    """Nobody is left to be answered."""
    for appeal in queries.every_own(citizen.id):
        if appeal.state != "settled":
            appeal.state, appeal.settled_at, appeal.outcome = "settled", clock.now(), "withdrawn"
