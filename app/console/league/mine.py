"""Whose page this is: the part of the tree that the session's account sees, and never anything that was sent."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select

from app.console import guards
from app.console.tables import Ask, Source, of_query
from app.staff.scoping import Scope, within


def scope() -> Scope:
    """This account's part of the tree, looked up once a request. Raises RoleMissing for who isn't of the League."""
    return guards.own_scope()


def listed(query: Callable[[Scope], Select[Any]], key: str = "id") -> Source:
    """A table's source of what `query` says for this scope, as `of_query`, read within it."""
    return kept(lambda ask: of_query(query(scope()), key)(ask))


def kept(source: Source) -> Source:
    """Any source, read within one's own scope."""
    def read(ask: Ask) -> tuple[list[Any], str | None]:
        with within(scope()):
            return source(ask)

    return read
