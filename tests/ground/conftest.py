"""A folder for a run, and the end of whatever a failed test leaves in it."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.ground.bare_run import BareRun


@pytest.fixture
def var(short_dir: Callable[[], Path]) -> Iterator[Path]:
    """A VAR_DIR that isn't there yet; removed with the test, for each holds a whole database."""
    folder = short_dir() / "var"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


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
