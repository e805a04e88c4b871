"""The front-end libraries: brought by npm from the lock, copied under names with content hashes.

None of them is committed. `package.json` lists them, and under "vendor" which of their files the pages use:
{"name a page knows": "path below node_modules"}.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from supervisor.errors import Trouble
from supervisor.places import ROOT

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "app" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
_STAMP = MODULES / ".installed.json"


def bring(say: Callable[[str], None], dev: bool = False) -> None:
    """Install what the lock pins (dev: the linters too) and copy the pages' files; nothing where all is
    there.
    """
    if _install(say, dev) or not MANIFEST.exists():
        copy()


def copy() -> dict[str, str]:
    """Fill app/static/vendor anew; its manifest.json maps {name a page knows: name of the file with its
    hash}.
    """
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["vendor"]
    new = VENDOR.with_name("vendor.new")
    shutil.rmtree(new, ignore_errors=True)
    manifest = {}
    for name, source in wanted.items():
        content = (MODULES / source).read_bytes()
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}{dot}{ending}"
        (new / hashed).parent.mkdir(parents=True, exist_ok=True)
        (new / hashed).write_bytes(content)
        manifest[name] = hashed
    (new / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    new.rename(VENDOR)
    return manifest


def _install(say: Callable[[str], None], dev: bool) -> bool:
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + (ROOT / "package.json").read_bytes())
    stamps = [{"lock": wanted.hexdigest(), "dev": True}, {"lock": wanted.hexdigest(), "dev": dev}]
    if _STAMP.exists() and json.loads(_STAMP.read_text()) in stamps:
        return False
    say("bringing the front-end libraries" + (" and linters" if dev else ""))
    npm = Path(sys.executable).with_name("npm")
    if not npm.exists():
        raise Trouble("npm is missing from the environment: run `make env`, which brings it as a wheel.")
    path = os.pathsep.join([str(npm.parent), os.environ.get("PATH", os.defpath)])
    options = ["--ignore-scripts", "--no-audit", "--no-fund", *([] if dev else ["--omit=dev"])]
    done = subprocess.run(
        [npm, "ci", *options],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Trouble("npm could not bring the front-end libraries:\n" + (done.stderr or done.stdout)[-3000:])
    _STAMP.write_text(json.dumps(stamps[1]))
    return True
