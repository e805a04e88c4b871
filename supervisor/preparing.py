"""What must be there before the first request: keys, tables, demo data. Each step does nothing where it is
done.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from supervisor import environment, processes
from supervisor.errors import Trouble
from supervisor.places import ROOT, Places

_FLASK = ("-m", "flask", "--app", "wsgi")
STEP_SECONDS = 300.0


def keys(
    places: Places, env: Mapping[str, str], say: Callable[[str], None], stopping: Callable[[], bool]
) -> dict[str, str]:
    """Make the sandbox's and the application's keys where missing; the environment that knows them."""
    if not (places.sandbox / "keys" / "keys.json").exists():
        say("making the sandbox's keys")
        step(["-m", "sandbox", "keys", str(places.sandbox)], places.log, env, stopping)
    if "KEYRING_FILE" in env:
        if not Path(env["KEYRING_FILE"]).exists():
            say("making the application's keys")
        step(["-m", "app.kernel.keyring", "make", env["KEYRING_FILE"]], places.log, env, stopping)
    return environment.with_keys(env, places)


def tables(places: Places, env: Mapping[str, str], stopping: Callable[[], bool] = lambda: False) -> None:
    """Bring the database to the newest migration."""
    step([*_FLASK, "db", "upgrade"], places.log, env, stopping)


def demo(places: Places, env: Mapping[str, str], stopping: Callable[[], bool] = lambda: False) -> None:
    """Load the made-up people, merchants and offers, and write VAR_DIR/demo.json."""
    step([*_FLASK, "demo", "load"], places.log, env, stopping)


def step(arguments: Sequence[str], log_dir: Path, env: Mapping[str, str], stopping: Callable[[], bool]) -> None:
    """Run one Python command to its end, its output in prepare.log. Raises Trouble with the end of it where
    it fails.
    """
    log = log_dir / "prepare.log"
    before = log.stat().st_size if log.exists() else 0
    process = processes.start([sys.executable, *arguments], log=log, env=env, cwd=ROOT)
    deadline = time.monotonic() + STEP_SECONDS
    try:
        while process.poll() is None and not stopping() and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        processes.kill_group(process)
    if process.returncode != 0 and not stopping():
        said = log.read_bytes()[before:].decode("utf-8", "replace").splitlines()[-25:]
        raise Trouble(f"`python {' '.join(arguments)}` failed:\n" + "\n".join(said))
