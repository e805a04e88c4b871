"""The OpenAPI document as the code says it, written to a file without any server."""

import os
import tempfile
from pathlib import Path

from supervisor import environment, preparing
from supervisor.places import Places

# Never connected to: an application without requests opens no connection.
_DATABASE, _REDIS = "postgresql+psycopg://nobody@/nothing?host=/nonexistent", "unix:///nonexistent/valkey.sock"


def write(target: Path) -> None:
    """Write the document as JSON. Raises Trouble with the application's words where it doesn't come up."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xinyi-c-") as folder:
        places = Places(Path(folder))
        places.make()
        given = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "XINYI_ENV": "testing", "LANG": "C.UTF-8"}
        env = environment.before_keys(given, places, _DATABASE, _REDIS)
        env = preparing.keys(places, env, lambda _: None, lambda: False)
        command = ["-m", "flask", "--app", "wsgi", "openapi", "write", str(target.absolute())]
        preparing.step(command, places.log, env, lambda: False)
