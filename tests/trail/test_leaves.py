"""Roots and paths against RFC 9162, by a second way of computing them."""

import hashlib

import pytest

from app.trail import leaves


def check_path(leaf_hash: bytes, place: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2, written from its text: the root that a path leads to."""
    fn, sn, r = place, size - 1, leaf_hash
    for p in path:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn >>= 1
        sn >>= 1
    assert sn == 0
    return r


def test_the_root_is_the_known_one_of_certificate_transparency() -> None:
    """The vectors of CT's reference tests (leaves of 0 to 7 bytes); fails where a prefix or a split is off."""
    told = [bytes.fromhex(text) for text in
            ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
    hashed = [leaves.leaf_hash(data) for data in told]
    assert leaves.root(hashed[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaves.root(hashed[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert leaves.root(hashed).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 33, 100])
def test_every_path_leads_to_the_root(size: int) -> None:
    """Fails where path() and root() disagree on a split, or a path is longer than it need be."""
    hashed = [leaves.leaf_hash(str(n).encode()) for n in range(size)]
    for place in range(size):
        path = leaves.path(hashed, place)
        assert check_path(hashed[place], place, size, path) == leaves.root(hashed)
        assert len(path) <= (size - 1).bit_length()
