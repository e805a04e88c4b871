"""The scene that generated and hostile calls meet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.scene import Scene
from tests.contract.signers import Signing
from tests.merchant_api import conftest as merchants
from tests.merchant_api.till import Till
from tests.sandbox_process import Sandbox

till_of = merchants.till_of


@pytest.fixture
def scene(app: Any, sandbox: Sandbox, till_of: Callable[..., Till]) -> Scene:
    """Made anew for each test, over an empty database and a sandbox without faults."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    return Scene(app, sandbox, till_of(1), till_of(2, "public_body"))


@pytest.fixture
def signing(scene: Scene, environ: dict[str, str]) -> Signing:
    """The application behind what signs for merchants and the platform."""
    return Signing(scene.app, scene.shop, scene.body, Path(environ["PLATFORM_KEYS_DIR"]))
