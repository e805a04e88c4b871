"""The rows of a spreadsheet that somebody uploaded, read by a process of its own (reading_sheets.py) within bounds."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import orjson

from app.kernel import jsons
from app.kernel.settings import settings
from app.volunteers.imports.sheet_errors import (
    BY_CODE,
    SheetBroken,
    SheetRefused,
    SheetTooHeavy,
    SheetTooLarge,
    SheetTooSlow,
)

PROGRAM = Path(__file__).with_name("reading_sheets.py")
GRACE_S = 3  # for starting, on a busy machine
PIECE = 1 << 18
BY_SIGNAL: dict[int, type[SheetRefused]] = {
    signal.SIGXCPU: SheetTooSlow, signal.SIGKILL: SheetTooSlow,
    signal.SIGABRT: SheetTooHeavy, signal.SIGSEGV: SheetTooHeavy}

Batch = list[tuple[int, list[str]]]  # row number of the sheet, texts of its cells


def batches(content: bytes) -> Iterator[Batch]:
    """All rows that hold something, some hundred at a time, while they are read; empty cells at the end are left out.

    Raises a SheetRefused, perhaps after some rows.
    """
    told = settings()
    if len(content) > told.IMPORT_BYTES:
        raise SheetTooLarge
    wish = {"unzipped": told.IMPORT_UNZIPPED_BYTES, "parts": told.IMPORT_PARTS, "rows": told.IMPORT_ROWS,
            "columns": told.IMPORT_COLUMNS, "cell": told.IMPORT_CELL, "seconds": told.IMPORT_SECONDS,
            "memory": told.IMPORT_MEMORY_MB << 20}
    began = time.monotonic()
    with _started() as reader:
        _give(reader, jsons.dumps(wish) + b"\n" + content)
        for line in _lines(reader, told.IMPORT_SECONDS + GRACE_S - (time.monotonic() - began)):
            said = orjson.loads(line)
            if isinstance(said, list):
                yield [(number, cells) for number, cells in said]
            elif "refused" in said:
                raise _named(said)
            else:
                return
        raise BY_SIGNAL.get(-reader.wait(), SheetBroken)()


@contextmanager
def _started() -> Iterator["subprocess.Popen[bytes]"]:
    reader = subprocess.Popen([sys.executable, "-I", str(PROGRAM)], env={}, cwd="/", stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield reader
    finally:
        reader.kill()
        reader.wait()
        cast(IO[bytes], reader.stdout).close()


def _give(reader: "subprocess.Popen[bytes]", told: bytes) -> None:
    """The program reads all of it before it says a word; one that died says so by its signal."""
    with suppress(BrokenPipeError), cast(IO[bytes], reader.stdin) as pipe:
        pipe.write(told)


def _lines(reader: "subprocess.Popen[bytes]", seconds: float) -> Iterator[bytes]:
    """Lines as they come. Only waiting counts: what the caller does with them in between is its own time."""
    out, held, left = cast(IO[bytes], reader.stdout).fileno(), b"", seconds
    while True:
        since = time.monotonic()
        ready, _, _ = select.select([out], [], [], max(0.0, left))
        left -= time.monotonic() - since
        if not ready or left <= 0:
            raise SheetTooSlow
        piece = os.read(out, PIECE)
        if not piece:
            return
        *whole, held = (held + piece).split(b"\n")
        yield from whole


def _named(said: dict[str, Any]) -> SheetRefused:
    refusal = BY_CODE.get(said["refused"], SheetBroken)
    return refusal() if said["row"] is None else refusal(row=said["row"])
