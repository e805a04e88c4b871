"""`flask staff …`: the first accounts, and the way back in when nobody can."""

import getpass
import uuid

import click
from flask.cli import AppGroup

from app.kernel.errors import Refusal
from app.kernel.settings import settings
from app.staff import granting, inviting, keeping, organising, queries, tries
from app.staff.errors import AccountUnknown
from app.staff.models import ROLES, Account

staff_cli = AppGroup("staff", help="Accounts of the console: invite, list, unlock, end sessions, grant roles.")
EVERY_ROLE = click.Choice(sorted(role for realm in ("operations", "league") for role in ROLES[realm]))


@staff_cli.command("invite")
@click.argument("login")
@click.argument("name")
@click.option("--realm", type=click.Choice(["operations", "league"]), default="operations")
@click.option("--organisation", type=click.UUID, help="Of the League's people.")
@click.option("--role", type=EVERY_ROLE, help="Granted at once: for the first ones, before there are two to decide.")
def invite(login: str, name: str, realm: str, organisation: uuid.UUID | None, role: str | None) -> None:
    """Make an account; prints the link, which works once, this once."""
    try:
        invited = inviting.invite(inviting.Newcomer(login, name, realm, organisation_id=organisation), actor=_me())
        if role:
            granting.grant(invited.account.id, role, actor=_me())
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail}") from None
    click.echo(_link(invited))


@staff_cli.command("again")
@click.argument("login")
def again(login: str) -> None:
    """A new link for an account: its password is set anew, its sessions end."""
    click.echo(_link(inviting.invite_again(_find(login).id, actor=_me())))


@staff_cli.command("list")
def show() -> None:
    """All accounts, one a line: login, state, realm, roles."""
    every = queries.every()
    held = queries.roles_of(every)
    for account in every:
        click.echo(f"{account.login}\t{account.state}\t{account.realm}\t{','.join(held[account.id])}")


@staff_cli.command("roles")
@click.argument("login")
@click.option("--grant", "role", type=EVERY_ROLE, help="Where nobody is left who could decide.")
def roles(login: str, role: str | None) -> None:
    """An account's roles; perhaps one more."""
    account = _find(login)
    if role:
        try:
            granting.grant(account.id, role, actor=_me())
        except Refusal as no:
            raise click.ClickException(f"{no.code}: {no.detail}") from None
    click.echo(" ".join(queries.roles(account.id)))


@staff_cli.command("unlock")
@click.argument("login", required=False)
@click.option("--address", help="A network address that was closed.")
def unlock(login: str | None, address: str | None) -> None:
    """Forget wrong tries of an account or an address."""
    if login:
        keeping.unlock(_find(login).id, actor=_me())
    if address:
        tries.forget("network", tries.network(address))
    click.echo("unlocked")


@staff_cli.command("reset-totp")
@click.argument("login")
def reset_totp(login: str) -> None:
    """Away with a lost second factor; a new one is set up at the next log-in."""
    keeping.reset_code(_find(login).id, actor=_me())
    click.echo("reset")


@staff_cli.command("end-sessions")
@click.argument("login")
def end_sessions(login: str) -> None:
    """Log an account out everywhere."""
    click.echo(f"{keeping.end_sessions(_find(login).id, actor=_me())} ended")


@staff_cli.command("add-organisation")
@click.argument("name")
@click.argument("region")
@click.option("--parent", type=click.UUID)
def add_organisation(name: str, region: str, parent: uuid.UUID | None) -> None:
    """A knot of the League's tree; prints its id."""
    try:
        click.echo(str(organising.add(name, region, parent).id))
    except Refusal as no:
        raise click.ClickException(f"{no.code}: {no.detail}") from None


def _find(login: str) -> Account:
    account = queries.by_login(login)
    if account is None:
        raise click.ClickException(f"{AccountUnknown.code}: {AccountUnknown.detail}")
    return account


def _me() -> str:
    return f"operator:{getpass.getuser()}"


def _link(invited: inviting.Invited) -> str:
    return f"{settings().PUBLIC_BASE_URL}/console/invitations/{invited.token}"
