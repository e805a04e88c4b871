"""`flask offers` and `flask benefits`: an operator's doors, until there are pages for it."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup
from marshmallow import ValidationError
from sqlalchemy import select

from app.benefits import expiring, offers, replaying, sandboxing
from app.benefits.models import Offer
from app.kernel import jsons
from app.kernel.db import session
from app.kernel.errors import Refusal

offers_cli = AppGroup("offers", help="Offers: list, make, pause, resume, end, set their quota.")
benefits_cli = AppGroup("benefits", help="Decisions given again; what the clock has to do; sandbox merchants.")


class Refused(click.ClickException):
    """A refusal as a command says it: its code, and what is wrong where; exit status 1."""

    def __init__(self, no: Refusal) -> None:
        told = {**no.extra, **(no.errors or {})}
        super().__init__(f"{no.code}: {no.detail_en}" + (f" {told}" if told else ""))


@offers_cli.command("list")
def list_() -> None:
    """Every offer: id, state, granted of total, scenario, title."""
    for each in session().scalars(select(Offer).order_by(Offer.id)):
        total = "-" if each.quota_total is None else each.quota_total
        click.echo(f"{each.id}  {each.state:6}  {each.granted}/{total}  {each.scenario:12}  {each.title}")


@offers_cli.command("make")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def make(file: Path) -> None:
    """Make an offer from FILE (JSON, see schemas.NewOffer); prints its id."""
    try:
        click.echo(offers.make(jsons.loads(file.read_bytes())).id)
    except jsons.NotJson as wrong:
        raise click.ClickException(f"not JSON that we take: {wrong}") from None
    except ValidationError as wrong:
        raise click.ClickException(f"VALIDATION_FAILED: {wrong.normalized_messages()}") from None
    except Refusal as no:
        raise Refused(no) from None


@offers_cli.command("pause")
@click.argument("offer_id", type=click.UUID)
def pause(offer_id: uuid.UUID) -> None:
    """No new claims until it is resumed."""
    _do(lambda: offers.pause(offer_id))


@offers_cli.command("resume")
@click.argument("offer_id", type=click.UUID)
def resume(offer_id: uuid.UUID) -> None:
    """Open it for claims, after a pause or out of a draft."""
    _do(lambda: offers.resume(offer_id))


@offers_cli.command("end")
@click.argument("offer_id", type=click.UUID)
def end(offer_id: uuid.UUID) -> None:
    """No new claims any more; what was granted is lived out."""
    _do(lambda: offers.end(offer_id))


@offers_cli.command("set-quota")
@click.argument("offer_id", type=click.UUID)
@click.argument("total", type=click.IntRange(min=1))
def set_quota(offer_id: uuid.UUID, total: int) -> None:
    """The number of places in all; never below what was granted."""
    _do(lambda: offers.set_quota(offer_id, total))


@benefits_cli.command("replay")
@click.option("--decision", "decision_id", type=click.UUID, help="Only this one.")
def replay(decision_id: uuid.UUID | None) -> None:
    """Give kept decisions again; names every difference and then ends with status 1."""
    counts: Counter[str] = Counter()
    for each in replaying.replay(decision_id):
        counts[each.outcome.value] += 1
        if each.outcome is replaying.Outcome.DIFFERS:
            click.echo(f"{each.decision_id}  {each.why}")
    click.echo(", ".join(f"{outcome.value}: {counts[outcome.value]}" for outcome in replaying.Outcome))
    raise SystemExit(1 if counts["differs"] or (decision_id is not None and not counts) else 0)


@benefits_cli.command("sandbox-merchant")
@click.option("--by", "operator", required=True, help="Who asks for it.")
def sandbox_merchant(operator: str) -> None:
    """Make a merchant to try things with; prints, this once, all that its system needs, as JSON."""
    try:
        click.echo(jsons.dumps(asdict(sandboxing.make(f"operator:{operator}"))).decode())
    except Refusal as no:
        raise Refused(no) from None


@benefits_cli.command("run-due")
def run_due() -> None:
    """Make the moves that are due now."""
    click.echo(expiring.run_due())


def _do(work: Callable[[], None]) -> None:
    try:
        work()
    except Refusal as no:
        raise Refused(no) from None
    click.echo("done")
