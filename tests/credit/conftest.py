"""The sandbox without what earlier tests did, and the people as the file has them."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

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


@pytest.fixture
def pushed_to(app: Any, environ: dict[str, str]) -> Iterator[str]:
    """The application behind a real port, where the sandbox pushes its events."""
    server = make_server("127.0.0.1", int(environ["PORT"]), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{environ['PORT']}"
    server.shutdown()
    thread.join()
    server.server_close()
