"""`flask volunteers …`: what a League unit does until there is a console. Identity is asked for, never an argument."""

from datetime import datetime

import click
from flask.cli import AppGroup
from marshmallow import ValidationError

from app.kernel.errors import Refusal
from app.volunteers import queries, registering, sealing
from app.volunteers.errors import VolunteerUnknown
from app.volunteers.service import hours

volunteers_cli = AppGroup("volunteers", help="The League's volunteers: register, add hours.")


class Said(click.ClickException):
    """A refusal in words, for a terminal."""

    def __init__(self, no: Refusal) -> None:
        super().__init__(f"{no.code}: {no.detail}")


@volunteers_cli.command("register")
@click.option("--region", required=True, help="Six digits of GB/T 2260.")
@click.option("--name", prompt=True, hide_input=True, help="Better typed when asked than given here.")
@click.option("--id-number", prompt=True, hide_input=True, help="Better typed when asked than given here.")
def register(region: str, name: str, id_number: str) -> None:
    """Take a person in; prints the volunteer's number."""
    try:
        volunteer = registering.register(name, id_number, region)
    except Refusal as no:
        raise Said(no) from None
    except ValidationError as wrong:
        raise click.ClickException("; ".join(str(each) for each in wrong.messages)) from None
    click.echo(volunteer.volunteer_no)


@volunteers_cli.command("index-names")
def index_names() -> None:
    """Make names from before migration 0024 searchable; again is fine."""
    done = 0
    while more := sealing.index_names():
        done += more
    click.echo(f"{done} names indexed")


@volunteers_cli.command("add-hours")
@click.argument("volunteer_no")
@click.argument("minutes", type=int)
@click.option("--activity", required=True)
@click.option("--on", "served_on", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--source", default="cli", help="Who confirmed them.")
def add_hours(volunteer_no: str, minutes: int, activity: str, served_on: datetime, source: str) -> None:
    """Add confirmed minutes (after `--`, negative ones put an earlier record right)."""
    volunteer = queries.by_no(volunteer_no)
    try:
        if volunteer is None:
            raise VolunteerUnknown
        hours.add(volunteer.id, activity=activity, served_on=served_on.date(), minutes=minutes, source=source)
    except Refusal as no:
        raise Said(no) from None
    click.echo(f"{queries.minutes(volunteer.id)} minutes in all")
