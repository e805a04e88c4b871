"""Work that waits on others: so many threads of this process at a time, apart from those that run the jobs."""

import threading
from collections.abc import Callable

import structlog
from flask import Flask, current_app

from app.kernel.errors import where

log = structlog.get_logger()


class Crew:
    """At most `size` at work at a time. They end with the process, wherever they are: their rows' leases tell."""

    def __init__(self, app: Flask, name: str, size: int) -> None:
        self._app, self._name, self._places = app, name, threading.Semaphore(size)

    def start(self, work: Callable[[], object]) -> bool:
        """Begin this in a thread with the application's context; False where every place is taken."""
        if not self._places.acquire(blocking=False):
            return False
        threading.Thread(target=self._run, args=(work,), name=self._name, daemon=True).start()
        return True

    def _run(self, work: Callable[[], object]) -> None:
        try:
            with self._app.app_context():
                work()
        except Exception as wrong:  # the last resort, as for jobs
            log.error("crew_broke", crew=self._name, kind=type(wrong).__name__, where=where(wrong))
        finally:
            self._places.release()


def crew(name: str, size: int) -> Crew:
    """This process's crew of that name, made when it is first asked for."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    made: Crew = app.extensions.setdefault(f"crew:{name}", Crew(app, name, size))
    return made
