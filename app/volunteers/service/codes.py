"""The code on the organiser's screen: an activity, in or out, and the half minute, under a keyed digest.

`XYA.<I|O>.<activity, 22>.<step>.<digest, 16>`: who has no key can't make the next one, and a photo of an old one is
old. Nothing is kept: whether a code is ours the digest says, whether it is of now its step does.
"""

import base64
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from app.kernel.sealing import keyring
from app.volunteers.service.errors import CodeNotOurs

SECONDS = 30
LATE = 1  # steps either way: the scan takes a moment, and two clocks are never the same
LONGEST = 80
FORM = re.compile(r"XYA\.([IO])\.([A-Za-z0-9_-]{22})\.([0-9]{1,12})\.([A-Za-z0-9_-]{16})")
DIGEST_BYTES = 12
IN, OUT = "I", "O"


@dataclass(frozen=True)
class Coded:
    """What a code says. `way`: I or O."""

    way: str
    activity_id: uuid.UUID
    step: int

    def fresh(self, moment: datetime) -> bool:
        return abs(step_of(moment) - self.step) <= LATE


def step_of(moment: datetime) -> int:
    return int(moment.timestamp()) // SECONDS


def code(way: str, activity_id: uuid.UUID, step: int) -> str:
    told = f"{way}.{_short(activity_id.bytes)}.{step}"
    return f"XYA.{told}.{_digest(keyring().presentation.now, told)}"


def read(text: str) -> Coded:
    """Raises CodeNotOurs."""
    found = FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise CodeNotOurs
    told = f"{found[1]}.{found[2]}.{found[3]}"
    if not any(hmac.compare_digest(_digest(key, told), found[4]) for key in keyring().presentation.by_id.values()):
        raise CodeNotOurs
    return Coded(found[1], uuid.UUID(bytes=base64.urlsafe_b64decode(found[2] + "==")), int(found[3]))


def _digest(key: bytes, told: str) -> str:
    return _short(hmac.new(key, f"attendance|{told}".encode(), hashlib.sha256).digest()[:DIGEST_BYTES])


def _short(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
