"""`flask feedback`: see how it stands, work by hand, park and correct, reconcile a day, and its signed report."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from flask.cli import AppGroup

from app.feedback import correcting, parking, queries, reconciling, reporting, sending
from app.gateways.platform.failures import PlatformFailure
from app.kernel import clock
from app.kernel.errors import Refusal

T = TypeVar("T")
ACTOR = re.compile(r"(?:staff|operator):[A-Za-z0-9._-]{1,40}")
feedback_cli = AppGroup("feedback", help="Usages on their way to the platform.")


def _actor(_: click.Context, __: click.Parameter, value: str) -> str:
    actor = value if ":" in value else f"operator:{value}"
    if not ACTOR.fullmatch(actor):
        raise click.BadParameter("1 to 40 of A-Z a-z 0-9 . _ -")
    return actor


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    if value is not None and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise click.BadParameter("written YYYY-MM-DD")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter("no such day") from None


by_option = click.option("--by", required=True, callback=_actor, help="The account of who does it.")


@feedback_cli.command("work")
def work() -> None:
    """Make and send what is due, once."""
    click.echo(f"{sending.work()} batches sent")


@feedback_cli.command("status")
def status() -> None:
    """How it stands, then what staff must look at: parked batches, wrong records, days that differ."""
    for name, value in vars(queries.health()).items():
        click.echo(f"{name:16} {value}")
    for batch in _all(queries.batch_page, {"state": "parked"}):
        by = batch.parked_by or "the platform's no"
        click.echo(f"parked   {batch.batch_no}  {batch.records} records  {batch.last_error}  by {by}")
    for row in _all(queries.wrong_page, {"mended": False}):
        click.echo(f"{row.state:8} {row.record_no}  {row.reason}  {row.words}。{row.todo}")
    for day in _all(queries.day_page, {"state": "differs"}):
        click.echo(f"differs  {day.day}")


@feedback_cli.command("batches")
@click.option("--state", type=click.Choice(["ready", "sending", "settled", "parked", "undone"]))
@click.option("--last", type=click.IntRange(1, 100), default=20)
def batches(state: str | None, last: int) -> None:
    """The newest batches: state, records, attempts, last error, next try."""
    for row in queries.batch_page({"state": state, "limit": last})[0]:
        click.echo(f"{row.batch_no}  {row.state:8} {row.records:3} records  tried {row.attempts}  "
                   f"{row.last_error or '-'}  next {clock.rfc3339(row.next_at)}")


@feedback_cli.command("park")
@click.argument("batch_no")
@by_option
def park(batch_no: str, by: str) -> None:
    """Hold a batch back; those behind it go on."""
    click.echo(_told(lambda: parking.park(batch_no, by)).state)


@feedback_cli.command("resend")
@click.argument("batch_no")
@by_option
def resend(batch_no: str, by: str) -> None:
    """Send a parked batch again with the same bytes."""
    click.echo(_told(lambda: parking.unpark(batch_no, by)).state)


@feedback_cli.command("correct")
@click.argument("record_no")
@click.option("--provider-uscc")
@click.option("--region")
@click.option("--occurred-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]))
@click.option("--waived-fen", type=int)
@click.option("--paid-fen", type=int)
@click.option("--note", required=True, help="Why, 1 to 200 characters.")
@by_option
def correct(record_no: str, note: str, by: str, occurred_at: datetime | None, **changes: Any) -> None:
    """Report a rejected record anew, put right; prints the new number."""
    told = correcting.Changes(occurred_at=occurred_at, **changes)
    click.echo(_told(lambda: correcting.correct(record_no, told, note, by)))


@feedback_cli.command("reconcile")
@click.argument("day", required=False, callback=_day)
def reconcile(day: date | None) -> None:
    """Compare a day (YYYY-MM-DD; today where none is given) with the platform; exit code 1 where it differs."""
    try:
        result = _told(lambda: reconciling.reconcile(day or clock.today()))
    except PlatformFailure as failure:
        raise click.ClickException(f"the platform gave no answer: {failure.code}") from None
    click.echo(f"{result.day} {result.state}: ours {result.ours_count} ({result.ours_fen} fen), "
               f"theirs {result.theirs_count} ({result.theirs_fen} fen)")
    found = False
    for row in _all(lambda args: queries.difference_page(result.day, args), {"open": True}):
        found = True
        click.echo(f"  {row.kind:12} {row.record_no} ours={row.ours} theirs={row.theirs} repair={row.repair or '-'}")
    raise SystemExit(1 if found else 0)


@feedback_cli.command("report")
@click.argument("day", callback=_day)
@click.option("--to", type=click.Path(file_okay=False, exists=True, path_type=Path), default=Path())
def report(day: date, to: Path) -> None:
    """Write DAY.csv, its signature DAY.csv.sig and the public key DAY.csv.pem."""
    signed = _told(lambda: reporting.newest(day))
    for ending, content in (("", signed.content), (".sig", signed.signature), (".pem", signed.public_key)):
        (to / f"{day}.csv{ending}").write_bytes(content)
    click.echo(f"{to / f'{day}.csv'}  key {signed.key_id}")


@feedback_cli.command("verify-report")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def verify_report(file: Path) -> None:
    """Whether FILE is a report of ours, unchanged; its signature is FILE.sig. Exit code 1 where it isn't."""
    beside = file.with_name(f"{file.name}.sig")
    if not beside.is_file() or max(file.stat().st_size, beside.stat().st_size) > reporting.LARGEST:
        raise click.ClickException(f"{beside.name} is missing, or a file is too large")
    good = reporting.verify(file.read_bytes(), beside.read_bytes())
    click.echo("signed by us, unchanged" if good else "NOT a report of ours, or changed since")
    raise SystemExit(0 if good else 1)


def _all(read: Callable[[dict[str, Any]], tuple[list[T], str | None]], args: dict[str, Any]) -> Iterable[T]:
    """Every row, page by page."""
    rows, cursor = read({**args, "limit": 100})
    yield from rows
    while cursor:
        rows, cursor = read({**args, "limit": 100, "cursor": cursor})
        yield from rows


def _told(act: Callable[[], T]) -> T:
    try:
        return act()
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail} {no.errors or no.extra or ''}".strip()) from None
