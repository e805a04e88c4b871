"""Sealed values open for their owner, place and key only; both suites; keys can rotate."""

import copy
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kernel import keyring
from app.kernel.sealing import SealBroken, Sealer

RING = keyring.fresh()


def _sealer(suite="A256GCM", ring=RING):
    return Sealer(keyring.load(json.dumps(ring)), suite)


@pytest.mark.parametrize("suite", ["A256GCM", "SM4-GCM"])
def test_a_value_opens_only_in_its_own_place(suite):
    sealer = _sealer(suite)
    wrapped = sealer.new_data_key("citizen:1")
    sealed = sealer.seal(wrapped, "citizen:1", "name", "林示范".encode())
    assert sealer.open(wrapped, "citizen:1", "name", sealed).decode() == "林示范"
    for owner, column in (("citizen:2", "name"), ("citizen:1", "phone")):  # seen to fail: additional data left out
        with pytest.raises(SealBroken):
            sealer.open(wrapped, owner, column, sealed)


def test_another_persons_data_key_opens_nothing():
    sealer = _sealer()
    mine, theirs = sealer.new_data_key("citizen:1"), sealer.new_data_key("citizen:1")
    sealed = sealer.seal(mine, "citizen:1", "name", b"x")
    with pytest.raises(SealBroken):
        sealer.open(theirs, "citizen:1", "name", sealed)


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_one_flipped_bit_is_seen(place):
    sealer = _sealer()
    wrapped = sealer.new_data_key("citizen:1")
    sealed = bytearray(sealer.seal(wrapped, "citizen:1", "name", b"twenty bytes of text"))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(SealBroken):
        sealer.open(wrapped, "citizen:1", "name", bytes(sealed))


def test_values_sealed_by_an_old_service_key_still_open_after_rotation():
    old = _sealer()
    wrapped = old.new_data_key("citizen:1")
    sealed = old.seal(wrapped, "citizen:1", "name", b"x")
    ring = copy.deepcopy(RING)
    ring["sealing"]["keys"]["s2"] = "ab" * 32
    ring["sealing"]["current"] = "s2"
    new = _sealer(ring=ring)
    assert new.open(wrapped, "citizen:1", "name", sealed) == b"x"
    assert b"s2" in new.new_data_key("citizen:1")
    del ring["sealing"]["keys"]["s1"]
    with pytest.raises(SealBroken):
        _sealer(ring=ring).open(wrapped, "citizen:1", "name", sealed)


def test_suites_can_change_without_losing_what_is_there():
    aes = _sealer()
    wrapped = aes.new_data_key("citizen:1")
    sealed = aes.seal(wrapped, "citizen:1", "name", b"x")
    assert _sealer("SM4-GCM").open(wrapped, "citizen:1", "name", sealed) == b"x"


def test_known_answer_by_another_reader():
    """A second reader, written here from the docstring alone, opens what the service key sealed."""
    sealed = _sealer().seal_service("merchant:1|apiv3", b"a secret")
    assert sealed[:2] == b"\x01\x01"
    end = 3 + sealed[2]
    kid, nonce, box = sealed[3:end].decode(), sealed[end:end + 12], sealed[end + 12:]
    key = bytes.fromhex(RING["sealing"]["keys"][kid])
    assert AESGCM(key).decrypt(nonce, box, b"merchant:1|apiv3") == b"a secret"


def test_indexes_meet_only_for_equal_kind_and_value():
    sealer = _sealer()
    assert sealer.index("identity", "x") == sealer.index("identity", "x")
    assert sealer.index("identity", "x") != sealer.index("openid", "x")


def test_a_malformed_keyring_is_refused_without_quoting_it():
    ring = copy.deepcopy(RING)
    ring["index"]["keys"]["i1"] = "secret but not hex"
    with pytest.raises(keyring.KeyringRefused) as refused:
        keyring.load(json.dumps(ring))
    assert "secret but" not in str(refused.value)


def test_making_a_keyring_keeps_what_is_there(tmp_path):
    path = tmp_path / "keys" / "keyring.json"
    assert keyring.make(path)
    before = path.read_bytes()
    assert not keyring.make(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600
