"""Draws an uploaded seal anew: a program of its own, since what a picture holds is somebody else's word.

    python -I seal_drawing.py < "<JSON line>\\n<PNG>" > "<PNG>"

The line: {"least": and "most": pixels of a side, "seconds": of the processor}. Memory and processor are bounded by the
kernel, no file can be written. Exit 0, or 3 where this is no picture that can be a seal. Only the pixels go over: no
text, no profile, no second frame.
"""

import io
import json
import resource
import sys

from PIL import Image, PngImagePlugin

MEMORY = 256 * 1024 * 1024
REFUSED, PRINTED = 3, 600  # pixels of a side: 40 mm in print


def main() -> int:
    wish = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (wish["seconds"], wish["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        drawn = redrawn(sys.stdin.buffer.read(), wish["least"], wish["most"])
    except (Exception, MemoryError):  # whatever it is, it is the picture's fault, and told by the code
        return REFUSED
    sys.stdout.buffer.write(drawn)
    return 0


def redrawn(picture: bytes, least: int, most: int) -> bytes:
    """Raises whatever Pillow does; ValueError for a picture of another size or with more than one frame."""
    Image.MAX_IMAGE_PIXELS = most * most
    PngImagePlugin.MAX_TEXT_CHUNK = 4096
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as found:
        if not all(least <= side <= most for side in found.size) or max(found.size) > 2 * min(found.size):
            raise ValueError("a size that no seal has")
        if getattr(found, "n_frames", 1) != 1:
            raise ValueError("it moves")
        pixels = found.convert("RGBA")
    pixels.thumbnail((PRINTED, PRINTED))
    out = io.BytesIO()
    Image.frombytes("RGBA", pixels.size, pixels.tobytes()).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
