"""`flask outbox`: see what is parked, send it again."""

import click
from flask.cli import AppGroup
from sqlalchemy import func, select, update

from app.kernel import clock
from app.kernel.db import session, transaction
from app.outbox.models import Message

outbox_cli = AppGroup("outbox", help="Messages owed to others.")


@outbox_cli.command("status")
def status() -> None:
    """Counts by topic and state."""
    rows = session().execute(select(Message.topic, Message.state, func.count())
                             .group_by(Message.topic, Message.state).order_by(Message.topic))
    for topic, state, count in rows:
        click.echo(f"{topic:28} {state:8} {count}")


@outbox_cli.command("parked")
def parked() -> None:
    """What is parked, oldest first: number, topic, attempts, why, since when."""
    rows = session().scalars(select(Message).where(Message.state == "parked").order_by(Message.id))
    for each in rows:
        since = clock.rfc3339(each.settled_at or each.created_at)
        click.echo(f"{each.id}  {each.topic}  tried {each.attempts}  {each.last_error}  since {since}")


@outbox_cli.command("replay")
@click.argument("message_id", type=int)
def replay(message_id: int) -> None:
    """Send a parked message again."""
    with transaction() as s:
        found = s.scalar(update(Message).where(Message.id == message_id, Message.state == "parked")
                         .values(state="pending", next_at=clock.now(), settled_at=None).returning(Message.id))
    click.echo("due again" if found else "no parked message has this number")
    raise SystemExit(0 if found else 1)
