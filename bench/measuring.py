"""CPU time and memory of other processes, as Linux counts them."""

import contextlib
import os
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_ms(pids: Iterable[int]) -> dict[int, float]:
    """User and system time so far of all threads of each process; one that is gone is left out."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            found[pid] = time.clock_gettime((~pid << 3) | 2) * 1000  # the clock id of clock_getcpuclockid(3)
    return found


def rss_mb(pid: int) -> float:
    """Resident memory, shared pages included; pid 0 is this process."""
    return int(Path(f"/proc/{pid or 'self'}/statm").read_text().split()[1]) * PAGE / 1e6


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def signature_ms(times: int = 200) -> float:
    """CPU of one RSA-2048 signature here and now: by it figures of a busy machine and of a calm one compare."""
    key = rsa.generate_private_key(65537, 2048)
    began = time.thread_time()
    for _ in range(times):
        key.sign(b"", padding.PKCS1v15(), hashes.SHA256())
    return (time.thread_time() - began) * 1000 / times


@dataclass
class Figures:
    """One call at one server: milliseconds of CPU for each request, by round."""

    web: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)


class Meter:
    """Adds up what the web workers and PostgreSQL spend from now on."""

    def __init__(self, web: list[int], postmaster: int) -> None:
        self._web, self._postmaster = web, postmaster
        self._then = cpu_ms(self._web), cpu_ms(children(self._postmaster))

    def end(self, requests: int, figures: Figures) -> None:
        """A process that came meanwhile counts whole; one that ended (autovacuum's) isn't counted."""
        now = cpu_ms(self._web), cpu_ms(children(self._postmaster))
        web, database = (sum(spent - before.get(pid, 0.0) for pid, spent in after.items())
                         for before, after in zip(self._then, now, strict=True))
        figures.web.append(web / requests)
        figures.database.append(database / requests)


def shown(values: list[float]) -> str:
    """`median (lowest–highest)`."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
