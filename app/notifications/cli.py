"""`flask notifications`: see what merchants were told, every attempt, who takes wrong signatures; send again."""

import click
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.errors import Refusal
from app.merchants import queries as merchants
from app.notifications import queries, resending, sending

notifications_cli = AppGroup("notifications", help="What merchants are told at their notify_url.")


@notifications_cli.command("list")
@click.option("--mchid", help="Of this merchant only.")
@click.option("--state", type=click.Choice(["pending", "delivered", "undelivered"]))
@click.option("--limit", type=click.IntRange(1, 100), default=50)
def listing(mchid: str | None, state: str | None, limit: int) -> None:
    """Newest first: number, mchid, event, subject, state, failures, next attempt."""
    merchant = merchants.by_mchid(mchid) if mchid else None
    if mchid and merchant is None:
        raise click.ClickException("no such merchant")
    rows, _ = queries.listed(merchant.id if merchant else None, {"limit": limit, "state": state})
    known = merchants.many({row.merchant_id for row in rows})
    for row in rows:
        due = f"  next {clock.rfc3339(row.next_at)}" if row.next_at else ""
        click.echo(f"{row.notification_no}  {known[row.merchant_id].mchid}  {row.event_type}  {row.subject}  "
                   f"{row.state}  failed {row.failures}{due}")


@notifications_cli.command("show")
@click.argument("notification_no")
def show(notification_no: str) -> None:
    """Every attempt: time, kind, status, milliseconds, what failed, head of the answer."""
    found = queries.by_number(notification_no, None)
    if found is None:
        raise click.ClickException("no such notification")
    click.echo(f"{found.notification_no}  {found.event_type}  {found.state}  {found.notify_url}")
    for each in queries.attempts(found.id):
        click.echo(f"{each.ordinal}  {clock.rfc3339(each.at)}  {each.kind}  {each.actor or '-'}  "
                   f"{each.status or '-'}  {each.duration_ms if each.duration_ms is not None else '-'} ms  "
                   f"{each.failure or 'taken'}  {each.body_head or ''}".rstrip())


@notifications_cli.command("resend")
@click.argument("notification_no")
@click.option("--by", "operator", required=True, help="Who asks for it.")
def resend(notification_no: str, operator: str) -> None:
    """Send it again, now."""
    try:
        resending.resend(None, notification_no, f"operator:{operator}")
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail}") from None
    click.echo("due now")


@notifications_cli.command("probes")
def probes() -> None:
    """Who was sent wrong signatures, how often, and who took the last one: they don't check."""
    rows = [row for row in queries.standing() if row.probes_sent]
    known = merchants.many({row.merchant_id for row in rows})
    for row in rows:
        verdict = f"TAKEN {clock.rfc3339(row.probe_taken_at)}" if row.probe_taken_at else "refused"
        click.echo(f"{known[row.merchant_id].mchid}  sent {row.probes_sent}  taken {row.probes_taken}  {verdict}")


@notifications_cli.command("send")
def send() -> None:
    """Send what is due from here, without the worker; prints how many attempts were made."""
    click.echo(f"{sending.drain()} attempts")
