"""`flask initiatives`: what the platform initiated, our answer, offers made from it, the months fed back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from marshmallow import ValidationError

from app.feedback import feeding_back, initiative_queries, initiatives, responding, warning
from app.feedback.initiative_queries import STATES, Listed
from app.kernel import clock, jsons
from app.kernel.errors import Refusal

T = TypeVar("T")
initiatives_cli = AppGroup("initiatives", help="Joint incentives that the platform initiates: 发起, 响应, 反馈.")
BY = click.option("--by", "actor", default="operator:cli", show_default=True, help="Who acts, e.g. operator:chen.")


@initiatives_cli.command("poll")
def poll() -> None:
    """Ask the platform now."""
    click.echo(f"{initiatives.poll(at_once=True)} listed")
    polled = initiative_queries.polling()
    if polled is not None and polled.last_error:
        raise click.ClickException(f"the platform gave no answer: {polled.last_error}")


@initiatives_cli.command("list")
@click.option("--state", type=click.Choice(STATES))
@click.option("--due", is_flag=True, help="Only what staff are warned of, the most urgent first.")
@click.option("--limit", type=click.IntRange(1, 100), default=50)
def list_(state: str | None, due: bool, limit: int) -> None:
    """Number, state, until when to respond, title; newest first."""
    rows = initiative_queries.due() if due else initiative_queries.listed({"limit": limit, "state": state})[0]
    for each in rows:
        click.echo(_line(each))


@initiatives_cli.command("show")
@click.argument("initiative_no")
def show(initiative_no: str) -> None:
    """All about one."""
    whole = _do(lambda: initiative_queries.whole(initiative_no))
    told, said = whole.listed.initiative, whole.listed.response
    click.echo(_line(whole.listed))
    click.echo(f"{told.document_no}  red list {told.red_list or '-'}  grades {','.join(told.grades)}  "
               f"regions {','.join(told.regions)}  ends {clock.rfc3339(told.ends_at)}")
    click.echo("asks for " + "；".join(told.measures))
    if told.differing is not None:
        click.echo("DIFFERS: the platform told other content under the same issued_at; ask which one holds")
    if said is not None:
        click.echo(f"response {said.response} {said.state} {said.status or said.code or ''} by {said.responded_by} "
                   f"{','.join(said.measures)}{said.reason or ''}")
    for offer in whole.offers:
        click.echo(f"offer    {offer.code}  {offer.state}  {offer.title}")
    for each in whole.feedbacks:
        answered = each.status if each.answered_revision == each.revision else each.code or "owed"
        click.echo(f"feedback {each.period}  {each.beneficiaries} people, {each.usages} uses, {each.waived_fen} fen  "
                   f"{answered}")


@initiatives_cli.command("accept")
@click.argument("initiative_no")
@click.argument("measures", nargs=-1, required=True)
@BY
def accept(initiative_no: str, measures: tuple[str, ...], actor: str) -> None:
    """Accept with MEASURES: codes of our offers. Said once."""
    _do(lambda: responding.accept(initiative_no, measures, actor))
    click.echo("accepted; the platform is told")


@initiatives_cli.command("decline")
@click.argument("initiative_no")
@click.option("--reason", required=True)
@BY
def decline(initiative_no: str, reason: str, actor: str) -> None:
    """Decline, for a reason that the platform reads. Said once."""
    _do(lambda: responding.decline(initiative_no, reason, actor))
    click.echo("declined; the platform is told")


@initiatives_cli.command("offer")
@click.argument("initiative_no")
@click.argument("code")
@click.option("--like", help="The code of an offer whose terms are taken over.")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="JSON as `flask offers make` takes; what stands there goes before --like.")
@BY
def offer(initiative_no: str, code: str, like: str | None, file: Path | None, actor: str) -> None:
    """Make a draft offer with this CODE within the initiative's limits; prints its id (`flask offers resume` opens)."""
    told = _read(file) if file else {}
    click.echo(_do(lambda: responding.offer_from(initiative_no, {**told, "code": code}, actor, like)).id)


@initiatives_cli.command("feedback")
@click.argument("initiative_no", required=False)
@click.argument("period", required=False)
@click.option("--note", help="A word of staff to this month.")
def feedback(initiative_no: str | None, period: str | None, note: str | None) -> None:
    """Feed back the closed months that are due; or this PERIOD (2026-11) of one initiative now."""
    if initiative_no is None or period is None:
        click.echo(f"{feeding_back.run_due()} months owed")
        return
    row = _do(lambda: feeding_back.feed_back(initiative_no, period, note))
    click.echo(f"{row.period}: {row.beneficiaries} people, {row.usages} uses, {row.waived_fen} fen")


@initiatives_cli.command("warn")
def warn() -> None:
    """Warn now of responses that are due in three working days or fewer."""
    click.echo(f"{warning.run_due()} warned")


def _line(each: Listed) -> str:
    near = f"  due in {each.warned} working day(s)" if each.warned and each.state == "open" else ""
    told = each.initiative
    return f"{told.initiative_no}  {each.state:8}  respond by {clock.rfc3339(told.respond_by)}{near}  {told.title}"


def _read(file: Path) -> dict[str, Any]:
    try:
        told = jsons.loads(file.read_bytes())
    except jsons.NotJson as wrong:
        raise click.ClickException(f"not JSON that we take: {wrong}") from None
    if not isinstance(told, dict):
        raise click.ClickException("an offer is an object")
    return told


def _do(work: Callable[[], T]) -> T:
    try:
        return work()
    except ValidationError as wrong:
        raise click.ClickException(f"VALIDATION_FAILED: {wrong.normalized_messages()}") from None
    except Refusal as no:
        told = {**no.extra, **(no.errors or {})}
        raise click.ClickException(f"{no.code}: {no.detail_en}" + (f" {told}" if told else "")) from None
