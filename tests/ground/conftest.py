"""A folder for a run, and the end of whatever a failed test leaves in it."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from supervisor.postgres import Postgres
from tests.ground.bare_run import BareRun


@pytest.fixture
def var(short_dir: Callable[[], Path]) -> Iterator[Path]:
    """A VAR_DIR that isn't there yet; removed with the test, for each holds a whole database."""
    folder = short_dir() / "var"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def initialised(short_dir: Callable[[], Path]) -> Path:
    """A data directory right from initdb, which takes longer than a run's start and its end."""
    server = Postgres(*(short_dir() / name for name in ("postgres", "socket", "log")))
    server.start()
    server.stop()
    return server.data_dir


@pytest.fixture
def made_var(var: Path, initialised: Path) -> Path:
    """`var` where an earlier run has made the data directory, for tests that don't ask how."""
    shutil.copytree(initialised, var / "postgres")
    return var


@pytest.fixture
def bare_run(var: Path) -> Iterator[BareRun]:
    """A run over `var` that isn't started yet; what is left of it is killed."""
    run = BareRun(var)
    yield run
    for process in run.left():
        with contextlib.suppress(psutil.Error):
            process.kill()
    if run.process:
        run.process.kill()
        run.process.wait()


@pytest.fixture
def ready_run(bare_run: BareRun, made_var: Path) -> BareRun:
    """The same, where there is a database from before."""
    return bare_run
