"""`flask scenario …`; `python -m app.scenario.cli …` where a faulty scenario keeps the application down."""

from __future__ import annotations

from pathlib import Path

import click

from app.scenario.contract import Kind
from app.scenario.registry import SCENARIOS, Registry, ScenarioErrors, load
from app.scenario.scaffolding import CannotScaffold, scaffold

_place = click.option(
    "--dir",
    "scenario_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=SCENARIOS,
    show_default="scenarios/",
    help="The folder of the scenarios.",
)


@click.group("scenario")
def scenario_cli() -> None:
    """Scenarios: check, list, new."""


@scenario_cli.command()
@_place
def check(scenario_dir: Path) -> None:
    """Say all that is wrong with the scenarios; ends with 1 where anything is."""
    click.echo(f"{len(_load(scenario_dir))} scenarios, nothing wrong")


@scenario_cli.command("list")
@_place
def list_(scenario_dir: Path) -> None:
    """The scenarios: id, version, kind, name, legal ground."""
    for each in _load(scenario_dir).values():
        manifest = each.manifest
        click.echo(f"{each.id}\t{manifest.version}\t{each.kind}\t{manifest.name}\t{manifest.legal_ground}")


@scenario_cli.command()
@click.argument("name")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), required=True)
@click.option("--title", default="新场景", show_default=True, help="Its Chinese name.")
@_place
def new(name: str, kind: str, title: str, scenario_dir: Path) -> None:
    """Write the folder of a new scenario, which passes the checks as it is."""
    try:
        folder = scaffold(scenario_dir, name, Kind(kind), title)
    except CannotScaffold as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written: {folder.name}/ (next: its words, terms, rules and life; then `flask scenario check`)")


def _load(scenario_dir: Path) -> Registry:
    try:
        return load(scenario_dir)
    except ScenarioErrors as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    scenario_cli()
