"""What set-up brings for the pages, and that the lock binds it to content rather than to a host."""

import json
import re
from pathlib import Path

import pytest

from supervisor import frontend
from supervisor.places import ROOT


def test_the_lock_has_a_hash_for_every_package_and_names_no_host() -> None:
    """Fails after an `npm install` without the project's .npmrc, which writes "resolved" addresses."""
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    brought = {name: told for name, told in packages.items() if name}
    assert brought
    assert [name for name, told in brought.items() if not told.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, told in brought.items() if "resolved" in told] == []


def test_the_lock_pins_what_package_json_asks() -> None:
    """Fails where package.json has ranges, or was changed without the lock."""
    asked = json.loads((ROOT / "package.json").read_text("utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[f"node_modules/{name}"]["version"] == version


def test_files_are_copied_under_names_that_change_with_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser may keep them for ever. Fails where the name doesn't hold the content's hash, or old files stay."""
    source = tmp_path / "node_modules" / "lib" / "a.js"
    source.parent.mkdir(parents=True)
    (tmp_path / "package.json").write_text(json.dumps({"vendor": {"lib/a.js": "lib/a.js"}}))
    vendor = tmp_path / "static" / "vendor"
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    monkeypatch.setattr(frontend, "MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(frontend, "VENDOR", vendor)
    names = []
    for content in ("one", "two", "one"):
        source.write_text(content)
        manifest = frontend.copy()
        assert json.loads((vendor / "manifest.json").read_text()) == manifest
        assert (vendor / manifest["lib/a.js"]).read_text() == content
        assert len(list((vendor / "lib").iterdir())) == 1
        names.append(manifest["lib/a.js"])
    assert names[0] != names[1]
    assert names[0] == names[2]
