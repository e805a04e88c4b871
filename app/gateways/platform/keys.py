"""PLATFORM_KEYS_DIR/keys.json (the end of citizen.md), parsed once into keys that are ready for use.

Two of a kind may live at once, for rotating: `client_private`, `platform_public` are a file, or `{key id: file}`;
`client_key_id` and `data_key_id` say which of ours makes new signatures and seals.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.gateways.platform.suites import SUITES, BadKey, Suite
from app.kernel import jsons

KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
LARGEST_FILE = 64 * 1024


class KeysRefused(RuntimeError):
    """keys.json or files beside it cannot be used. `problems` names all of them, and never a key.

    `files`: what was looked at.
    """

    def __init__(self, problems: list[str], files: tuple[Path, ...] = ()) -> None:
        super().__init__("the platform's keys cannot be used: " + "; ".join(problems))
        self.problems = problems
        self.files = files


@dataclass(frozen=True)
class PlatformKeys:
    """The keys of one suite, as they were when the files were read."""

    suite: Suite
    client_key_id: str
    client_private: Any = field(repr=False)
    platform_public: Mapping[str, Any] = field(repr=False)
    data_key_id: str
    data_keys: Mapping[str, Any] = field(repr=False)
    app_id: str | None = None
    platform_id: str | None = None
    files: tuple[Path, ...] = field(default=(), repr=False)

    def now(self) -> "PlatformKeys":
        """Themselves: keys that don't change are a source of keys too."""
        return self


class KeySource(Protocol):
    """Where the keys of this moment come from: rotating.LiveKeys, or PlatformKeys that stay."""

    def now(self) -> PlatformKeys:
        """Take them once for a message, and make and read all of it with what came."""


def load_keys(directory: Path, suite: str) -> PlatformKeys:
    """Read keys.json and the files beside it for this suite; entries that we don't know are ignored.

    Raises KeysRefused with everything that is wrong.
    """
    if suite not in SUITES:
        raise KeysRefused([f"suite {suite!r} is not one of {', '.join(sorted(SUITES))}"])
    reading = _Reading(directory, SUITES[suite])
    try:
        return reading.read()
    except KeysRefused as refused:
        raise KeysRefused(refused.problems, tuple(reading.files)) from None


class _Reading:
    """Collects what is wrong on the way, so that an operator mends it in one go."""

    def __init__(self, directory: Path, suite: Suite) -> None:
        self._directory, self._suite = directory, suite
        self._problems: list[str] = []
        self.files = [directory / "keys.json"]

    def read(self) -> PlatformKeys:
        told = self._keys_json()
        part = told.get("suites", {}).get(self._suite.name) if isinstance(told.get("suites"), dict) else None
        if not isinstance(part, dict):
            raise KeysRefused([*self._problems, f"keys.json has no suites.{self._suite.name}"])
        client_key_id, data_key_id = self._key_id(part, "client_key_id"), self._key_id(part, "data_key_id")
        client = self._several("client_private", _by_id(part, "client"), self._suite.private_key)
        if isinstance(part.get("platform_public"), str):
            self._key_id(part, "platform_key_id")
        data_keys = self._several("data_keys_hex", part.get("data_keys_hex"), self._hex_key)
        if client_key_id and client_key_id not in client:
            self._problems.append("client_key_id is not among client_private")
        if data_key_id and data_key_id not in data_keys:
            self._problems.append("data_key_id is not among data_keys_hex")
        made = PlatformKeys(
            suite=self._suite,
            client_key_id=client_key_id,
            client_private=client.get(client_key_id),
            platform_public=self._several("platform_public", _by_id(part, "platform"), self._suite.public_key),
            data_key_id=data_key_id,
            data_keys=data_keys,
            app_id=_text(told.get("app_id")),
            platform_id=_text(told.get("platform_id")),
            files=tuple(self.files),
        )
        if self._problems:
            raise KeysRefused(self._problems)
        return made

    def _keys_json(self) -> dict[str, Any]:
        try:
            told = jsons.loads((self._directory / "keys.json").read_bytes())
        except OSError as error:
            raise KeysRefused([f"keys.json cannot be read ({type(error).__name__})"]) from None
        except jsons.NotJson as error:
            raise KeysRefused([f"keys.json: {error}"]) from None
        if not isinstance(told, dict):
            raise KeysRefused(["keys.json is not an object"])
        return told

    def _key_id(self, part: dict[str, Any], name: str) -> str:
        value = part.get(name)
        if isinstance(value, str) and KEY_ID.fullmatch(value):
            return value
        self._problems.append(f"{name} is missing or not a key id")
        return ""

    def _several(self, name: str, files: object, parse: Callable[[bytes], Any]) -> dict[str, Any]:
        if not isinstance(files, dict) or not files:
            self._problems.append(f"{name} is missing")
            return {}
        wrong = [key_id for key_id in files if not KEY_ID.fullmatch(key_id)]
        self._problems += [f"{name} holds something that is not a key id"] * bool(wrong)
        return {key_id: self._parse(f"{name}.{key_id}", file, parse)
                for key_id, file in files.items() if key_id not in wrong}

    def _parse(self, name: str, file: object, parse: Callable[[bytes], Any]) -> Any:
        if not isinstance(file, str) or not FILE_NAME.fullmatch(file):
            self._problems.append(f"{name} is missing or not the name of a file beside keys.json")
            return None
        self.files.append(self._directory / file)
        try:
            with (self._directory / file).open("rb") as opened:
                return parse(opened.read(LARGEST_FILE))
        except OSError as error:
            self._problems.append(f"{name}: {file} cannot be read ({type(error).__name__})")
        except BadKey as error:
            self._problems.append(f"{name}: {file} is {error}")
        return None

    def _hex_key(self, text: bytes) -> Any:
        digits = text.strip()
        if not re.fullmatch(rb"([0-9a-fA-F]{2})*", digits):
            raise BadKey("not hex")
        return self._suite.data_key(bytes.fromhex(digits.decode("ascii")))


def _by_id(part: dict[str, Any], whose: str) -> object:
    """Files by key id; one file alone belongs to the id that stands beside it, and is read even where that is none."""
    files = part.get("client_private" if whose == "client" else "platform_public")
    key_id = part.get(f"{whose}_key_id")
    known = key_id if isinstance(key_id, str) and KEY_ID.fullmatch(key_id) else "unnamed"
    return {known: files} if isinstance(files, str) else files


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
