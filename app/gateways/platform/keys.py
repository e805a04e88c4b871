"""PLATFORM_KEYS_DIR/keys.json (the end of citizen.md), parsed once into keys that are ready for use."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.gateways.platform.suites import SUITES, BadKey, Suite
from app.kernel import jsons

KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
LARGEST_FILE = 64 * 1024


class KeysRefused(RuntimeError):
    """keys.json or files beside it cannot be used. `problems` names all of them, and never a key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the platform's keys cannot be used: " + "; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class PlatformKeys:
    """The keys of one suite. Of public and data keys several may live at once, for rotating."""

    suite: Suite
    client_key_id: str
    client_private: Any = field(repr=False)
    platform_public: Mapping[str, Any] = field(repr=False)
    data_key_id: str
    data_keys: Mapping[str, Any] = field(repr=False)
    app_id: str | None = None
    platform_id: str | None = None


def load_keys(directory: Path, suite: str) -> PlatformKeys:
    """Read keys.json and the files beside it for this suite; entries that we don't know are ignored.

    `platform_public` is a file for `platform_key_id`, or `{key id: file}` where two live at once.
    Raises KeysRefused with everything that is wrong.
    """
    if suite not in SUITES:
        raise KeysRefused([f"suite {suite!r} is not one of {', '.join(sorted(SUITES))}"])
    return _Reading(directory, SUITES[suite]).read()


class _Reading:
    """Collects what is wrong on the way, so that an operator mends it in one go."""

    def __init__(self, directory: Path, suite: Suite) -> None:
        self._directory, self._suite = directory, suite
        self._problems: list[str] = []

    def read(self) -> PlatformKeys:
        told = self._keys_json()
        part = told.get("suites", {}).get(self._suite.name) if isinstance(told.get("suites"), dict) else None
        if not isinstance(part, dict):
            raise KeysRefused([*self._problems, f"keys.json has no suites.{self._suite.name}"])
        made = PlatformKeys(
            suite=self._suite,
            client_key_id=self._key_id(part, "client_key_id"),
            client_private=self._parse("client_private", part.get("client_private"), self._suite.private_key),
            platform_public=self._several("platform_public", _by_id(part), self._suite.public_key),
            data_key_id=self._key_id(part, "data_key_id"),
            data_keys=self._several("data_keys_hex", part.get("data_keys_hex"), self._hex_key),
            app_id=_text(told.get("app_id")),
            platform_id=_text(told.get("platform_id")),
        )
        if made.data_key_id and made.data_key_id not in made.data_keys:
            self._problems.append("data_key_id is not among data_keys_hex")
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


def _by_id(part: dict[str, Any]) -> object:
    public, key_id = part.get("platform_public"), part.get("platform_key_id")
    return {key_id: public} if isinstance(public, str) and isinstance(key_id, str) else public


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
