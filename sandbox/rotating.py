"""New keys beside the old ones, and the old ones gone: what an operator and the platform do when keys are rotated."""

import json
import secrets
from pathlib import Path
from typing import Any

from sandbox.keys import files, write
from sandbox.signing import SUITES

KINDS = ("client", "platform", "data")


def rotate(folder: Path, suite: str, kinds: list[str]) -> dict[str, Any]:
    """Make a key of each kind and use it from now on; the older ones stay good. The suite's entry of keys.json."""
    return _rewrite(folder, suite, {kind: _add_data if kind == "data" else _add_pair for kind in kinds})


def retire(folder: Path, suite: str, kinds: list[str]) -> dict[str, Any]:
    """Keep of each kind only the key in use."""
    return _rewrite(folder, suite, dict.fromkeys(kinds, _keep_current))


def _rewrite(folder: Path, suite: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Key files first, keys.json last and whole: who reads in between finds what was before."""
    path = folder / "keys.json"
    paper = json.loads(path.read_text("utf-8"))
    entry: dict[str, Any] = paper["suites"][suite]
    for kind, change in changes.items():
        change(folder, suite, entry, kind)
    write(path, json.dumps(paper, indent=1).encode())
    return entry


def _add_pair(folder: Path, name: str, entry: dict[str, Any], side: str) -> None:
    suite, prefix = SUITES[name], name.split("-", maxsplit=1)[0].lower()
    private = suite.new_private()
    number = 1 + max(int(key_id.rpartition("-")[2]) for key_id in files(entry, side, "private"))
    key_id = f"{side[0]}k-{prefix}-{number}"
    for half, content in (("private", private), ("public", suite.public_pem(private))):
        file = f"{prefix}-{side}-{half}-{number}.pem"
        write(folder / file, content)
        entry[f"{side}_{half}"] = {**files(entry, side, half), key_id: file}
    entry[f"{side}_key_id"] = key_id


def _add_data(folder: Path, name: str, entry: dict[str, Any], _: str) -> None:
    prefix, known = name.split("-", maxsplit=1)[0].lower(), entry["data_keys_hex"]
    kid = f"dk-2026-{1 + max(int(each.rpartition('-')[2]) for each in known)}"
    file = f"{prefix}-{kid}.hex"
    write(folder / file, secrets.token_hex(SUITES[name].data_key_bytes).encode())
    entry["data_keys_hex"] = {**known, kid: file}
    entry["data_key_id"] = kid


def _keep_current(_: Path, __: str, entry: dict[str, Any], kind: str) -> None:
    names = ["data_keys_hex"] if kind == "data" else [f"{kind}_private", f"{kind}_public"]
    current = entry[f"{kind}_key_id"]
    for name in names:
        told = entry[name]
        entry[name] = {current: told[current]} if isinstance(told, dict) else told
