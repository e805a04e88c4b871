"""How many threads of this process may wait for others' systems at once, so that one is left for who needs nobody.

While the platform is slow each citizen's call waits for seconds. Unbounded, they would take every thread of a web
process, and the platform's own pushes, the tills and the health checks would wait behind them (decision 0231).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

SHORTLY_S = 0.2  # an ordinary call is over in less


class Full(Exception):
    """As many wait already as may."""


class Places:
    """Thread-safe. Unbounded until `limit` is called: workers, tools and tests may wait with all they have."""

    def __init__(self) -> None:
        self._free: BoundedSemaphore | None = None

    def limit(self, count: int) -> None:
        """At most so many from now on; of a web process, one fewer than it has threads."""
        self._free = BoundedSemaphore(max(1, count))

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one while waiting for another system. Raises Full where none comes free shortly."""
        free = self._free
        if free and not free.acquire(timeout=SHORTLY_S):
            raise Full
        try:
            yield
        finally:
            if free:
                free.release()


HERE = Places()
