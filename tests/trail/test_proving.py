"""A proof is checked here by code of its own: hashlib and cryptography, nothing of the application."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.kernel.db import transaction
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.trail import proving, writing
from app.trail.errors import NotSealedYet
from app.trail.models import Entry
from tests.trail.test_leaves import check_path


def check(proof: dict[str, Any]) -> dict[str, Any]:
    """Leaf → root → header → digest → signature; the leaf's content. AssertionError where a step fails."""
    block = proof["block"]
    leaf_hash = hashlib.sha256(b"\x00" + proof["leaf"].encode()).digest()
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert check_path(leaf_hash, proof["place"], block["size"], path).hex() == block["root"]
    title, no, before, root, size, _ = block["header"].splitlines()
    assert (title, no, before, root, size) == ("xinyi-plus trail block v1", str(block["no"]), block["before"],
                                               block["root"], str(block["size"]))
    assert hashlib.sha256(block["header"].encode()).hexdigest() == block["digest"]
    key = serialization.load_pem_public_key(block["public_key"].encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(block["signature"]), block["header"].encode(), ec.ECDSA(hashes.SHA256()))
    return dict(json.loads(proof["leaf"]))


def test_every_entry_can_be_proven(trail: list[Entry]) -> None:
    """Fails where leaf, path, header or signature is off by anything."""
    for entry in trail:
        proof = proving.proof(entry.id)
        assert check(proof)["id"] == str(entry.id)
        assert proof["head"]["no"] == 3


@pytest.mark.parametrize("part", ["leaf", "place", "path", "size", "header"])
def test_a_changed_proof_does_not_pass(trail: list[Entry], part: str) -> None:
    """The negative control of check(): without it the test above would prove nothing."""
    proof = proving.proof(trail[-3].id)
    match part:
        case "leaf":
            proof["leaf"] = proof["leaf"].replace("grade.query", "grade.guess")
        case "place":
            proof["place"] ^= 1
        case "path":
            proof["path"] = proof["path"][:-1]
        case "size":
            proof["block"]["size"] += 9
        case "header":
            proof["block"]["header"] = proof["block"]["header"].replace("v1\n3", "v1\n4")
    with pytest.raises(AssertionError):
        check(proof)


def test_what_is_not_there_or_not_sealed(trail: list[Entry]) -> None:
    """Fails where a waiting entry is answered with a made-up proof or a 500."""
    with transaction():
        waiting = writing.record(None, actor="system", who="系统", what="x", purpose="y")
    with pytest.raises(NotSealedYet):
        proving.proof(waiting)
    with pytest.raises(NotFound):
        proving.proof(new_id())
