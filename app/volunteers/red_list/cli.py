"""`flask red-list`: the League's red list as the platform shares it. Identity is asked for, never an argument."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import click
from flask.cli import AppGroup
from marshmallow import ValidationError

from app.kernel.errors import Refusal
from app.volunteers.red_list import queries as red_list_queries
from app.volunteers.red_list import sharing as red_list

T = TypeVar("T")
red_list_cli = AppGroup("red-list", help="The League's red list, shared with the platform (4.7).")
BY = click.option("--by", "actor", default="operator:cli", show_default=True, help="Who acts, e.g. operator:chen.")
DAY = click.DateTime(["%Y-%m-%d"])


@red_list_cli.command("put")
@click.argument("entry_no")
@click.option("--cited-by", required=True)
@click.option("--document-no", required=True)
@click.option("--publicised", nargs=2, type=DAY, required=True, help="First and last day of the publicity.")
@click.option("--valid", nargs=2, type=DAY, required=True, help="First and last day of validity.")
@click.option("--name", prompt=True, hide_input=True, help="Better typed when asked than given here.")
@click.option("--id-number", prompt=True, hide_input=True, help="Better typed when asked than given here.")
@BY
def put(entry_no: str, cited_by: str, document_no: str, publicised: tuple[datetime, datetime],
        valid: tuple[datetime, datetime], name: str, id_number: str, actor: str) -> None:
    """Put a person on the list, or replace what stands under the number."""
    entry = red_list.NewEntry(entry_no, name, id_number, cited_by, document_no, publicised[0].date(),
                              publicised[1].date(), valid[0].date(), valid[1].date())
    click.echo(f"{_do(lambda: red_list.list_entry(entry, actor)).state}; the platform is told")


@red_list_cli.command("delist")
@click.argument("entry_no")
@click.option("--reason", required=True)
@BY
def delist(entry_no: str, reason: str, actor: str) -> None:
    """Take an entry off the list."""
    click.echo(f"{_do(lambda: red_list.delist(entry_no, reason, actor)).state}; the platform is told")


@red_list_cli.command("resend")
@click.argument("entry_no")
def resend(entry_no: str) -> None:
    """Owe an entry anew whose message was parked."""
    row = _do(lambda: red_list.again(entry_no))
    click.echo("owed" if row.answered_revision < row.revision else "the platform has answered for it already")


@red_list_cli.command("list")
@click.option("--unsettled", is_flag=True, help="Only what the platform has not answered for yet.")
@click.option("--limit", type=click.IntRange(1, 100), default=50)
def list_(unsettled: bool, limit: int) -> None:
    """Number, our state, the platform's, validity; newest first. Names nobody."""
    for each in red_list_queries.listed({"limit": limit, "unsettled": unsettled})[0]:
        settled = "settled" if each.answered_revision == each.revision else each.refused_code or "owed"
        click.echo(f"{each.entry_no}  {each.state:8}  platform {each.platform_status or '-':8}  {settled}  "
                   f"{each.valid_from} to {each.valid_to}")


def _do(work: Callable[[], T]) -> T:
    try:
        return work()
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail}" + (f" {no.extra}" if no.extra else "")) from None
    except ValidationError as wrong:
        raise click.ClickException("; ".join(str(each) for each in wrong.messages)) from None
