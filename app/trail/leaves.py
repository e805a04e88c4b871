"""What a leaf is, and how leaves become a root: RFC 9162 section 2.1 over canonical JSON (RFC 8785)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

LEAF, NODE = b"\x00", b"\x01"


def leaf(entry: Any) -> bytes:
    """The canonical JSON of an entry: names sorted, nothing between, times in UTC to the microsecond."""
    told = {
        "id": str(entry.id), "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "citizen_id": _text(entry.citizen_id), "actor": entry.actor, "who": entry.who, "what": entry.what,
        "purpose": entry.purpose, "consent_id": _text(entry.consent_id), "about": entry.about,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_hash(data: bytes) -> bytes:
    """32 bytes; the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(LEAF + data).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The Merkle tree hash (RFC 9162 2.1.1) of at least one leaf hash."""
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return _node(root(hashes[:split]), root(hashes[split:]))


def path(hashes: Sequence[bytes], place: int) -> list[bytes]:
    """The inclusion proof (RFC 9162 2.1.3.1) of the leaf at `place`, lowest sibling first."""
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if place < split:
        return [*path(hashes[:split], place), root(hashes[split:])]
    return [*path(hashes[split:], place - split), root(hashes[:split])]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def _split(count: int) -> int:
    """The largest power of two that is smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def _text(value: object) -> str | None:
    return None if value is None else str(value)
