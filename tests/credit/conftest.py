"""The sandbox without what earlier tests did, and the people as the file has them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import cast
from tests.consent import ground
from tests.sandbox_process import Sandbox
from tests.serving import serving

AFRESH = {"authorizations": True, "people": True}


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox that has forgotten faults, authorisations, queries and what was changed of people, afterwards too:
    what a test here lets happen to Lin is nothing to those who meet them next.
    """
    sandbox.control("POST", "/reset", AFRESH)
    yield sandbox
    sandbox.control("POST", "/reset", AFRESH)


@pytest.fixture
def lin(inside, world):
    """Lin, verified; grade A."""
    return ground.citizen(cast.LIN)


@pytest.fixture
def pushed_to(app: Any, environ: dict[str, str]) -> Iterator[str]:
    """The application behind a real port, where the sandbox pushes its events."""
    with serving(app, int(environ["PORT"])) as origin:
        yield origin
