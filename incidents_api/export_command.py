"""The command ``incidents-api export``."""

import sys
from math import inf
from pathlib import Path
from typing import Any

import click

from incidents_api.console import bar, db_option, read_settings
from incidents_api.exporting.formats import EXPORTS
from incidents_api.exporting.job import Job
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store

_FORMATS = ", ".join(f"{made.name} ({made.words.rstrip('.')})" for made in EXPORTS.values())


@click.command(
    "export", short_help="Write the knowledge base, or what a query chooses, in a usual format."
)
@db_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(tuple(EXPORTS)),
    default="bundle",
    show_default=True,
    help=f"{_FORMATS}.",
)
@click.option("--resource", help="Of which resource, where a format holds one; else incidents.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    default="-",
    help="The file; of parquet without --resource the folder. It is there once it is whole.",
)
@click.option("--known-at", help="As it stood: a transaction's number, a past time, a release.")
@click.option("--restricted", is_flag=True, help="Restricted records too.")
@click.argument("query", default="")
def export(db: Path | None, format_: str, output: Path, **asked: Any) -> None:
    """Write the knowledge base, or what a QUERY chooses of it, in a usual format.

    QUERY is what would stand behind the question mark of a list's address, such as
    'country=SYR&from=2022-01-01'. Where a file holds all resources it chooses incidents, and what
    belongs to them is exported with them. A bundle without QUERY is a copy of the whole base,
    restricted records too; everything else is what is public.
    """
    store = Store(Path(read_settings(db=db)["db"]), read_seconds=inf)
    store.check()
    try:
        job = Job(store, format_, **asked)
        with bar("Exporting", job.total) as progress:
            to = sys.stdout.buffer if str(output) == "-" else output
            job.write(to, progress)
        if left := job.left_out():
            click.echo(
                f"{left} restricted records left out; --restricted exports them too", err=True
            )
    except Unreadable as fault:
        words = (f"{name}: {told}" for name, found in fault.faults.items() for told in found)
        raise click.ClickException("; ".join(words)) from None
