"""Row ids: UUID version 7 (RFC 9562 5.7), so that new rows lie together in their indexes."""

import secrets
import time
import uuid
from typing import Annotated

from sqlalchemy.orm import mapped_column


def new_id() -> uuid.UUID:
    """48 bits of Unix milliseconds, then 74 random bits."""
    stamp = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    bits = stamp << 80 | 0x7 << 76 | chance >> 62 << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return uuid.UUID(int=bits)


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
