"""Key files of the platform that the sandbox plays, in the form that citizen.md gives at its end."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.signing import SUITES

APP_ID, PLATFORM_ID = "xinyi-plus", "jx-credit-platform"
DATA_KEY = "dk-2026-1"


@dataclass(frozen=True)
class SuiteKeys:
    """The parsed keys of one suite: ours to sign with, the client's to verify, the shared data keys."""

    suite: Any
    platform_key_id: str
    platform_private: Any = field(repr=False)
    client_publics: dict[str, Any]
    data_key_id: str
    data_keys: dict[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class Keys:
    """All that the platform's side knows: who it and its client are, and keys by suite."""

    app_id: str
    platform_id: str
    suites: dict[str, SuiteKeys]
    state_key: bytes = field(repr=False)


def make(folder: Path) -> Path:
    """Write what is missing of `folder`/keys.json and the files beside it; returns keys.json's path.

    Made again, nothing changes: keys that exist are kept. Private files are 0600.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "keys.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    suites = known.get("suites", {})
    for name in SUITES:
        if name not in suites:
            suites[name] = _make_suite(folder, name)
    if not (folder / "state.hex").exists():
        write(folder / "state.hex", secrets.token_hex(32).encode())
    write(path, json.dumps({"app_id": APP_ID, "platform_id": PLATFORM_ID, "suites": suites}, indent=1).encode())
    return path


def _make_suite(folder: Path, name: str) -> dict[str, Any]:
    suite, prefix = SUITES[name], name.split("-", maxsplit=1)[0].lower()
    for side in ("client", "platform"):
        private = suite.new_private()
        write(folder / f"{prefix}-{side}-private.pem", private)
        write(folder / f"{prefix}-{side}-public.pem", suite.public_pem(private))
    write(folder / f"{prefix}-{DATA_KEY}.hex", secrets.token_hex(suite.data_key_bytes).encode())
    return {
        "client_key_id": f"ck-{prefix}-1",
        "client_private": f"{prefix}-client-private.pem",
        "client_public": f"{prefix}-client-public.pem",
        "platform_key_id": f"pk-{prefix}-1",
        "platform_private": f"{prefix}-platform-private.pem",
        "platform_public": f"{prefix}-platform-public.pem",
        "data_key_id": DATA_KEY,
        "data_keys_hex": {DATA_KEY: f"{prefix}-{DATA_KEY}.hex"},
    }


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def load(folder: Path) -> Keys:
    """Read and parse `folder`/keys.json with the files that it names."""
    paper = json.loads((folder / "keys.json").read_text("utf-8"))
    suites = {name: _load_suite(folder, name, entry) for name, entry in paper["suites"].items() if name in SUITES}
    state_key = bytes.fromhex((folder / "state.hex").read_text().strip())
    return Keys(paper["app_id"], paper["platform_id"], suites, state_key)


def _load_suite(folder: Path, name: str, entry: dict[str, Any]) -> SuiteKeys:
    suite = SUITES[name]
    private = files(entry, "platform", "private")[entry["platform_key_id"]]
    publics = files(entry, "client", "public")
    return SuiteKeys(
        suite,
        entry["platform_key_id"],
        suite.load_private((folder / private).read_bytes()),
        {kid: suite.load_public((folder / file).read_bytes()) for kid, file in publics.items()},
        entry["data_key_id"],
        {kid: bytes.fromhex((folder / file).read_text().strip()) for kid, file in entry["data_keys_hex"].items()},
    )


def files(entry: dict[str, Any], side: str, half: str) -> dict[str, str]:
    """The files of a side's keys by id; one file alone is that of the side's `…_key_id`."""
    told = entry[f"{side}_{half}"]
    return dict(told) if isinstance(told, dict) else {entry[f"{side}_key_id"]: told}
