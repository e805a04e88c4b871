"""`flask platform-events`: what the platform told us, and what of it we didn't take (until the console can)."""

import re

import click
from flask.cli import AppGroup

from app.credit import kept_events
from app.kernel import clock, jsons
from app.kernel.errors import Refusal

platform_events_cli = AppGroup("platform-events", help="Events of the provincial platform.")
ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,40}")


@platform_events_cli.command("list")
@click.option("--state", type=click.Choice(kept_events.STATES), help="Only these.")
@click.option("--type", "kind", help="Only this type, as it came.")
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True)
@click.option("--cursor", help="Go on from here.")
def list_(state: str | None, kind: str | None, limit: int, cursor: str | None) -> None:
    """Newest first: number, seq, type, received, state, the code it was refused with, whether its body is kept."""
    args = {"limit": limit, **({"cursor": cursor} if cursor else {})}
    try:
        rows, following = kept_events.listed(kept_events.Wanted(state, kind), args)
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail}") from None
    for row in rows:
        click.echo(f"{row.event_id}  {row.seq}  {row.type}  {clock.rfc3339(row.received_at)}  {row.state}  "
                   f"{row.refusal or '-'}  {'body kept' if row.body_sealed else '-'}")
    if following:
        click.echo(f"more: --cursor {following}")


@platform_events_cli.command("show")
@click.argument("event_id")
@click.option("--by", required=True, help="The account of who looks; the look is in the trail.")
def show(event_id: str, by: str) -> None:
    """One event: what is known of it, and its body where that is kept."""
    if not ACCOUNT.fullmatch(by):
        raise click.BadParameter("1 to 40 of A-Z a-z 0-9 . _ -", param_hint="--by")
    try:
        told = kept_events.shown(event_id, f"operator:{by}")
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail}") from None
    click.echo(jsons.dumps(told).decode())
