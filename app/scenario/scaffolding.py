"""A new scenario's folder, written from the template so that it passes every check at once."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from string import Template

from app.scenario.contract import Kind

TEMPLATE = Path(__file__).parent / "template"
COMMITMENT = TEMPLATE / "application" / "commitment-1.txt.tmpl"


class CannotScaffold(Exception):
    """Why the folder can't be written."""


def scaffold(scenario_dir: Path, scenario_id: str, kind: Kind, name: str) -> Path:
    """Write `scenario_dir/scenario_id`; `name` is the Chinese name. CannotScaffold where it is there already."""
    if re.fullmatch(r"[a-z][a-z0-9_]{0,31}", scenario_id, re.ASCII) is None:
        raise CannotScaffold("a scenario's id is of small letters, digits and underscores, at most 32")
    if re.search(r'["\\$\x00-\x1f]', name) or not 1 <= len(name.strip()) <= 40:
        raise CannotScaffold("the name has 1 to 40 characters and no quotes, dollars or backslashes")
    folder = scenario_dir / scenario_id
    if folder.exists():
        raise CannotScaffold(f"{folder} is there already")
    text = Template(COMMITMENT.read_text("utf-8")).substitute(name=name).removesuffix("\n")
    words = {
        "id": scenario_id,
        "name": name,
        "commitment_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    for part in (TEMPLATE / "common", TEMPLATE / kind):
        for source in sorted(part.rglob("*.tmpl")):
            place = str(source.relative_to(part)).removesuffix(".tmpl")
            target = folder / Template(place).substitute(words)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Template(source.read_text("utf-8")).substitute(words), "utf-8")
    return folder
