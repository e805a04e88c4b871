"""Named points at which a test may end the process, so that every crash between two lines can be tried."""

import os
import signal

from flask import current_app


def point(name: str) -> None:
    """End this process with SIGKILL where CRASH_POINT names this point (production refuses the setting)."""
    if current_app.config["CRASH_POINT"] == name:
        os.kill(os.getpid(), signal.SIGKILL)
