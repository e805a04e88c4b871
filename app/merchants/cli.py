"""`flask merchants …`: what an operator does until there is a console."""

from datetime import timedelta
from pathlib import Path

import click
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.errors import Refusal
from app.merchants import enrolling, keeping_keys, queries, rotating, signing
from app.merchants.errors import KeyUnknown, MerchantUnknown
from app.merchants.models import Merchant

SUITES = {"rsa": signing.RSA, "sm2": signing.SM2}
merchants_cli = AppGroup("merchants", help="Merchants and public bodies: enrol, keys, stores.")


class Said(click.ClickException):
    """A refusal in words, for a terminal."""

    def __init__(self, no: Refusal) -> None:
        told = ", ".join(f"{name}={value}" for name, value in no.extra.items())
        super().__init__(f"{no.code}: {no.detail}" + (f" ({told})" if told else ""))


@merchants_cli.command("enrol")
@click.argument("name")
@click.argument("uscc")
@click.option("--kind", type=click.Choice(["merchant", "public_body"]), default="merchant")
@click.option("--mchid", help="8 to 10 digits; made where none is given.")
@click.option("--appid", help="Made where none is given.")
@click.option("--suite", type=click.Choice(list(SUITES)), default="rsa")
@click.option("--let-through", help="Why a USCC that fails its check is taken all the same.")
def enrol(name: str, uscc: str, *, let_through: str | None, suite: str, **told: str | None) -> None:
    """Take a merchant in; prints its numbers and, this once, its APIv3 key."""
    new = enrolling.NewMerchant(name, uscc, str(told["kind"]), told["mchid"], told["appid"], SUITES[suite])
    try:
        merchant = enrolling.enrol(new, let_through=let_through)
    except Refusal as no:
        raise Said(no) from None
    click.echo(f"mchid {merchant.mchid}\nappid {merchant.appid}\n"
               f"apiv3_key {enrolling.apiv3_key(merchant)}")


@merchants_cli.command("list")
def show() -> None:
    """All merchants, one a line."""
    for merchant in queries.every():
        click.echo(f"{merchant.mchid}\t{merchant.state}\t{merchant.kind}\t{merchant.uscc}\t{merchant.name}")


@merchants_cli.command("add-key")
@click.argument("mchid")
@click.argument("pem", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--serial-no", help="Needed for a bare public key; a certificate has its own.")
def add_key(mchid: str, pem: Path, serial_no: str | None) -> None:
    """Register a public key or certificate."""
    try:
        key = keeping_keys.add(_find(mchid).id, pem.read_text("utf-8"), serial_no)
    except Refusal as no:
        raise Said(no) from None
    click.echo(f"serial_no {key.serial_no}")


@merchants_cli.command("revoke-key")
@click.argument("mchid")
@click.argument("serial_no")
def revoke_key(mchid: str, serial_no: str) -> None:
    """Take a key away, at once."""
    try:
        keeping_keys.revoke(_find(mchid).id, serial_no)
    except Refusal as no:
        raise Said(no) from None
    click.echo("revoked")


@merchants_cli.command("keys")
@click.argument("mchid")
def show_keys(mchid: str) -> None:
    """A merchant's keys, the old ones too."""
    for key in queries.keys(_find(mchid).id):
        until = f"revoked {clock.rfc3339(key.revoked_at)} by {key.revoked_by}" if key.revoked_at else "live"
        click.echo(f"{key.serial_no}\t{clock.rfc3339(key.created_at)}\t{key.created_by}\t{until}")


@merchants_cli.command("set-suite")
@click.argument("mchid")
@click.argument("suite", type=click.Choice(list(SUITES)))
def set_suite(mchid: str, suite: str) -> None:
    """Sign by RSA or by SM2 from now on, both ways; the keys of the other suite are revoked."""
    click.echo(keeping_keys.set_suite(_find(mchid).id, SUITES[suite]).suite)


@merchants_cli.command("answer-by")
@click.argument("mchid")
@click.argument("way", type=click.Choice([signing.PUBLIC_KEY, signing.CERTIFICATE]))
def answer_by(mchid: str, way: str) -> None:
    """How our key is named to a merchant that doesn't say which one it has."""
    keeping_keys.answer_by(_find(mchid).id, way)
    click.echo(way)


@merchants_cli.command("own-keys")
def show_own_keys() -> None:
    """Our own keys that merchants are shown, newest first; * signs now."""
    for purpose in rotating.PURPOSES:
        for key in rotating.served(purpose):
            now = "*" if key == rotating.current(purpose) else " "
            click.echo(f"{now} {purpose}\t{key.kid}\t{key.serial or '-'}\tfrom {clock.rfc3339(key.signs_from)}")


@merchants_cli.command("rotate-own-key")
@click.argument("purpose", type=click.Choice(list(rotating.PURPOSES)))
@click.option("--lead-hours", type=click.IntRange(0, 8760), default=24,
              help="It is shown at once and signs after this, so that merchants have it by then.")
def rotate_own_key(purpose: str, lead_hours: int) -> None:
    """Make the next key for answers (RSA or SM2) or offline proofs; nothing stops, nothing is restarted."""
    key = rotating.rotate(purpose, timedelta(hours=lead_hours), "operator")
    click.echo(f"{key.kid} signs from {clock.rfc3339(key.signs_from)}\n{key.public_pem()}", nl=False)


@merchants_cli.command("withdraw-own-key")
@click.argument("kid")
def withdraw_own_key(kid: str) -> None:
    """Use and show a key no more, at once: it leaked."""
    try:
        rotating.withdraw(kid, "operator")
    except Refusal as no:
        raise Said(no) from None
    click.echo("withdrawn")


@merchants_cli.command("own-public-key")
@click.argument("kid")
@click.option("--certificate", is_flag=True, help="Its certificate in place of the bare key.")
def own_public_key(kid: str, certificate: bool) -> None:
    """The public half of a key of ours as PEM, for merchants."""
    for key in (key for purpose in rotating.PURPOSES for key in rotating.served(purpose)):
        if key.kid == kid:
            click.echo((certificate and key.certificate) or key.public_pem(), nl=False)
            return
    raise Said(KeyUnknown())


@merchants_cli.command("add-store")
@click.argument("mchid")
@click.argument("code")
@click.argument("name")
@click.argument("region")
@click.argument("address")
def add_store(mchid: str, code: str, name: str, region: str, address: str) -> None:
    """Add a place of the merchant; REGION is six digits of GB/T 2260."""
    try:
        store = enrolling.add_store(_find(mchid).id, code, name, region, address)
    except Refusal as no:
        raise Said(no) from None
    click.echo(f"store {store.code}")


@merchants_cli.command("pause")
@click.argument("mchid")
@click.option("--end", is_flag=True, help="Let it work again.")
def pause(mchid: str, end: bool) -> None:
    """Refuse its requests from now on."""
    try:
        merchant = enrolling.resume(mchid) if end else enrolling.pause(mchid)
    except Refusal as no:
        raise Said(no) from None
    click.echo(merchant.state)


def _find(mchid: str) -> Merchant:
    merchant = queries.by_mchid(mchid)
    if merchant is None:
        raise MerchantUnknown
    return merchant
