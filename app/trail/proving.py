"""The proof that an entry stands in the trail, checkable without us."""

import uuid
from typing import Any

from app.kernel.db import session
from app.kernel.errors import NotFound
from app.kernel.sealing import keyring
from app.trail import blocks, leaves
from app.trail.errors import NotSealedYet
from app.trail.models import Block, Entry
from app.trail.queries import head


def proof(entry_id: uuid.UUID) -> dict[str, Any]:
    """{entry_id, leaf, leaf_hash, place, path, block, head}: hashes in hex, `leaf` the exact text.

    SHA-256(0x00 ‖ leaf) and the path (RFC 9162 2.1.3.2) give block.root; block.header names that root, its
    SHA-256 is block.digest, and block.signature (ECDSA P-256, DER) is over it. `head` is the newest block: kept
    elsewhere, it shows a later rewriting. Raises NotFound, NotSealedYet. The caller checks whose entry it is.
    """
    entry = session().get(Entry, entry_id, populate_existing=True)  # sealed since it was written
    if entry is None:
        raise NotFound
    if entry.block_no is None or entry.place is None:
        raise NotSealedYet(retry_after=5)
    block, newest = session().get_one(Block, entry.block_no), head()
    told = leaves.leaf(entry)
    return {"entry_id": entry.id, "leaf": told.decode(), "leaf_hash": leaves.leaf_hash(told).hex(),
            "place": entry.place, "path": [step.hex() for step in leaves.path(block.leaves, entry.place)],
            "block": blocks.told(block, keyring().trail),
            "head": blocks.told(newest or block, keyring().trail)}
