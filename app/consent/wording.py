"""The texts that people agree to: versioned files, filled with names; what was shown is what the digest is of.

A published file is never edited: a change is a new version beside it (`<scope>.<version>.txt`, version 1, 2, …).
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
FILE = re.compile(r"(?P<scope>[a-z]+\.[a-z]+)\.(?P<version>[1-9][0-9]{0,3})\.txt")


@dataclass(frozen=True)
class Text:
    """An exact text as a person reads it. `digest`: SHA-256 hex of its UTF-8, no newline added."""

    version: str
    text: str
    digest: str


def fill(scope: str, words: dict[str, str]) -> Text:
    """The newest text of a scope, filled. Raises KeyError for an unknown scope or a word that isn't given."""
    version, template = _newest()[scope]
    text = template.format(**words)
    return Text(version, text, hashlib.sha256(text.encode()).hexdigest())


@cache
def _newest() -> dict[str, tuple[str, str]]:
    """Version and template by scope; read once, since files don't change under a running process."""
    found: dict[str, tuple[str, str]] = {}
    for path in FOLDER.iterdir():
        name = FILE.fullmatch(path.name)
        if name is None:
            raise ValueError(f"{path.name} is no consent text")
        scope, version = name["scope"], name["version"]
        if scope not in found or int(found[scope][0]) < int(version):
            found[scope] = (version, path.read_text(encoding="utf-8").removesuffix("\n"))
    return found
