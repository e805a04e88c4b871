"""The register as the League's staff reads it: lists, exact searches, one entry. All within the reader's scope."""

import re
import uuid
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, column, func, select
from sqlalchemy import Integer as Whole

from app.identity import names, numbers
from app.identity.errors import IdNumberInvalid
from app.identity.sealing import identity_index
from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.kernel.sealing import SealBroken, sealer
from app.staff.scoping import Scope
from app.volunteers import sealing, stars
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.models import ServiceRecord, Volunteer

MOST_FOUND = 50
NUMBER = re.compile(r"[0-9]{16}")
ROW: tuple[Any, ...] = (
    Volunteer.id, Volunteer.volunteer_no, Volunteer.region, Volunteer.state, Volunteer.applied_at,
    Volunteer.registered_at, Volunteer.organisation_id, Volunteer.organisation_path, Volunteer.real_name_state,
    Volunteer.data_key, Volunteer.name_sealed)
ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")


def totals() -> Any:
    """(volunteer_id, minutes) of the scope's volunteers with hours, counted wherever they were served."""
    return func.xinyi_volunteer_minutes().table_valued(column("volunteer_id"), column("minutes", BigInteger))


def stars_of(region: Any, minutes: ColumnElement[int]) -> ColumnElement[int]:
    """`stars.stars` in SQL."""
    ladders = stars.ladders()
    return case(*[(func.left(region, 2) == prefix, _reached(minutes, hours))
                  for prefix, hours in ladders.items() if prefix], else_=_reached(minutes, ladders[""]))


def listed(scope: Scope) -> Select[Any]:
    """Rows of the register, with `minutes` of service."""
    rows: Select[Any] = select(*ROW, func.xinyi_minutes(Volunteer.id, type_=BigInteger).label("minutes"))
    return rows.where(scope.sees(Volunteer.organisation_path))


def with_stars(number: int) -> ColumnElement[bool]:
    """For a filter: registered with exactly so many stars."""
    counted = totals()
    having = select(counted.c.volunteer_id).join(Volunteer, Volunteer.id == counted.c.volunteer_id)
    reached = stars_of(Volunteer.region, counted.c.minutes)
    here = ~Volunteer.id.in_(having.where(reached > 0)) if number == 0 else \
        Volunteer.id.in_(having.where(reached == number))
    return (Volunteer.state == "registered") & here


def found(scope: Scope, text: str) -> list[Any]:
    """Who has exactly this name, volunteer number or identity number; at most MOST_FOUND, as `listed` gives them."""
    need_transaction()
    return list(session().execute(listed(scope).where(_is(text.strip())).order_by(Volunteer.volunteer_no)
                                  .limit(MOST_FOUND)))


def one(scope: Scope, volunteer_id: uuid.UUID) -> Volunteer:
    """The entry. Raises VolunteerUnknown, also for another county's."""
    need_transaction()
    volunteer = session().scalar(select(Volunteer).where(scope.sees(Volunteer.organisation_path),
                                                         Volunteer.id == volunteer_id)
                                 .execution_options(populate_existing=True))
    if volunteer is None:
        raise VolunteerUnknown
    return volunteer


def masked(row: Any) -> str:
    """林**, of a row of `listed`; nothing where the key is gone."""
    if row.data_key is None or row.name_sealed is None:
        return ""
    try:
        return names.masked(sealer().open(row.data_key, sealing.owner(row.id), sealing.NAME, row.name_sealed).decode())
    except SealBroken:
        return ""


def own_records(scope: Scope, volunteer_id: uuid.UUID, limit: int) -> list[ServiceRecord]:
    """The newest that the scope's organisations recorded."""
    return list(session().scalars(select(ServiceRecord).where(
        scope.sees(ServiceRecord.organisation_path), ServiceRecord.volunteer_id == volunteer_id)
        .order_by(ServiceRecord.served_on.desc(), ServiceRecord.id.desc()).limit(limit)))


def _is(text: str) -> ColumnElement[bool]:
    if NUMBER.fullmatch(text):
        return Volunteer.volunteer_no == text
    if ID_NUMBER.fullmatch(text):
        try:
            return Volunteer.identity_index == identity_index(numbers.read(text, clock.today()))
        except IdNumberInvalid:
            return Volunteer.id.is_(None)
    return Volunteer.name_index == sealing.name_index(text)


def _reached(minutes: ColumnElement[int], hours: tuple[int, ...]) -> ColumnElement[int]:
    reached: ColumnElement[int] = cast(0, Whole)
    for needed in hours:
        reached = reached + cast(minutes >= 60 * needed, Whole)
    return reached
