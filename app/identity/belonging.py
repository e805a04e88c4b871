"""Records that are a citizen's by identity, also from before there was an account: looks at them are theirs to see.

Packages above hand in which, at import.
"""

from collections.abc import Callable
from typing import TypeVar

from app.identity.models import Citizen

Records = Callable[[Citizen], list[str]]
R = TypeVar("R", bound=Records)
KEEPERS: dict[str, Records] = {}


def keeps(name: str) -> Callable[[R], R]:
    """`@keeps("volunteers")` over a function that gives "<kind>:<id>" of what it keeps of a citizen."""
    def keep(told: R) -> R:
        if KEEPERS.setdefault(name, told) is not told:
            raise RuntimeError(f"two keepers of records are called {name}")
        return told

    return keep


def records(citizen: Citizen) -> list[str]:
    """For the trail's queries: what entries without a citizen may be about to be this one's."""
    return [each for told in KEEPERS.values() for each in told(citizen)]
