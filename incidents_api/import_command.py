"""The command ``incidents-api import``."""

import atexit
from collections import Counter
from collections.abc import Iterable
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
from incidents_api.importers.reading import is_encoding
from incidents_api.importers.report import Report, Summary
from incidents_api.importers.run import Import
from incidents_api.model.fields.times import day
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.store import Store

_STOPPED: Final = (
    "stopped; what has been imported is whole, and the same command goes on where this one ended"
)
#: The exit status where the import ended and some rows were refused.
REFUSED: Final = 3


def _day(_: Any, __: Any, value: str | None) -> str | None:
    """Check that an option is a day."""
    try:
        return value if value is None else day(value)
    except ValidationError as fault:
        raise click.BadParameter(str(fault.messages[0])) from None


def _encoding(_: Any, __: Any, value: str) -> str:
    """Check that an option is an encoding."""
    if is_encoding(value):
        return value
    words = "is no encoding in which a table can be read: utf-8, latin-1, cp1252 are some"
    raise click.BadParameter(f"{value} {words}")


def _covers(_: Any, __: Any, value: str | None) -> dict[str, str] | None:
    """Read an option that is a query."""
    if not value:
        return None if value is None else {}
    try:
        pairs = parse_qsl(value, strict_parsing=True, keep_blank_values=True)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no query, as country=UKR&admin1=Donetsk") from None
    if doubled := [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]:
        raise click.BadParameter(f"{', '.join(doubled)} is given twice")
    return dict(pairs)


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
@click.option(
    "--encoding",
    default="utf-8",
    show_default=True,
    callback=_encoding,
    help="Encoding of text files.",
)
@click.option(
    "--withdraw-missing",
    is_flag=True,
    help="Withdraw what the data set had here and the files do not have any more.",
)
@click.option(
    "--covers",
    callback=_covers,
    help="What the files cover, as a query of the list of incidents (country=UKR&from=2014-01-01): "
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
    **given: Any,
) -> None:
    """Import data sets: every row is entered, or refused with the reason.

    Where there is no database yet, it is made.
    The same command again changes nothing; a later release changes what changed. What is
    interrupted is gone on with by the same command. Ends with status 3 where rows were refused.
    """
    formats, paths = _asked(words)
    options = Options(**given)
    store = _opened(db, dry_run=options.dry_run)
    _keep_apart(report_file, (*paths, store.path))
    try:
        with Report(report_file) as report:
            summary = _imported(store, paths, formats, options, report)
            report.close(summary)
    except Unreadable as fault:
        told = "; ".join(f"{name}: {words}" for name, (words, *_) in fault.faults.items())
        raise click.ClickException(f"--covers: {told}") from None
    except OSError as fault:
        raise click.ClickException(f"{fault.filename or report_file}: {fault.strerror}") from None
    except KeyboardInterrupt:
        raise click.ClickException(_STOPPED) from None
    finally:
        store.close()
    _tell(context, summary)


def _imported(
    store: Store, paths: list[Path], formats: list[Format], options: Options, report: Report
) -> Summary:
    """Read the files to their ends, and then import them: what is refused whole writes nothing."""
    columns = (DownloadColumn(), TransferSpeedColumn())
    size = sum(path.stat().st_size for path in paths)
    with bar("Reading", size, *columns) as progress:
        importing = Import(store, paths, formats, options, report, progress)
    if not _is_there(store.path):
        Store.make(store.path).close()
        click.echo("" if options.dry_run else f"made {store.path}\n", nl=False)
    with bar("Importing", size, *columns) as progress:
        return importing.run(progress)


def _opened(db: Path | None, *, dry_run: bool) -> Store:
    """Open the database; where there is none, as one to be made: for a trial, elsewhere."""
    path = Path(read_settings(db=db)["db"])
    if _is_there(path):
        return open_store(db, mapped=False)
    if dry_run:
        path = Path(mkdtemp()) / path.name
        atexit.register(rmtree, path.parent, ignore_errors=True)
    return Store(path, mapped=False)


def _is_there(path: Path) -> bool:
    """Return whether there is a file; an empty one is what is left of a making that was ended."""
    return path.exists() and path.stat().st_size > 0


def _keep_apart(report_file: Path | None, others: Iterable[Path]) -> None:
    """Refuse a report in the place of a file that is read, which it would overwrite."""
    for path in others:
        if report_file and report_file.exists() and path.exists() and report_file.samefile(path):
            raise click.UsageError(f"--report: {report_file} is itself to be read")


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
