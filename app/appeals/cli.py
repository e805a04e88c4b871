"""`flask appeals`: what waits, reading, marking, settling (until the console can)."""

import re
from collections.abc import Callable

import click
from flask.cli import AppGroup

from app.appeals import marking, queries, reading, settling
from app.kernel import clock
from app.kernel.errors import Refusal

ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,40}")
appeals_cli = AppGroup("appeals", help="Citizens' appeals and their clocks.")


def _account(_: click.Context, __: click.Parameter, value: str) -> str:
    if not ACCOUNT.fullmatch(value):
        raise click.BadParameter("1 to 40 of A-Z a-z 0-9 . _ -")
    return value


by_option = click.option("--by", required=True, callback=_account, help="The account of who does it.")


@appeals_cli.command("list")
def list_() -> None:
    """What isn't settled, the most urgent first; ! where a day was missed."""
    late = {appeal.id for appeal in queries.overdue(clock.today())}
    for appeal in queries.waiting():
        click.echo(f"{'!' if appeal.id in late else ' '} {appeal.appeal_no} {appeal.state:7} "
                   f"mark by {appeal.mark_by} settle by {appeal.settle_by} {appeal.about_kind} "
                   f"{appeal.about_id or '-'} text {appeal.text_check}")


@appeals_cli.command("read")
@click.argument("appeal_no")
@by_option
def read(appeal_no: str, by: str) -> None:
    """Print the text; the citizen sees that it was read."""
    _say(lambda: reading.read(appeal_no, by))


@appeals_cli.command("mark")
@click.argument("appeal_no")
@by_option
def mark(appeal_no: str, by: str) -> None:
    """Take the appeal on."""
    _say(lambda: marking.mark(appeal_no, by).state)


@appeals_cli.command("settle")
@click.argument("appeal_no")
@click.option("--outcome", required=True, type=click.Choice(settling.OUTCOMES))
@click.option("--answer", required=True, help="What the citizen reads, 1 to 1000 characters.")
@click.option("--move", help="What becomes of the entitlement, where it waits for this appeal.")
@by_option
def settle(appeal_no: str, outcome: str, answer: str, move: str | None, by: str) -> None:
    """Answer the appeal."""
    if not 1 <= len(answer) <= 1000:
        raise click.BadParameter("1 to 1000 characters", param_hint="--answer")
    _say(lambda: settling.settle(appeal_no, settling.Settlement(outcome, answer, move), by).state)


def _say(work: Callable[[], str]) -> None:
    try:
        click.echo(work())
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail} {no.extra or ''}".strip()) from None
