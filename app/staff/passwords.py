"""Passwords: argon2id with OWASP's parameters for a log-in (19 MiB, 2 passes, 1 lane)."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.staff.errors import PasswordWeak

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = HASHER.hash("nobody has this password")  # so that an unknown login takes as long as a known one
SHORTEST, LONGEST, LEAST_DIFFERENT = 12, 128, 6
RUNS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc")


def hashed(password: str, login: str) -> str:
    """What is kept of a new password. Raises PasswordWeak."""
    small = password.lower()
    if (not SHORTEST <= len(password) <= LONGEST or password.isdigit() or login in small
            or len(set(small)) < LEAST_DIFFERENT or _only_runs(small)):
        raise PasswordWeak
    return HASHER.hash(password)


def right(password: str, kept: str | None) -> bool:
    """Whether this is the password; takes its time where there is none."""
    try:
        return HASHER.verify(kept or NOBODYS, password[:LONGEST + 1]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether the parameters have moved on since."""
    return HASHER.check_needs_rehash(kept)


def _only_runs(small: str) -> bool:
    """Whether little is left beside what lies side by side on a keyboard or in the alphabet."""
    left = small
    for run in RUNS:
        for size in range(len(run), 3, -1):
            for start in range(len(run) - size + 1):
                left = left.replace(run[start:start + size], "")
    return len(re.sub(r"[^0-9a-z]", "", left)) < 4
