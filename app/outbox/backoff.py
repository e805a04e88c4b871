"""When to try again: doubling, with jitter so that a thousand waiting messages don't come back as one."""

import secrets
from datetime import datetime, timedelta

from app.kernel import clock

FIRST_S, LONGEST_S = 5, 1800


def next_try(attempts: int, retry_after_s: int | None = None, longest_s: int = LONGEST_S) -> datetime:
    """After `attempts` failures: half to all of 5 s, 10 s, 20 s … `longest_s`.

    Where they said when to come back, never before it, and not all at once on that second: up to a quarter later.
    """
    most = min(longest_s, FIRST_S * 2 ** min(attempts - 1, 20))
    wait = most / 2 * (1 + _chance())
    if retry_after_s:
        wait = max(wait, retry_after_s + _chance() * max(FIRST_S, retry_after_s / 4))
    return clock.now() + timedelta(seconds=wait)


def _chance() -> float:
    """0 to 1."""
    return secrets.randbelow(1001) / 1000
