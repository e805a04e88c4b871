"""The cast over Flask's test client, on an empty database and a sandbox that has forgotten."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import cast
from tests.sandbox_process import Sandbox


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    """The sandbox without faults of earlier tests; what it was asked is forgotten too."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    return sandbox


@pytest.fixture
def log_in(client: Any, world: Sandbox) -> Callable[..., cast.SignedIn]:
    return lambda person, **more: cast.sign_in(client, world, person, **more)


@pytest.fixture
def lin(log_in: Callable[..., cast.SignedIn]) -> cast.SignedIn:
    return log_in(cast.LIN)


def code_of(answer: Any) -> str:
    """The problem's code; the body is a problem, and says in Chinese what to do."""
    assert answer.content_type == "application/problem+json", answer.text
    assert any("\u4e00" <= char <= "\u9fff" for char in answer.json["detail"])
    return str(answer.json["code"])
