"""Looking who a red-list entry is about: masked, and written to the trail, where the person sees it."""

from dataclasses import dataclass, field

from app.identity import names
from app.identity import queries as citizens
from app.kernel.db import transaction
from app.trail import writing as trail
from app.volunteers.errors import RedListEntryUnknown
from app.volunteers.red_list import queries as red_list_queries
from app.volunteers.red_list import sharing as red_list


@dataclass(frozen=True)
class Masked:
    """林**, 3****************X."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


def look(entry_no: str, actor: str) -> Masked:
    """`actor`: "staff:<account>" or "operator:<name>". Raises RedListEntryUnknown."""
    with transaction():
        row = red_list_queries.by_no(entry_no)
        if row is None:
            raise RedListEntryUnknown
        citizen = citizens.by_identity_index(row.identity_index)
        trail.record(citizen.id if citizen else None, actor=actor, who="信用服务中心", what="red_list.read",
                     purpose="核对红名单报送情况", about=f"red_list_entry:{row.id}")
        who = red_list.subject(row)
    number = who.id_number
    return Masked(names.masked(who.name), number[0] + "*" * (len(number) - 2) + number[-1])
