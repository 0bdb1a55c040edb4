"""The command ``incidents-api import``."""

import atexit
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final
from urllib.parse import parse_qsl

import click
from marshmallow import ValidationError
from rich.progress import DownloadColumn, TransferSpeedColumn

from incidents_api.console import bar, db_option, open_store, read_settings
from incidents_api.importers import FORMATS
from incidents_api.importers.formats import Format
from incidents_api.importers.options import Options
from incidents_api.importers.report import Report, Summary
from incidents_api.importers.run import Import
from incidents_api.model.fields.times import day
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store

#: The exit status where the import ended and some rows were refused.
REFUSED: Final = 3


def _day(_: Any, __: Any, value: str | None) -> str | None:
    """Check that an option is a day."""
    try:
        return value if value is None else day(value)
    except ValidationError as fault:
        raise click.BadParameter(str(fault.messages[0])) from None


@click.command(
    "import",
    epilog="Formats: " + "; ".join(f"{one.name}, {one.title}" for one in FORMATS.values()) + ".",
)
@db_option
@click.argument("words", nargs=-1, required=True, metavar="[FORMAT] FILE...")
@click.option("--dry-run", is_flag=True, help="Only say what would become of every row.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to tell what became of every row: CSV where the name ends so, else JSON.",
)
@click.option("--release", help="The release of the data set, if the file's name does not tell it.")
@click.option("--published", callback=_day, help="The day on which it came out, YYYY-MM-DD.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of text files.")
@click.option(
    "--withdraw-missing",
    is_flag=True,
    help="Withdraw what the data set had here and the files do not have any more.",
)
@click.option(
    "--covers",
    help="What the files cover, as a query of the list of incidents (country=UKR&admin1=...): "
    "only there is anything missing.",
)
@click.option("--who", default="incidents-api import", help="On whose authority, for the history.")
@click.pass_context
def import_(
    context: click.Context,
    /,
    db: Path | None,
    words: tuple[str, ...],
    report_file: Path | None,
    covers: str | None,
    **given: Any,
) -> None:
    """Import data sets: every row is entered, or refused with the reason.

    Where there is no database yet, it is made.
    The same command again changes nothing; a later release changes what changed. What is
    interrupted is gone on with by the same command. Ends with status 3 where rows were refused.
    """
    formats, paths = _asked(words)
    options = Options(covers=None if covers is None else dict(parse_qsl(covers)), **given)
    store = _opened(db, dry_run=options.dry_run)
    size = 2 * sum(path.stat().st_size for path in paths)
    try:
        with (
            Report(report_file) as report,
            bar("Importing", size, DownloadColumn(), TransferSpeedColumn()) as progress,
        ):
            summary = Import(store, paths, formats, options, report, progress).run()
            report.close(summary)
    except Unreadable as fault:
        told = "; ".join(f"{name}: {words}" for name, (words, *_) in fault.faults.items())
        raise click.ClickException(f"--covers: {told}") from None
    except OSError as fault:
        raise click.ClickException(f"{fault.filename or report_file}: {fault.strerror}") from None
    finally:
        store.close()
    _tell(context, summary)


def _opened(db: Path | None, *, dry_run: bool) -> Store:
    """Open the database; make it where there is none, for a trial in a temporary place."""
    path = Path(read_settings(db=db)["db"])
    if path.exists():
        return open_store(db)
    if dry_run:
        path = Path(mkdtemp()) / path.name
        atexit.register(rmtree, path.parent, ignore_errors=True)
    store = Store.make(path)
    if not dry_run:
        click.echo(f"made {path}")
    return store


def _tell(context: click.Context, summary: Summary) -> None:
    for line in summary.lines():
        click.echo(line)
    if summary.rows["refused"]:
        context.exit(REFUSED)


def _asked(words: tuple[str, ...]) -> tuple[list[Format], list[Path]]:
    """Return the formats that the files may have, and the files."""
    first, files = words[0], words
    formats = list(FORMATS.values())
    if first in FORMATS and not Path(first).exists():
        formats, files = [FORMATS[first]], words[1:]
    if not files:
        raise click.UsageError(f"which file of {first}?")
    if missing := [name for name in files if not Path(name).is_file()]:
        known = ", ".join(FORMATS)
        raise click.UsageError(
            f"there is no file {missing[0]}, and it is none of the formats: {known}"
        )
    return formats, [Path(name) for name in files]
