"""The sandbox without what earlier tests did, and the people as the file has them."""

import pytest

from tests import cast
from tests.consent import ground
from tests.sandbox_process import Sandbox

AS_THEY_WERE = {"lin": {"grade": "A", "red_lists": [], "restricted": False}}


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    """A sandbox that has forgotten faults, authorisations, queries and what was changed of Lin."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    for key, told in AS_THEY_WERE.items():
        sandbox.control("PUT", f"/people/{key}", told)
    return sandbox


@pytest.fixture
def lin(inside, world):
    """Lin, verified; grade A."""
    return ground.citizen(cast.LIN)
