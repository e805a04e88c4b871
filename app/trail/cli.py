"""`flask trail`: seal, show the head to keep elsewhere, go over everything."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.trail import queries, sealing, verifying

trail_cli = AppGroup("trail", help="The tamper-evident trail.")


@trail_cli.command("seal")
def seal() -> None:
    """Put waiting entries into a block now."""
    click.echo(f"sealed {sealing.seal_pending()}")


@trail_cli.command("head")
def head() -> None:
    """Print the newest block as <no>:<digest>; keep it out of this machine's reach."""
    newest = queries.head()
    if newest:
        click.echo(f"{newest.no}:{newest.digest.hex()}")


@trail_cli.command("verify")
@click.option("--head", "kept", help="A head that was kept: <no>:<digest>.")
@click.option("--head-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A file that holds a kept head.")
def verify(kept: str | None, head_file: Path | None) -> None:
    """Go over the whole trail; ends with 1 where anything is wrong."""
    if head_file is not None:
        kept = head_file.read_text("utf-8").strip()
    report = verifying.verify_all(kept)
    for finding in report.findings:
        click.echo(str(finding))
    click.echo(f"{report.blocks} blocks, {report.entries} entries, {report.waiting} waiting, "
               f"{len(report.findings)} findings, head {report.head or '-'}")
    raise SystemExit(0 if report.whole else 1)
