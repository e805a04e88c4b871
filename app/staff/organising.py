"""The League's tree: province, city, county, unit. A subtree is a prefix of `path`."""

import re
import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.staff.errors import OrganisationRefused
from app.staff.models import Organisation

BELOW = {"province": "city", "city": "county", "county": "unit", "unit": "unit"}


def add(name: str, region: str, parent_id: uuid.UUID | None = None) -> Organisation:
    """A knot below another one, or a province; its level follows. Raises OrganisationRefused."""
    parent = None if parent_id is None else session().get(Organisation, parent_id)
    if (parent_id is not None and parent is None) or not re.fullmatch(r"[0-9]{6}", region) or not name.strip():
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
    return made


def subtree(path: str) -> list[Organisation]:
    """This knot and all below it, parents first."""
    return list(session().scalars(select(Organisation).where(Organisation.path.startswith(path, autoescape=True))
                                  .order_by(Organisation.path)))
