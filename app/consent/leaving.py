"""What becomes of consents when a citizen takes their data along, or leaves."""

from typing import Any

from app.consent import queries, withdrawing
from app.consent.schemas import ConsentOut
from app.identity.erasing import before
from app.identity.exporting import exports
from app.identity.queries import Citizen


@exports("consents")
def export(citizen: Citizen) -> list[Any]:
    """Every consent with its exact text."""
    dumped: list[Any] = ConsentOut(many=True).dump(queries.all_of(citizen.id))
    return dumped


@before("consents")
def end_all(citizen: Citizen) -> None:
    """All consents end with the citizen, and the platform is told of it."""
    withdrawing.by_erasure(citizen)
