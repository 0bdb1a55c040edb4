"""The command ``incidents-api redact``."""

from pathlib import Path

import click

from incidents_api.console import db_option, open_store
from incidents_api.model.redacting import NotRedactable
from incidents_api.storage.erasing import erase
from incidents_api.storage.redaction import Done, redact_record
from incidents_api.storage.refusals import Refused


@click.command("redact", short_help="Take something out of a record, in all its versions.")
@db_option
@click.option("--who", default="incidents-api redact", help="On whose authority.")
@click.option(
    "--reason", required=True, help="For what reason. Everybody can read it: do not repeat it here."
)
@click.argument("resource")
@click.argument("name", metavar="ID")
@click.argument("members", metavar="MEMBER...", nargs=-1, required=True)
def redact(
    db: Path | None, who: str, reason: str, resource: str, name: str, members: tuple[str, ...]
) -> None:
    """Take something out of a record, in all its versions, for good.

    MEMBER is a member such as notes, or a value inside of one, such as sources.quote. It is taken
    out of the file too, which is written anew for that: it needs as much room again. Copies,
    backups and exports elsewhere still hold it.
    """
    store = open_store(db)
    try:
        done = redact_record(store, resource, name, members, who, reason)
    except (NotRedactable, Refused) as fault:
        raise click.ClickException(str(fault)) from None
    finally:
        store.close()
    _tell(done)
    if why := erase(store):
        raise click.ClickException(
            f"it is gone from every answer, but still in the bytes of the file, for {why}: run "
            "the same command again"
        )
    click.echo("erased from the file")


def _tell(done: Done) -> None:
    if done.seq is None:
        click.echo("there is nothing left to redact")
    else:
        click.echo(f"redacted in {done.versions} versions, by transaction {done.seq}")
    for place in done.elsewhere:
        click.echo(f"the same words stand in {place}", err=True)
