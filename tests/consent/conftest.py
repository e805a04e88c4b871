"""The sandbox without what earlier tests did."""

import pytest

from tests.sandbox_process import Sandbox


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    """A sandbox that has forgotten faults, authorisations and queries."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    return sandbox
