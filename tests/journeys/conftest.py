"""Every story ends with the same three questions."""

from collections.abc import Iterator

import pytest

from tests.journeys.world import World
from tests.stack import Stack


@pytest.fixture
def world(stack: Stack) -> Iterator[World]:
    """The running system. At the end of each story: no breach of the platform's protocol; what the platform was
    asked about a person is what that person's access log shows, look by look; no fault is left behind.
    """
    made = World(stack)
    before = len(made.breaches())
    yield made
    made.sandbox.control("DELETE", "/faults")
    assert made.breaches()[before:] == []
    for person in {walker.person for walker in made.walkers if walker.headers}:
        own = [walker for walker in made.walkers if walker.person == person and walker.headers]
        seen = {look["id"] for walker in own for look in walker.looks_of("grade.query")}
        lost = sum(walker.lost_looks for walker in own)
        assert len(made.asked_about(person)) + lost == len(seen), person.key
