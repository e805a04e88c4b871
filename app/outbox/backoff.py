"""When to try again: doubling, with jitter so that a thousand waiting messages don't come back as one."""

import secrets
from datetime import datetime, timedelta

from app.kernel import clock

FIRST_S, LONGEST_S = 5, 1800


def next_try(attempts: int, retry_after_s: int | None = None) -> datetime:
    """After `attempts` failures: half to all of 5 s, 10 s, 20 s … 30 min, and never before `retry_after_s`."""
    most = min(LONGEST_S, FIRST_S * 2 ** min(attempts - 1, 20))
    wait = most / 2 + secrets.randbelow(1001) / 1000 * most / 2
    return clock.now() + timedelta(seconds=max(wait, retry_after_s or 0))
