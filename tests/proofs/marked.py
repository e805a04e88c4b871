"""People whose names, numbers and phones can be told from everything else, in whatever spelling they are found.

All names begin with the same two rare characters and all numbers with the same ten digits, so that a search for these
finds any of them; a phone's first seven digits are too few to be sure, so there the whole number has to stand.
"""

import base64
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from app.identity.numbers import check_digit

NAME, NUMBER, PHONE = "鬯鬰", "3608291949", "1990777"
GIVEN = "甲乙丙丁戊己庚辛壬癸"
AROUND = 96


@dataclass(frozen=True)
class Finding:
    """`what` of a person stood at `place`, spelt so."""

    what: str
    spelling: str
    place: str


def papers(number: int) -> dict[str, str]:
    """Of the marked person with this number, 0 to 335: {name, id_number, phone}."""
    seventeen = f"{NUMBER}{number % 12 + 1:02d}{number // 12 + 1:02d}{number:03d}"
    name = NAME + GIVEN[number // 10 % 10] + (GIVEN[number % 10] if number % 3 else "")
    return {"name": name, "id_number": seventeen + check_digit(seventeen), "phone": f"{PHONE}{number:04d}"}


@cache
def spellings(text: str) -> dict[str, bytes]:
    """Every way in which a text may lie around; of base64 what doesn't hang on its neighbours, at each alignment."""
    raw = text.encode()
    found = {"utf-8": raw, "gb18030": text.encode("gb18030"), "utf-16-le": text.encode("utf-16-le"),
             "utf-16-be": text.encode("utf-16-be"), "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(),
             "url": quote(text).encode(), "url, small": quote(text).lower().encode(),
             "json": text.encode("ascii", "backslashreplace")}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + raw)
        core = whole[-(-8 * shift // 6):8 * (shift + len(raw)) // 6]
        found |= {f"base64 at {shift}": core, f"base64url at {shift}": core.translate(bytes.maketrans(b"+/", b"-_"))}
    return {name: sought for name, sought in found.items() if name == "utf-8" or sought != raw}


def find(data: bytes | mmap.mmap, place: str) -> Iterator[Finding]:
    """Every spelling of every mark that stands in `data`, each once."""
    for what, mark in (("name", NAME), ("identity number", NUMBER)):
        for spelling, sought in spellings(mark).items():
            if data.find(sought) >= 0:
                yield Finding(what, spelling, place)
    for spelling, sought in spellings(PHONE).items():
        if any(_whole_phone(data, at, spelling) for at in _each(data, sought)):
            yield Finding("phone", spelling, place)


def find_in_files(folder: Path, leave_out: tuple[Path, ...] = ()) -> Iterator[Finding]:
    """As find, over every file below `folder`; one that is gone by the time that it is opened is passed over."""
    for file in sorted(folder.rglob("*")):
        if any(file.is_relative_to(left) for left in leave_out) or not file.is_file() or file.is_symlink():
            continue
        try:
            with file.open("rb") as opened:
                if file.stat().st_size:
                    with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                        yield from find(data, str(file.relative_to(folder)))
        except (FileNotFoundError, ValueError):  # removed, or emptied, by its owner this moment
            continue


def _each(data: bytes | mmap.mmap, sought: bytes) -> Iterator[int]:
    at = data.find(sought)
    while at >= 0:
        yield at
        at = data.find(sought, at + 1)


def _whole_phone(data: bytes | mmap.mmap, at: int, spelling: str) -> bool:
    window = data[max(0, at - 4):at + AROUND]
    return any(spellings(papers(number)["phone"])[spelling] in window for number in range(336))
