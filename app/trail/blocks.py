"""What a block says of itself: the text whose digest is chained, and which is signed."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.kernel.keyring import Keys
from app.trail.models import Block

TITLE = "xinyi-plus trail block v1"  # keeps the signature from passing for one over anything else
GENESIS = bytes(32)
ALGORITHM = ec.ECDSA(hashes.SHA256())


def header(block: Block) -> bytes:
    """Six lines: title, number, digest of the block before, root, count of leaves, time in UTC."""
    return _header(block.no, block.before, block.root, len(block.leaves), block.sealed_at)


def make(no: int, before: bytes, root: bytes, leaves: list[bytes], sealed_at: datetime, keys: Keys) -> Block:
    """A signed block; the signature is ECDSA over SHA-256 (DER), as `openssl dgst -sha256 -verify` takes it."""
    text = _header(no, before, root, len(leaves), sealed_at)
    return Block(no=no, before=before, root=root, leaves=leaves, sealed_at=sealed_at, key_id=keys.current,
                 digest=hashlib.sha256(text).digest(), signature=keys.now.sign(text, ALGORITHM))


def well_signed(block: Block, keys: Keys) -> bool:
    """Whether a key of ours signed what the block says now."""
    key = keys.by_id.get(block.key_id)
    if key is None:
        return False
    try:
        key.public_key().verify(block.signature, header(block), ALGORITHM)
    except InvalidSignature:
        return False
    return True


def told(block: Block, keys: Keys) -> dict[str, Any]:
    """A block for others, without its leaves. `public_key` is PEM (empty where the key was taken
    out of the keyring); compare it with one got another way.
    """
    key = keys.by_id.get(block.key_id)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo) if key else b""
    return {"no": block.no, "size": len(block.leaves), "root": block.root.hex(), "before": block.before.hex(),
            "sealed_at": _time(block.sealed_at), "header": header(block).decode(), "digest": block.digest.hex(),
            "signature": base64.b64encode(block.signature).decode(), "key_id": block.key_id,
            "public_key": public.decode()}


def _header(no: int, before: bytes, root: bytes, size: int, sealed_at: datetime) -> bytes:
    return "".join(f"{line}\n" for line in (TITLE, no, before.hex(), root.hex(), size, _time(sealed_at))).encode()


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
