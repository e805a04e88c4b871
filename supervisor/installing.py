"""Makes .venv from the pinned requirement files; does nothing where it holds just these.

Run by the machine's own Python before anything is installed: only the standard library, nothing of ours.
"""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
FILES = {"run": ["requirements.txt", "requirements-embedded.txt"], "dev": ["requirements-dev.txt"]}
_NAME = r"([A-Za-z0-9._]+(?:-[A-Za-z][A-Za-z0-9._]*)*)"
_PACKAGE = re.compile(r"(?:Collecting|Requirement already satisfied:|Processing) (?:\S*/)?" + _NAME)
NO_VENV = """\
This Python can't make an environment: its `venv` lacks `ensurepip`, and there is no pip to take its place.
Debian, Ubuntu: `apt-get install python3-venv` as root. Elsewhere: name a whole Python 3.11 with PYTHON=…"""
LINKED = """\
.venv is a link to another folder, which making an environment here would empty. Take the link away: rm .venv"""


def main(dev: bool) -> int:
    """Bring .venv to the pins; 0 where it holds them at the end."""
    if VENV.is_symlink():
        print(LINKED, file=sys.stderr)
        return 1
    files = FILES["run"] + (FILES["dev"] if dev else [])
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    known = _known()
    if known.get("at") != str(VENV) or not _starts():
        print("making .venv", flush=True)
        if not _make():
            print(NO_VENV, file=sys.stderr)
            return 1
        known = {"at": str(VENV), "files": {}}
    if wanted.items() <= known["files"].items():
        return 0
    if _install(files) != 0:
        return 1
    STAMP.write_text(json.dumps({"at": str(VENV), "files": {**known["files"], **wanted}}))
    return 0


def _known() -> dict[str, Any]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _starts() -> bool:
    try:
        return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make() -> bool:
    """With ensurepip; on a machine that lacks it, with the pip that this Python has."""
    venv = [sys.executable, "-m", "venv", "--clear"]
    if subprocess.run([*venv, VENV], capture_output=True, check=False).returncode == 0:
        return True
    if subprocess.run([*venv, "--without-pip", VENV], check=False).returncode != 0:
        return False
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
    return subprocess.run(pip, check=False).returncode == 0


def _install(files: "list[str]") -> int:
    """Pip over the files, with one line of progress for each package; all of what it says where it fails."""
    pins = [line for name in files for line in (ROOT / name).read_text().splitlines() if "==" in line]
    total = len({pin.split("==")[0] for pin in pins})
    print(f"installing {total} pinned packages (only the first time, and when the pins change)", flush=True)
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        *options,
        *(word for name in files for word in ("-r", name)),
    ]
    said: list[str] = []
    seen: set[str] = set()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if found := _PACKAGE.match(line):
                seen.add(found[1].replace("_", "-").lower())
                _progress(f"  {min(len(seen), total)}/{total} {found[1]}")
            elif line.startswith("Installing collected packages"):
                _progress("  unpacking")
    _progress("  installed\n" if pip.returncode == 0 else "  failed\n")
    if pip.returncode != 0:
        sys.stderr.write("".join(said[-40:]))
    return pip.returncode


def _progress(text: str) -> None:
    """In place on a terminal, a line each elsewhere."""
    print(
        f"\r\033[K{text}" if sys.stdout.isatty() else text.rstrip(),
        end="" if sys.stdout.isatty() else "\n",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(dev="--dev" in sys.argv[1:]))
