"""`flask merchants …`: what an operator does until there is a console."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.kernel.errors import Refusal
from app.merchants import enrolling, keeping_keys, queries
from app.merchants.errors import MerchantUnknown
from app.merchants.models import Merchant

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
@click.option("--let-through", help="Why a USCC that fails its check is taken all the same.")
def enrol(name: str, uscc: str, kind: str, mchid: str | None, appid: str | None,
          let_through: str | None) -> None:
    """Take a merchant in; prints its numbers and, this once, its APIv3 key."""
    try:
        merchant = enrolling.enrol(enrolling.NewMerchant(name, uscc, kind, mchid, appid),
                                   let_through=let_through)
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
