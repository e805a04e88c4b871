"""What pages are made of beside tables and forms: tiles, links to acts, sections of facts, short lists, charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tile:
    """A figure with its words; `trouble`: somebody has to look; `href`: where."""

    label: str
    value: Any
    trouble: bool = False
    href: str | None = None


@dataclass(frozen=True)
class Act:
    """A link: to a page that asks before it acts (`asks`), or to any other."""

    label: str
    href: str
    asks: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Chart:
    """`series`: {name: [numbers]} along `labels`; `kind`: bar, line or pie."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[int | float]]
    kind: str = "bar"
    unit: str = ""


@dataclass(frozen=True)
class Section:
    """A card: words, facts {label: value}, a short list under `head`, acts; `empty` stands where the list has nothing.

    `buttons`: acts that POST at once, without a question. A phone shows the list without its last `desk` columns.
    """

    title: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    desk: int = 0
    empty: str = "还没有记录。"
    acts: Sequence[Act] = ()
    buttons: Sequence[Act] = ()
