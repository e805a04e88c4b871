"""What a member of the League's staff sees: their organisation and all below it.

Two lines keep it. Every query says `.where(scope.sees(Model.organisation_path))`; and everything that staff do runs
`within(scope)`, where PostgreSQL's row-level security (migration 0023) shows a forgetful query nothing of others.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.kernel.db import in_transaction, transaction
from app.staff.errors import RoleMissing

TAKE = text("SELECT set_config('xinyi.path', :path, true), set_config('role', 'xinyi_league', true)")
END = "~"  # above everything that a path is made of: digits, a to f, - and /


@dataclass(frozen=True)
class Scope:
    """Somebody of the staff with their part of the tree. `path` ends with a slash; a province's is `/`: all of it."""

    account_id: uuid.UUID
    organisation_id: uuid.UUID
    path: str
    level: str  # province, city, county, unit
    roles: frozenset[str]
    actor: str  # staff:<account id>

    def need(self, *roles: str) -> None:
        """One of these roles. Raises RoleMissing."""
        if not self.roles & set(roles):
            raise RoleMissing

    def sees(self, path: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """For the WHERE of every query; `path` is the table's `organisation_path`, compared as bytes."""
        return and_(path >= self.path, path < self.path + END)


@contextmanager
def within(scope: Scope) -> Iterator[Session]:
    """A transaction in which this scope's rows are all that there are; an inner one has to be of the same scope."""
    outer = in_transaction()
    with transaction() as s:
        if outer and s.info.get("scope") != scope.path:
            raise RuntimeError("a scope begins its transaction: it can't narrow one that is under way")
        if not outer:
            s.expunge_all()
            s.info["scope"] = scope.path
            s.execute(TAKE, {"path": scope.path})
        try:
            yield s
        finally:
            if not outer:
                s.info.pop("scope", None)
