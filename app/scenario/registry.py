"""Finding the scenarios, by folder and installed package; a faulty one stops the start, with all reasons."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType

from marshmallow import Schema

from app.scenario.checks import check
from app.scenario.contract import Life
from app.scenario.imports import trespasses
from app.scenario.manifest import Manifest, ManifestErrors, read
from app.scenario.scenario import Scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
GROUP = "xinyi.scenarios"


class ScenarioErrors(Exception):
    """Why the scenarios can't be loaded: all reasons, each beginning with the scenario's folder."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(["the scenarios can't be loaded:", *errors]))


class Registry(Mapping[str, Scenario]):
    """The loaded scenarios by id, in the order of their ids; never changes."""

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        self._scenarios = MappingProxyType(dict(sorted(scenarios.items())))

    def __getitem__(self, scenario_id: str) -> Scenario:
        return self._scenarios[scenario_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._scenarios)

    def __len__(self) -> int:
        return len(self._scenarios)


def load(scenario_dir: Path = SCENARIOS, entry_points: bool = True) -> Registry:
    """Every scenario in `scenario_dir` and, with `entry_points`, in installed packages; or ScenarioErrors."""
    errors: list[str] = []
    found: dict[str, Scenario] = {}
    places = [(folder, folder.name) for folder in _folders(scenario_dir)]
    for folder, name in places + (list(_installed(errors)) if entry_points else []):
        try:
            scenario = load_one(folder)
        except ScenarioErrors as error:
            errors += error.errors
            continue
        if scenario.id != name:
            errors.append(f"{name}: its entry point is called {name}, its id {scenario.id}")
        if scenario.id in found:
            errors.append(f"{name}: a scenario called {scenario.id} is there twice")
        found[scenario.id] = scenario
    if errors:
        raise ScenarioErrors(errors)
    return Registry(found)


def _folders(scenario_dir: Path) -> list[Path]:
    return sorted(path.parent for path in scenario_dir.glob("*/scenario.toml"))


def _installed(errors: list[str]) -> Iterator[tuple[Path, str]]:
    for point in metadata.entry_points(group=GROUP):
        try:
            spec = importlib.util.find_spec(point.module)
        except ImportError:
            spec = None
        if spec is None or not spec.submodule_search_locations:
            errors.append(f"{point.name}: its entry point names {point.module}, which is no package")
            continue
        yield Path(spec.submodule_search_locations[0]), point.name


def load_one(folder: Path) -> Scenario:
    """The scenario in `folder`, checked; ScenarioErrors names all that is wrong with it."""
    errors = trespasses(folder)
    manifest: Manifest | None = None
    try:
        manifest = read(folder)
        if manifest.id != folder.name:
            errors.append(f"its id is {manifest.id}, its folder {folder.name}")
    except ManifestErrors as error:
        errors += error.errors
    errors += [f"{name} is missing" for name in ("terms.py", "rules.py", "life.py", "README.md")
               if not (folder / name).is_file()]
    if not errors and manifest is not None:
        try:
            scenario = _assemble(folder, manifest)
            errors += check(scenario)
        except _Unusable as error:
            errors.append(str(error))
    if errors or manifest is None:
        raise ScenarioErrors([f"{folder.name}: {error}" for error in errors])
    return scenario


# -- loading ------------------------------------------------------------------------------------------


class _Unusable(Exception):
    """A file of the plugin does not hold what it should."""


def _assemble(folder: Path, manifest: Manifest) -> Scenario:
    terms, rules, life = (_module(folder, name) for name in ("terms", "rules", "life"))
    form = _module(folder, "form") if (folder / "form.py").is_file() else ModuleType("form")
    schema, table = getattr(terms, "Terms", None), getattr(life, "LIFE", None)
    if not (isinstance(schema, type) and issubclass(schema, Schema)):
        raise _Unusable("terms.py has no marshmallow schema called Terms")
    if not isinstance(table, Life):
        raise _Unusable("life.py has no Life called LIFE")
    if not callable(getattr(rules, "conditions", None)):
        raise _Unusable("rules.py has no function conditions(terms)")
    form_schema = getattr(form, "Form", None)
    is_schema = isinstance(form_schema, type) and issubclass(form_schema, Schema)
    if (folder / "form.py").is_file() and not is_schema:
        raise _Unusable("form.py has no marshmallow schema called Form")
    return Scenario(
        manifest=manifest,
        folder=folder,
        terms_schema=schema,
        life=table,
        examples=tuple(getattr(terms, "EXAMPLES", ())),
        rules=rules.conditions,
        form_schema=form_schema,
        document_rules=getattr(form, "documents", None),
    )


def _module(folder: Path, name: str) -> ModuleType:
    """The file as a module of a name of its own, so that two plugins' terms.py never meet."""
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    full = f"xinyi_scenario_{folder.name}_{place}_{name}"
    spec = importlib.util.spec_from_file_location(full, folder / f"{name}.py")
    if spec is None or spec.loader is None:
        raise _Unusable(f"{name}.py can't be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _Unusable(f"{name}.py can't be loaded: {type(error).__name__}: {error}") from error
    return module
