"""The command ``incidents-api``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from incidents_api import bundle, config, published_files, server
from incidents_api.config import SETTINGS
from incidents_api.model import RESOURCES
from incidents_api.storage import access, consistency, migrations, releases
from incidents_api.storage.applying import apply
from incidents_api.storage.connections import Unusable, check_file, open_writer
from incidents_api.storage.edits import Done, Edit, NotDone
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store

_WORDS = {setting.name: setting.words for setting in SETTINGS}


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _option(name: str, **more: Any) -> Any:
    """Return an option that falls back on its setting."""
    return click.option(f"--{name}", help=_WORDS[name], **more)


db_option = _option("db", type=click.Path(path_type=Path, dir_okay=False))


class Group(click.Group):
    """Says what is wrong in one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (Unusable, config.WrongSetting, bundle.Faulty, access.WrongOwner) as fault:
            raise click.ClickException(str(fault)) from None


@click.group(cls=Group)
@click.version_option(package_name="incidents-api")
def main() -> None:
    """A knowledge base of armed-conflict incidents that keeps every claim."""


def _settings(**given: Any) -> dict[str, Any]:
    return config.read() | {
        name: str(value) if isinstance(value, Path) else value
        for name, value in given.items()
        if value is not None
    }


def _open(db: Path | None) -> Store:
    store = Store(Path(_settings(db=db)["db"]))
    store.check()
    return store


@contextmanager
def _bar(words: str, total: int) -> Iterator[Any]:
    """Show progress on a terminal; nothing anywhere else."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.advance(task, done)


@main.command()
@db_option
def init(db: Path | None) -> None:
    """Make a new, empty database."""
    path = Path(_settings(db=db)["db"])
    Store.make(path).close()
    click.echo(f"made {path}")


@main.command()
@db_option
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--who", default="incidents-api load", help="On whose authority, for the history.")
@click.option("--reason", help="For what reason, for the history.")
def load(db: Path | None, files: tuple[Path, ...], who: str, reason: str | None) -> None:
    """Load bundles: all of them in one transaction, or nothing."""
    _load(_open(db), files, who, reason)


def _load(store: Store, files: tuple[Path, ...], who: str, reason: str | None) -> None:
    size = 2 * sum(path.stat().st_size for path in files)
    with _bar("Loading", size) as progress:
        counts = bundle.load(store, files, who=who, why=reason, progress=progress)
    store.close()
    told = (f"{counts[name]} {name}" for name in ("created", "updated", "unchanged"))
    click.echo(", ".join(told))


@main.command()
@db_option
@_option("bind")
@_option("workers", type=click.IntRange(1, 64))
@click.option("--sample", is_flag=True, help="Fill a fresh file with the sample knowledge base.")
def serve(db: Path | None, bind: str | None, workers: int | None, sample: bool) -> None:
    """Serve a database over HTTP."""
    settings = _settings(db=db, bind=bind, workers=workers)
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
@db_option
@click.option("--output", type=click.File("wb"), default="-", help="Where to write to.")
@click.option("--known-at", help="As it stood: a transaction's number, a past time, a release.")
def export(db: Path | None, output: Any, known_at: str | None) -> None:
    """Write the whole knowledge base as a bundle."""
    store = _open(db)
    try:
        with _bar("Exporting", store.records()) as progress:
            for line in bundle.export(store, known_at):
                output.write(line)
                progress(1)
    except Unreadable as fault:
        raise click.ClickException(f"--known-at: {fault.faults['known_at'][0]}") from None


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
    path = Path(_settings(db=db)["db"])
    check_file(path)
    store = Store(path)
    connection = open_writer(path)
    try:
        with _bar("Rendering", store.records()) as progress:
            shape = migrations.migrate(connection, store.tables, store.renderers, progress)
    finally:
        connection.close()
    click.echo(f"added {', '.join(shape.missing)}" if shape.missing else "up to date")


@main.command()
@db_option
def check(db: Path | None) -> None:
    """Check that documents, indexes, history and numbers are in step."""
    store = _open(db)
    with _bar("Checking", store.records()) as progress:
        found = list(consistency.faults(store, progress))
    for words in found:
        click.echo(words, err=True)
    if found:
        raise click.ClickException(f"{len(found)} found out of step")
    click.echo("in step")


def _who_and_why(command: Any) -> Any:
    """Add the options that say on whose authority and for what reason something is edited."""
    who = click.option("--who", default="incidents-api", help="On whose authority.")
    why = click.option("--reason", help="For what reason, for the history.")
    return who(why(command))


def _edit(db: Path | None, edit: Edit, who: str, reason: str | None) -> Done:
    """Do one edit, whatever number of links it moves."""
    store = _open(db)
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


@main.group()
def keys() -> None:
    """Keys, with which others may write over HTTP."""


@keys.command("create")
@db_option
@click.option(
    "--scope",
    type=click.Choice(access.SCOPES),
    required=True,
    help="What it may do; each scope includes those before it.",
)
@click.option("--owner", required=True, help="Whose it is. Everybody sees it, as who in /history.")
def create_key(db: Path | None, scope: str, owner: str) -> None:
    """Make a key and print it, this once."""
    store = _open(db)
    key, text = access.create(store, owner, scope)
    store.close()
    click.echo(text)
    click.echo(
        f"Keep it: only a hash of it is stored, and it is not shown again. What is written with "
        f"it stands in the public history as by {key.owner}.",
        err=True,
    )


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
    store = _open(db)
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
    store = _open(db)
    with store.reading(limited=False) as connection:
        _, found = releases.listed(connection, releases.ALL)
    store.close()
    for one in found:
        told = (one.name, one.seq, one.created_at, sum(one.counts.values()), one.digest)
        click.echo("\t".join(map(str, told)))


if __name__ == "__main__":
    main()
