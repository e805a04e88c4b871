"""Figures for everybody: no cell speaks of fewer than five people, and none can be worked out from the others."""

from collections.abc import Iterable
from dataclasses import dataclass

LEAST = 5
OTHER = "其他"


@dataclass(frozen=True)
class Cell:
    """`people`: how many it speaks of; `amount`: what they did (0 where only people are counted)."""

    label: str
    people: int
    amount: int = 0


def merged(cells: Iterable[Cell]) -> list[Cell]:
    """Cells that divide people among them: the small ones become one, together with the smallest of the others where
    they would be too few even so. Fewer than five in all are not shown.
    """
    by_size = sorted((each for each in cells if each.people > 0), key=lambda each: each.people)
    small: list[Cell] = []
    while by_size and (by_size[0].people < LEAST or 0 < sum(each.people for each in small) < LEAST):
        small.append(by_size.pop(0))
    people, amount = sum(each.people for each in small), sum(each.amount for each in small)
    rest = sorted(by_size, key=lambda each: each.label)
    return [*rest, Cell(OTHER, people, amount)] if people >= LEAST else rest


def shown(cells: Iterable[Cell]) -> list[Cell]:
    """Cells that overlap, such as months in which the same people serve: the small ones are left out."""
    return [each for each in cells if each.people >= LEAST]
