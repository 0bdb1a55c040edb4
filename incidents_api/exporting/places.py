"""Where exports are written: under another name until they are whole."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from incidents_api.exporting.refusals import NotExported


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give the place to write a file or a folder to; at the end of the block it is renamed.

    If the block fails, or the process ends before it, nothing is there under the final name that
    was not there before.

    Raises:
        NotExported: There is a folder with files in it, or no folder to write to.

    """
    path = path.resolve()
    if not path.parent.is_dir():
        raise NotExported(f"there is no folder {path.parent}")
    if path.is_dir() and any(path.iterdir()):
        raise NotExported(f"there are files in {path} already")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        _remove(partial)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
