"""Reads of the red list for staff. No identity is in them: who an entry is about, its own page opens."""

from typing import Any

from sqlalchemy import func, select

from app.kernel.db import session
from app.kernel.http import page
from app.volunteers.models import RedListEntry
from app.volunteers.red_list import sharing as red_list


def listed(args: dict[str, Any]) -> tuple[list[RedListEntry], str | None]:
    """A page, newest first. `args`: limit, cursor?, state? (listed, delisted), unsettled?, q? (number or document)."""
    query = select(RedListEntry).execution_options(populate_existing=True)
    if state := args.get("state"):
        query = query.where(RedListEntry.state == state)
    if args.get("unsettled"):
        query = query.where(red_list.unsettled())
    if part := args.get("q"):
        query = query.where(RedListEntry.entry_no.icontains(part, autoescape=True)
                            | RedListEntry.document_no.icontains(part, autoescape=True))
    return page(query, (RedListEntry.created_at, RedListEntry.entry_no), args)


def counts() -> tuple[int, int]:
    """(listed, what the platform hasn't answered for as it stands)."""
    row = session().execute(select(func.count().filter(RedListEntry.state == "listed"),
                                   func.count().filter(red_list.unsettled()))).one()
    return row[0], row[1]


def by_no(entry_no: str) -> RedListEntry | None:
    return session().scalar(select(RedListEntry).where(RedListEntry.entry_no == entry_no)
                            .execution_options(populate_existing=True))
