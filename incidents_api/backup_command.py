"""The command ``incidents-api backup``."""

from pathlib import Path
from typing import Any

import click

from incidents_api.console import FILE, db_option, open_store, read_settings
from incidents_api.model import RESOURCES
from incidents_api.storage import backups
from incidents_api.storage.failures import Unusable
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Tables

_TARGET = click.Path(path_type=Path, dir_okay=False)


@click.group()
def backup() -> None:
    """Backups of the whole database, made while it is served: keep them private.

    They hold restricted records, the hashes of keys, and what was redacted after they were made.
    """


@backup.command("create")
@db_option
@click.argument("target", type=_TARGET)
def create(db: Path | None, target: Path) -> None:
    """Write a backup to TARGET, and what it holds to TARGET.json; it is verified first."""
    store = open_store(db, mapped=False)
    try:
        _tell(backups.make(store, target))
    finally:
        store.close()


@backup.command("verify")
@click.argument("file", metavar="BACKUP", type=FILE)
def verify(file: Path) -> None:
    """Verify BACKUP by what stands beside it in BACKUP.json."""
    _tell(backups.verify(file, Tables(RESOURCES)))


@backup.command("restore")
@db_option
@click.argument("file", metavar="BACKUP", type=FILE)
def restore(db: Path | None, file: Path) -> None:
    """Make a database of BACKUP where there is none, and verify it."""
    target = Path(read_settings(db=db)["db"])
    _tell(backups.restore(file, target, Tables(RESOURCES)))
    try:
        Store(target).check()
    except Unusable as fault:
        click.echo(f"restored as it was; {fault}", err=True)


def _tell(made: backups.Backup) -> None:
    told: dict[str, Any] = {**made.whole.rows, "transaction": made.whole.seq}
    told["digest"] = made.whole.digest
    for name, value in told.items():
        click.echo(f"{name}\t{value}")
