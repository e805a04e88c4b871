"""The League's tree: province, city, county, unit. A subtree is a prefix of `path`."""

import re
import uuid

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.staff.errors import OrganisationRefused, OrganisationUnknown
from app.staff.models import Organisation
from app.staff.telling import WORDS
from app.trail import writing

BELOW = {"province": "city", "city": "county", "county": "unit", "unit": "unit"}


def add(name: str, region: str, parent_id: uuid.UUID | None = None, *, actor: str = "operator:host") -> Organisation:
    """A knot below another one, or a province; its level follows, and its region lies in the one above.

    Raises OrganisationRefused.
    """
    parent = None if parent_id is None else session().get(Organisation, parent_id)
    if (parent_id is not None and parent is None) or not re.fullmatch(r"[0-9]{6}", region) or not _named(name):
        raise OrganisationRefused
    if parent is not None and not region.startswith(re.sub(r"(?:00)+\Z", "", parent.region)):
        raise OrganisationRefused
    identity = new_id()
    above, level = ("/", "province") if parent is None else (parent.path, BELOW[parent.level])
    made = Organisation(id=identity, parent_id=parent_id, level=level, name=name.strip(), region=region,
                        path=f"{above}{identity}/")
    with transaction() as s:
        s.add(made)
        try:
            s.flush()
        except IntegrityError:
            raise OrganisationRefused from None
        _tell("organisation.added", identity, actor)
    return made


def rename(organisation_id: uuid.UUID, name: str, *, actor: str) -> Organisation:
    """Another name; its place in the tree stays (0225). Raises OrganisationUnknown, OrganisationRefused."""
    if not _named(name):
        raise OrganisationRefused
    with transaction() as s:
        found = s.get(Organisation, organisation_id, with_for_update=True, populate_existing=True)
        if found is None:
            raise OrganisationUnknown
        found.name = name.strip()
        try:
            s.flush()
        except IntegrityError:
            raise OrganisationRefused from None
        _tell("organisation.renamed", organisation_id, actor)
    return found


def home(region: str) -> Organisation | None:
    """Where somebody of this region (six digits) belongs who named no organisation: the county's, else the city's, else
    the province's; None where there is none of them yet.
    """
    found = session().scalars(select(Organisation).where(or_(
        and_(Organisation.level == "county", Organisation.region == region),
        and_(Organisation.level == "city", Organisation.region == f"{region[:4]}00"),
        and_(Organisation.level == "province", Organisation.region == f"{region[:2]}0000"))))
    nearest = sorted(found, key=lambda each: (("county", "city", "province").index(each.level), each.created_at))
    return nearest[0] if nearest else None


def within(path: str, organisation_id: uuid.UUID) -> Organisation:
    """The organisation of this id where it is the one of this path, or below it. Raises OrganisationUnknown."""
    found = session().get(Organisation, organisation_id, populate_existing=True)
    if found is None or not found.path.startswith(path):
        raise OrganisationUnknown
    return found


def name_of(organisation_id: uuid.UUID | None) -> str:
    """As people read it; none is the League."""
    found = None if organisation_id is None else session().get(Organisation, organisation_id)
    return "共青团组织" if found is None else found.name


def names_by_region() -> dict[str, str]:
    """Names of the cities' and counties' organisations by their regions (six digits), for filters and labels."""
    rows = session().execute(select(Organisation.region, Organisation.name).where(
        Organisation.level.in_(("city", "county"))).order_by(Organisation.region))
    return {region: name for region, name in rows}  # noqa: C416 (rows are no pairs to mypy)


def subtree(path: str, *levels: str) -> list[Organisation]:
    """This knot and all below it, parents first; perhaps of these levels only."""
    found = select(Organisation).where(Organisation.path.startswith(path, autoescape=True)).order_by(Organisation.path)
    return list(session().scalars(found.where(Organisation.level.in_(levels)) if levels else found))


def _named(name: str) -> bool:
    return re.fullmatch(r"[^\x00-\x1f\x7f]{1,60}", name.strip()) is not None


def _tell(what: str, organisation_id: uuid.UUID, actor: str) -> None:
    writing.record(None, actor=actor, who="控制台", what=what, purpose=WORDS[what],
                   about=f"organisation:{organisation_id}")
