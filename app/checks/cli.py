"""`flask checks`: where a body's widget may be framed, and how many checks there were."""

import uuid
from datetime import timedelta

import click
from flask.cli import AppGroup

from app.checks import origins, reading
from app.checks.errors import OriginRefused
from app.kernel import clock
from app.merchants import queries as merchants

checks_cli = AppGroup("checks", help="Embedded checks in public bodies' approval systems.")


@checks_cli.command("allow")
@click.argument("mchid")
@click.argument("origin")
def allow(mchid: str, origin: str) -> None:
    """Let pages of ORIGIN (https://host[:port]) frame the widget of this body."""
    try:
        origins.allow(_merchant(mchid), origin)
    except OriginRefused as no:
        raise click.ClickException(f"{no.code}: {no.detail_en}") from None
    click.echo("allowed")


@checks_cli.command("disallow")
@click.argument("mchid")
@click.argument("origin")
def disallow(mchid: str, origin: str) -> None:
    """No longer."""
    click.echo("disallowed" if origins.disallow(_merchant(mchid), origin) else "it was not allowed")


@checks_cli.command("origins")
@click.argument("mchid")
def origins_(mchid: str) -> None:
    """The origins of this body."""
    for origin in origins.of(_merchant(mchid)):
        click.echo(origin)


@checks_cli.command("count")
@click.option("--days", type=click.IntRange(1, 366), default=30)
def count(days: int) -> None:
    """Checks of the last days: asked for, answered, an incentive applied, none."""
    told = reading.counts(clock.now() - timedelta(days=days), clock.now())
    click.echo("  ".join(f"{name} {number}" for name, number in told.items()))


def _merchant(mchid: str) -> uuid.UUID:
    found = merchants.by_mchid(mchid)
    if found is None or found.kind != "public_body":
        raise click.ClickException("there is no public body of this number")
    return found.id
