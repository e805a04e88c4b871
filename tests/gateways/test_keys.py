"""keys.json is read once, and all that is wrong with it is said at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.gateways.platform.keys import KeysRefused, load_keys


def rewrite(keys_dir: Path, **changes: Any) -> None:
    told = json.loads((keys_dir / "keys.json").read_text())
    told["suites"]["ES256-SHA256"] |= changes
    (keys_dir / "keys.json").write_text(json.dumps(told))


def test_the_keys_of_the_contract(keys_dir: Path) -> None:
    keys = load_keys(keys_dir, "ES256-SHA256")
    assert (keys.client_key_id, keys.data_key_id) == ("ck-v-1", "dk-2026-1")
    assert (keys.app_id, keys.platform_id) == ("xinyi-plus", "ggxy-360000")
    assert list(keys.platform_public) == ["pk-v-1"]


def test_two_platform_keys_and_two_data_keys_can_live_at_once(keys_dir: Path) -> None:
    (keys_dir / "new.hex").write_text("00" * 32)
    rewrite(keys_dir, platform_public={"pk-v-1": "platform.pem", "pk-v-2": "platform.pem"},
            data_keys_hex={"dk-2026-1": "dk.hex", "dk-2026-2": "new.hex"}, data_key_id="dk-2026-2")
    keys = load_keys(keys_dir, "ES256-SHA256")
    assert sorted(keys.platform_public) == ["pk-v-1", "pk-v-2"]
    assert sorted(keys.data_keys) == ["dk-2026-1", "dk-2026-2"]


def test_everything_wrong_is_named_at_once(keys_dir: Path) -> None:
    secret = "5ed488a6c6866855255e7b3434fd683a"
    (keys_dir / "short.hex").write_text(secret)
    (keys_dir / "p384.pem").write_bytes(ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    rewrite(keys_dir, client_key_id="", client_private="p384.pem", platform_public="../platform.pem",
            data_key_id="dk-9", data_keys_hex={"dk-1": "short.hex", "dk-2": "missing.hex"})
    with pytest.raises(KeysRefused) as refused:
        load_keys(keys_dir, "ES256-SHA256")
    said = str(refused.value)
    for expected in ("client_key_id", "p384.pem is not a P-256 key", "platform_public.pk-v-1", "data_key_id is not",
                     "short.hex is not 32 bytes", "missing.hex cannot be read"):
        assert expected in said
    assert secret not in said


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"suites": []}', '{"suites": {"SM2-SM3": {}}}', '{"a": 1, "a": 2}'])
def test_a_file_that_is_no_keys_json(keys_dir: Path, text: str) -> None:
    (keys_dir / "keys.json").write_text(text)
    with pytest.raises(KeysRefused, match=r"keys\.json"):
        load_keys(keys_dir, "ES256-SHA256")


def test_no_file_and_no_such_suite(tmp_path: Path) -> None:
    with pytest.raises(KeysRefused, match="cannot be read"):
        load_keys(tmp_path, "ES256-SHA256")
    with pytest.raises(KeysRefused, match="RS256"):
        load_keys(tmp_path, "RS256")
