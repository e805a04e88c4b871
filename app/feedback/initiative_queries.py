"""Reads of initiatives for staff: lists with filters, page by page, and everything about one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.benefits import queries as benefits
from app.benefits.queries import Offer
from app.feedback import initiatives
from app.feedback.initiative_models import (
    Initiative,
    InitiativeFeedback,
    InitiativePoll,
    InitiativeResponse,
    InitiativeWarning,
)
from app.kernel import clock
from app.kernel.db import session
from app.kernel.http import page

STATES = ("open", "overdue", "accepted", "declined", "refused")


@dataclass(frozen=True)
class Listed:
    """An initiative as a list shows it. `state`: one of STATES; `warned`: the nearest warning, in working days."""

    initiative: Initiative
    response: InitiativeResponse | None
    state: str
    warned: int | None


@dataclass(frozen=True)
class Whole:
    """All about one: its offers by code, its months, newest first."""

    listed: Listed
    offers: Sequence[Offer]
    feedbacks: Sequence[InitiativeFeedback]


def listed(args: dict[str, Any]) -> tuple[list[Listed], str | None]:
    """A page, newest first. `args`: limit, cursor?, state? (one of STATES), q? (part of title, number or document)."""
    query = select(Initiative).execution_options(populate_existing=True)
    if state := args.get("state"):
        query = query.where(_in_state(state))
    if part := args.get("q"):
        query = query.where(or_(*(column.icontains(part, autoescape=True) for column in (
            Initiative.title, Initiative.initiative_no, Initiative.document_no))))
    rows, cursor = page(query, (Initiative.issued_at, Initiative.initiative_no), args)
    return _with_state(rows), cursor


def due() -> list[Listed]:
    """What staff are warned of: without a response, near its day or past it; the most urgent first."""
    rows = session().scalars(
        select(Initiative).where(~_answered(), or_(Initiative.respond_by < clock.now(), _warned()))
        .order_by(Initiative.respond_by, Initiative.initiative_no).execution_options(populate_existing=True)).all()
    return _with_state(rows)


def whole(initiative_no: str) -> Whole:
    """Raises InitiativeNotFound."""
    (found,) = _with_state([initiatives.get(initiative_no)])
    fed = session().scalars(select(InitiativeFeedback).where(InitiativeFeedback.initiative_no == initiative_no)
                            .order_by(InitiativeFeedback.period.desc()).execution_options(populate_existing=True))
    return Whole(found, benefits.offers_of_initiative(initiative_no), fed.all())


def feedbacks(args: dict[str, Any]) -> tuple[list[InitiativeFeedback], str | None]:
    """A page of months fed back, newest first. `args`: limit, cursor?, period?, initiative_no?, unanswered? (true)."""
    query = select(InitiativeFeedback).execution_options(populate_existing=True)
    for name in ("period", "initiative_no"):
        if value := args.get(name):
            query = query.where(getattr(InitiativeFeedback, name) == value)
    if args.get("unanswered"):
        query = query.where(InitiativeFeedback.answered_revision < InitiativeFeedback.revision)
    return page(query, (InitiativeFeedback.period, InitiativeFeedback.initiative_no), args)


def waiting() -> tuple[int, int]:
    """(without a response and in time, of those due within the warned days or past): what a person has to do."""
    in_time = session().scalar(select(func.count()).select_from(Initiative).where(
        ~_answered(), Initiative.respond_by >= clock.now())) or 0
    urgent = session().scalar(select(func.count()).select_from(Initiative).where(
        ~_answered(), or_(Initiative.respond_by < clock.now(), _warned()))) or 0
    return in_time, urgent


def polling() -> InitiativePoll | None:
    """How the polling stands: cursor, when it last reached the end, what went wrong since; None before the first."""
    return session().scalar(select(InitiativePoll).execution_options(populate_existing=True))


def _with_state(rows: Sequence[Initiative]) -> list[Listed]:
    numbers = [row.initiative_no for row in rows]
    said = {each.initiative_no: each for each in session().scalars(
        select(InitiativeResponse).where(InitiativeResponse.initiative_no.in_(numbers))
        .execution_options(populate_existing=True))}
    warned = _nearest(numbers)
    return [Listed(row, said.get(row.initiative_no), _state(row, said.get(row.initiative_no)),
                   warned.get(row.initiative_no)) for row in rows]


def _nearest(numbers: Collection[str]) -> dict[str, int]:
    rows = session().execute(
        select(InitiativeWarning.initiative_no, InitiativeWarning.days)
        .where(InitiativeWarning.initiative_no.in_(numbers)).order_by(InitiativeWarning.days.desc()))
    return {number: days for number, days in rows}  # noqa: C416 (rows, not pairs)


def _state(row: Initiative, said: InitiativeResponse | None) -> str:
    if said is None:
        return "overdue" if row.respond_by < clock.now() else "open"
    return "refused" if said.state == "refused" else said.response


def _in_state(state: str) -> ColumnElement[bool]:
    if state in ("open", "overdue"):
        in_time = Initiative.respond_by >= clock.now()
        return ~_answered() & (in_time if state == "open" else ~in_time)
    response = InitiativeResponse
    of_this = response.initiative_no == Initiative.initiative_no
    if state == "refused":
        return exists().where(of_this, response.state == "refused")
    return exists().where(of_this, response.state != "refused", response.response == state)


def _answered() -> ColumnElement[bool]:
    return exists().where(InitiativeResponse.initiative_no == Initiative.initiative_no)


def _warned() -> ColumnElement[bool]:
    return exists().where(InitiativeWarning.initiative_no == Initiative.initiative_no)
