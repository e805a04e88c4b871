"""`flask outstanding`: what the clock does for the list at once, and kept evaluations given again."""

import uuid
from collections import Counter

import click
from flask.cli import AppGroup

from app.volunteers.outstanding import evaluating, exiting, publicising

outstanding_cli = AppGroup("outstanding", help="The list of outstanding young volunteers.")


@outstanding_cli.command("run-due")
def run_due() -> None:
    """End publicities that are over, and entries past their last day, without waiting for the worker."""
    click.echo(f"{publicising.close_due()} cleared, {exiting.expire_due()} expired")


@outstanding_cli.command("replay")
@click.argument("evaluation_id", required=False, type=click.UUID)
def replay(evaluation_id: uuid.UUID | None) -> None:
    """Give one evaluation, or all, again from what was kept; fails where one differs."""
    found = Counter[str]()
    for each, outcome in evaluating.replay(evaluation_id):
        found[outcome] += 1
        if outcome == "differs":
            click.echo(f"{each} differs", err=True)
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(found.items())) or "none")
    if found["differs"]:
        raise SystemExit(1)
