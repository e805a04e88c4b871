"""The navigation: each matter's pages say under which words, for whom and where they stand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.staff.queries import Who


def always() -> bool:
    return True


@dataclass(frozen=True)
class Nav:
    """An entry: `view` is the endpoint's last part; any of `roles` sees it (all, where none is named), `when` it is
    true.
    """

    label: str
    order: int
    roles: tuple[str, ...] = ()
    view: str = "index"
    when: Callable[[], bool] = always


@dataclass(frozen=True)
class Entry:
    """As a page shows it."""

    label: str
    endpoint: str
    current: bool


def entries(who: Who, blueprints: Iterable[Any], current: str | None) -> list[Entry]:
    """What this account sees, in order."""
    seen = [(each.nav.order, each.nav.label, each) for each in blueprints
            if getattr(each, "nav", None) and each.realm == who.realm
            and (not each.nav.roles or who.roles & set(each.nav.roles)) and each.nav.when()]
    return [Entry(label, f"{each.name}.{each.nav.view}", each.name == current)
            for _, label, each in sorted(seen, key=lambda one: one[:2])]
