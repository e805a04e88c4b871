"""What a fake camera films: a QR code held before it."""

from pathlib import Path

import segno

WIDE, HIGH = 1280, 720
DARK, LIGHT, WALL = b"\x19", b"\xe1", b"\xa0"


def film(text: str, file: Path) -> Path:
    """One frame of YUV4MPEG2 with the code as large as it fits, in grey; Chromium shows it over and over."""
    modules = list(segno.make(text, error="m", micro=False).matrix_iter(border=4))
    scale = HIGH // len(modules)
    left = (WIDE - scale * len(modules)) // 2
    lines = []
    for row in modules:
        drawn = b"".join((DARK if module else LIGHT) * scale for module in row)
        lines += [(WALL * left + drawn).ljust(WIDE, WALL)] * scale
    above = (HIGH - len(lines)) // 2
    frame = WALL * WIDE * above + b"".join(lines)
    colours = bytes([128]) * (WIDE * HIGH // 2)
    file.write_bytes(f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
                     + frame.ljust(WIDE * HIGH, WALL) + colours)
    return file
