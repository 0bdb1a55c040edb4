"""What all commands share: settings as options, opening a database, progress, errors in a line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from incidents_api import bundle, config
from incidents_api.config import SETTINGS
from incidents_api.exporting.refusals import NotExported
from incidents_api.importers.reading import Unfit
from incidents_api.storage import access
from incidents_api.storage.failures import Busy, NoRoom, Unusable, failure
from incidents_api.storage.store import Store

_WORDS = {setting.name: setting.words for setting in SETTINGS}


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def option(name: str, **more: Any) -> Any:
    """Return an option that falls back on its setting."""
    return click.option(f"--{name}", help=_WORDS[name], **more)


db_option = option("db", type=click.Path(path_type=Path, dir_okay=False))


#: Faults that a command tells in a line; what they say is for people.
FAULTS = (
    *(Unusable, NoRoom, Busy, Unfit),
    *(config.WrongSetting, bundle.Faulty, NotExported),
    *(access.WrongOwner, access.NoSuchKey),
)


class Group(click.Group):
    """Says what is wrong in one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except FAULTS as fault:
            raise click.ClickException(str(fault)) from None
        except Exception as fault:
            if told := failure(fault):
                raise click.ClickException(str(told)) from None
            raise


def read_settings(**given: Any) -> dict[str, Any]:
    """Return all settings, those given before the environment's."""
    return config.read() | {
        name: str(value) if isinstance(value, Path) else value
        for name, value in given.items()
        if value is not None
    }


def open_store(db: Path | None, *, mapped: bool = True) -> Store:
    """Open the knowledge base.

    Args:
        db: The file, if it is given.
        mapped: Whether it is mapped into memory to be read.

    Raises:
        Unusable: The file cannot be used.

    """
    store = Store(Path(read_settings(db=db)["db"]), mapped=mapped)
    store.check()
    return store


@contextmanager
def bar(words: str, total: int, *more: ProgressColumn) -> Iterator[Any]:
    """Show progress on a terminal; nothing anywhere else.

    Args:
        words: What is going on.
        total: How many steps there will be.
        more: What else to show, such as how fast it goes.

    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), *more, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.advance(task, done)
