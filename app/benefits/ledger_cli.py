"""`flask ledger`: does all that benefits are worth add up?"""

from datetime import datetime

import click
from flask.cli import AppGroup

from app.benefits import balancing

ledger_cli = AppGroup("ledger", help="What benefits are worth: pool, citizen, merchant, settled, returned.")


@ledger_cli.command("check")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The statements of this day instead.")
def check(day: datetime | None) -> None:
    """Every entry against entitlements and redemptions, or a day's against its statements; fails where one differs."""
    found = balancing.check() if day is None else balancing.check_day(day.date())
    for account, fen in found.balances.items():
        click.echo(f"{account:9} {fen}")
    for each in found.wrong:
        click.echo(f"differs: {each}")
    click.echo(f"{found.entries} entries, {found.imbalance} imbalance, {len(found.wrong)} differences")
    raise SystemExit(1 if found.wrong else 0)
