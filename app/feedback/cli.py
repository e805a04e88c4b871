"""`flask feedback`: see how it stands, work by hand, reconcile a day, send a parked batch again."""

from datetime import date

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from app.feedback import reconciling, sending
from app.feedback.models import Batch, Feedback, Reconciliation
from app.gateways.platform.failures import PlatformFailure
from app.kernel import clock
from app.kernel.db import session

feedback_cli = AppGroup("feedback", help="Usages on their way to the platform.")


@feedback_cli.command("work")
def work() -> None:
    """Make and send what is due, once."""
    click.echo(f"{sending.work()} batches sent")


@feedback_cli.command("status")
def status() -> None:
    """Batches by state, then what staff must look at: parked batches, rejected records, days that differ."""
    counted = select(Batch.state, func.count()).group_by(Batch.state).order_by(Batch.state)
    for state, count in session().execute(counted):
        click.echo(f"batches  {state:8} {count}")
    for batch in session().scalars(select(Batch).where(Batch.state == "parked").order_by(Batch.batch_no)):
        click.echo(f"parked   {batch.batch_no}  {batch.records} records  {batch.last_error}")
    for row in session().scalars(select(Feedback).where(Feedback.state == "rejected").order_by(Feedback.record_no)):
        click.echo(f"rejected {row.record_no}  {row.reason}")
    for day in session().scalars(select(Reconciliation).where(Reconciliation.state == "differs")
                                 .order_by(Reconciliation.day)):
        click.echo(f"differs  {day.day}  {len(day.differences)} rows")


@feedback_cli.command("reconcile")
@click.argument("day", required=False)
def reconcile(day: str | None) -> None:
    """Compare a day (YYYY-MM-DD; today where none is given) with the platform; exit code 1 where it differs."""
    try:
        result = reconciling.reconcile(date.fromisoformat(day) if day else clock.today())
    except PlatformFailure as failure:
        raise click.ClickException(f"the platform gave no answer: {failure.code}") from None
    except ValueError:
        raise click.ClickException("the day is written YYYY-MM-DD") from None
    click.echo(f"{result.day} {result.state}: ours {result.ours_count} ({result.ours_fen} fen), "
               f"theirs {result.theirs_count} ({result.theirs_fen} fen)")
    for row in result.differences:
        click.echo(f"  {row['kind']:12} {row['record_no']} ours={row['ours']} theirs={row['theirs']}")
    raise SystemExit(1 if result.differences else 0)


@feedback_cli.command("resend")
@click.argument("batch_no")
def resend(batch_no: str) -> None:
    """Send a parked batch again with the same bytes."""
    found = sending.resend(batch_no)
    click.echo("due again" if found else "no parked batch has this number")
    raise SystemExit(0 if found else 1)
