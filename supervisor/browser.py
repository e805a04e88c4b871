"""Finds or brings the browser that tests drive."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from supervisor.errors import Trouble

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
)
_PACKAGES = ("chromium", "fonts-wqy-microhei")  # without a font Chinese pages are boxes
_HELP = """\
The tests need a Chromium, and none was found or could be brought. Do one of:
  - Debian, Ubuntu (as root): apt-get install chromium fonts-wqy-microhei
  - Fedora (as root): dnf install chromium wqy-microhei-fonts
  - elsewhere: install Chromium or Chrome, and set BROWSER to the path of its program
  - with a network that reaches Playwright: .venv/bin/python -m playwright install --with-deps chromium"""


def flags() -> list[str]:
    """How the tests start it; as root Chromium's own sandbox can't work."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def find(environ: Mapping[str, str]) -> Path | None:
    """A browser that starts: BROWSER, one on PATH, Playwright's own. Raises Trouble where BROWSER doesn't."""
    if named := environ.get("BROWSER"):
        program = shutil.which(named)
        if not program or not _starts(Path(program)):
            raise Trouble(f"BROWSER={named} doesn't start as a Chromium: correct it, or unset it to have one found.")
        return Path(program)
    found = [Path(program) for name in NAMES if (program := shutil.which(name))]
    return next((program for program in [*found, *_playwrights_own()] if _starts(program)), None)


def bring(environ: Mapping[str, str], say: Callable[[str], None]) -> Path:
    """find(), else Debian's package as root, else Playwright's download. Raises Trouble that says what to
    install.
    """
    for attempt in (lambda: None, lambda: _by_apt(say), lambda: _by_playwright(say)):
        attempt()
        if browser := find(environ):
            return browser
    raise Trouble(_HELP)


def _by_apt(say: Callable[[str], None]) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say("installing " + " and ".join(_PACKAGES) + " for the tests (once)")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *_PACKAGES]):
        done = subprocess.run(["apt-get", *words], env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            say(f"apt-get {words[0]} failed: {done.stderr.strip()[-500:]}")


def _by_playwright(say: Callable[[str], None]) -> None:
    say("downloading Playwright's Chromium for the tests (once)")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(f"playwright install failed: {done.stderr.strip()[-500:]}")


def _playwrights_own() -> list[Path]:
    base = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return sorted(base.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


def _starts(program: Path) -> bool:
    """Whether it really shows a page: a download may lack the system's libraries."""
    with tempfile.TemporaryDirectory(prefix="xinyi-b-") as profile:
        options = [
            *flags(),
            "--headless",
            f"--user-data-dir={profile}",
            "--dump-dom",
            "data:text/html,<p>ready</p>",
        ]
        try:
            done = subprocess.run(
                [program, *options],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return "<p>ready</p>" in done.stdout
