"""The command ``incidents-api``."""

import sys
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from incidents_api import (
    backup_command,
    bundle,
    export_command,
    import_command,
    keys_command,
    published_files,
    redact_command,
    server,
)
from incidents_api.console import FILE, Group, bar, db_option, open_store, option, read_settings
from incidents_api.model import RESOURCES
from incidents_api.storage import consistency, embargoes, migrations, releases
from incidents_api.storage.applying import apply
from incidents_api.storage.connections import check_file, open_writer
from incidents_api.storage.deep_checks import deep_faults
from incidents_api.storage.edits import Done, Edit, NotDone
from incidents_api.storage.store import Store
from incidents_api.storage.whole import whole


@click.group(cls=Group)
@click.version_option(package_name="incidents-api")
def main() -> None:
    """A knowledge base of armed-conflict incidents that keeps every claim."""


@main.command()
@db_option
def init(db: Path | None) -> None:
    """Make a new, empty database."""
    path = Path(read_settings(db=db)["db"])
    Store.make(path).close()
    click.echo(f"made {path}")


@main.command()
@db_option
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--who", default="incidents-api load", help="On whose authority, for the history.")
@click.option("--reason", help="For what reason, for the history.")
def load(db: Path | None, files: tuple[Path, ...], who: str, reason: str | None) -> None:
    """Load bundles: all of them in one transaction, or nothing."""
    _load(open_store(db), files, who, reason)


def _load(store: Store, files: tuple[Path, ...], who: str, reason: str | None) -> None:
    size = 2 * sum(path.stat().st_size for path in files)
    with bar("Loading", size) as progress:
        counts = bundle.load(store, files, who=who, why=reason, progress=progress)
    store.close()
    told = (f"{counts[name]} {name}" for name in ("created", "updated", "unchanged"))
    click.echo(", ".join(told))


@main.command()
@db_option
@option("bind")
@option("workers", type=click.IntRange(1, 64))
@click.option("--sample", is_flag=True, help="Fill a fresh file with the sample knowledge base.")
def serve(db: Path | None, bind: str | None, workers: int | None, sample: bool) -> None:
    """Serve a database over HTTP."""
    settings = read_settings(db=db, bind=bind, workers=workers)
    path = Path(settings["db"])
    if sample and not path.exists():
        _load(Store.make(path), (bundle.sample(),), "incidents-api serve --sample", None)
    server.serve(settings, _greeting(settings["bind"]) if sys.stdout.isatty() else "")


def _greeting(bind: str) -> str:
    home = f"http://{bind}/v1"
    return "\n".join(
        (
            f"Serving on http://{bind}/ (stop with Ctrl-C). Try:",
            f"  {home}/incidents",
            f"  {home}/figures?measure=killed&include=claimant",
            f"  {home}/docs/",
        )
    )


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Only say whether they are up to date.")
@click.option(
    "--top", type=click.Path(path_type=Path, file_okay=False), default=".", help="Where to."
)
def generate(top: Path, only_check: bool) -> None:
    """Write openapi.yaml and schema/ from the declarations."""
    if only_check:
        stale = published_files.differences(RESOURCES, top)
        if stale:
            raise click.ClickException(
                f"out of date, run incidents-api generate: {', '.join(stale)}"
            )
        return
    for path in published_files.generate(RESOURCES, top):
        click.echo(path)


@main.command()
@db_option
def migrate(db: Path | None) -> None:
    """Bring a database to the shape of this release."""
    path = Path(read_settings(db=db)["db"])
    check_file(path)
    store = Store(path)
    connection = open_writer(path)
    try:
        with bar("Rendering", store.records()) as progress:
            shape = migrations.migrate(connection, store.tables, store.renderers, progress)
    finally:
        connection.close()
    click.echo(f"added {', '.join(shape.missing)}" if shape.missing else "up to date")


@main.command()
@db_option
@click.option("--deep", is_flag=True, help="Look into search, map and histories; print a digest.")
def check(db: Path | None, deep: bool) -> None:
    """Check that documents, indexes, history and numbers are in step."""
    store = open_store(db)
    with bar("Checking", store.records()) as progress:
        found = list(consistency.faults(store, progress))
    found += deep_faults(store) if deep else []
    for words in found:
        click.echo(words, err=True)
    if found:
        raise click.ClickException(f"{len(found)} found out of step")
    click.echo("in step")
    if deep:
        with store.reading(limited=False) as connection:
            held = whole(connection, store.tables)
        click.echo(f"transaction\t{held.seq}\ndigest\t{held.digest}")


def _who_and_why(command: Any) -> Any:
    """Add the options that say on whose authority and for what reason something is edited."""
    who = click.option("--who", default="incidents-api", help="On whose authority.")
    why = click.option("--reason", help="For what reason, for the history.")
    return who(why(command))


def _edit(db: Path | None, edit: Edit, who: str, reason: str | None) -> Done:
    """Do one edit, whatever number of links it moves."""
    store = open_store(db)
    if edit.resource not in store.registry:
        known = ", ".join(store.registry.records)
        raise click.ClickException(f"there is no resource {edit.resource!r}, only {known}")
    try:
        _, (done,) = apply(store, [edit], who, reason, most_moved=None)
    except NotDone as fault:
        raise click.ClickException(str(fault)) from None
    store.close()
    return done


@main.command()
@db_option
@_who_and_why
@click.argument("resource")
@click.argument("loser")
@click.argument("survivor")
def merge(
    db: Path | None, who: str, reason: str | None, resource: str, loser: str, survivor: str
) -> None:
    """Merge a record into another of the same resource, to which all its links move."""
    edit = Edit("merge", resource, loser, match="*", into=survivor)
    done = _edit(db, edit, who, reason)
    click.echo(f"{len(done.moved)} moved, {len(done.withdrawn)} withdrawn")


@main.command()
@db_option
@_who_and_why
@click.argument("resource")
@click.argument("name", metavar="ID")
def restore(db: Path | None, who: str, reason: str | None, resource: str, name: str) -> None:
    """Restore a record that was withdrawn or merged; of a merged one, its links move back."""
    done = _edit(db, Edit("restore", resource, name, match="*"), who, reason)
    click.echo(f"{len(done.moved)} moved back")


@main.command("publish-due")
@db_option
@click.option("--who", default="incidents-api publish-due", help="On whose authority.")
@click.option("--reason", help="For what reason, for the history; that the embargo has ended.")
@click.option("--now", help="The time that counts as now, in UTC: a day or an instant.")
def publish_due(db: Path | None, who: str, reason: str | None, now: str | None) -> None:
    """Make the embargoed records public whose publish_at has come."""
    store = open_store(db)
    try:
        counts = embargoes.publish_due(store, who, reason, now)
    except ValidationError as fault:
        raise click.ClickException(f"--now {fault.messages[0]}") from None
    finally:
        store.close()
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    click.echo(f"made public: {told or 'nothing'}")


@main.group("releases")
def releases_() -> None:
    """Releases: names for states, which can be read and compared for ever."""


@releases_.command("create")
@db_option
@click.argument("name")
@click.option("--notes", help="What is to be said about it.")
@click.option("--who", default="incidents-api releases create", help="On whose authority.")
def create_release(db: Path | None, name: str, notes: str | None, who: str) -> None:
    """Name the present state, and print how to cite it."""
    store = open_store(db)
    try:
        made = releases.create(store, name, who, notes)
    except ValidationError as fault:
        raise click.ClickException(f"the name {fault.messages[0]}") from None
    except releases.Taken:
        raise click.ClickException(f"there is a release {name} already") from None
    finally:
        store.close()
    click.echo(made.citation)


@releases_.command("list")
@db_option
def list_releases(db: Path | None) -> None:
    """List the releases, the newest state first: name, transaction, time, records, digest."""
    store = open_store(db)
    with store.reading(limited=False) as connection:
        _, found = releases.listed(connection, releases.ALL)
    store.close()
    for one in found:
        told = [one.name, one.seq, one.created_at, sum(one.counts.values()), one.digest]
        told += [f"{one.redacted} redacted"] if one.redacted else []
        click.echo("\t".join(map(str, told)))


main.add_command(keys_command.keys)
main.add_command(keys_command.audit_)
main.add_command(backup_command.backup)
main.add_command(import_command.import_)
main.add_command(export_command.export)
main.add_command(redact_command.redact)


if __name__ == "__main__":
    main()
