"""Lin and Zhou, logged in; the sandbox's WeChat judges texts."""

from typing import Any

import pytest

from tests import cast
from tests.sandbox_process import Sandbox


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    sandbox.control("POST", "/reset", {"authorizations": True})
    return sandbox


@pytest.fixture
def lin(client: Any, world: Sandbox) -> cast.SignedIn:
    return cast.verified(client, world, cast.LIN)


@pytest.fixture
def zhou(client: Any, world: Sandbox) -> cast.SignedIn:
    return cast.sign_in(client, world, cast.ZHOU)


@pytest.fixture
def look(lin: cast.SignedIn) -> str:
    """The id of an entry in Lin's access log."""
    return str(lin.get("/api/v1/me/access-log").json["items"][0]["id"])
