"""What the benchmarks need and is no Python package: wrk, the shell of SQLite, SpatiaLite.

What is not installed is taken from Debian's packages into a folder of its own; nothing else of the
machine is changed.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

#: By command, the Debian packages with it and with what it needs.
PACKAGES: Final = {
    "wrk": ("wrk", "libluajit-5.1-2"),
    "sqlite3": ("sqlite3", "libsqlite3-0", "libreadline8", "libtinfo6"),
}
#: Runs a command with the libraries beside it.
WRAPPER: Final = """#!/bin/sh
here={here}
LD_LIBRARY_PATH=$(echo "$here"/usr/lib/*-linux-gnu "$here"/lib/*-linux-gnu | tr ' ' ':')
export LD_LIBRARY_PATH
exec "$here"/usr/bin/{name} "$@"
"""


def set_up(folder: Path) -> None:
    """See that every command is found; what is missing is put into the folder.

    Raises:
        click.ClickException: It is missing and cannot be had.

    """
    place = folder.resolve() / "tools"
    os.environ["PATH"] = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for name, packages in PACKAGES.items():
        if shutil.which(name) is None:
            _install(place, name, packages)


def _install(place: Path, name: str, packages: tuple[str, ...]) -> None:
    here = place / name
    _unpack(here, name, packages)
    wrapper = place / "bin" / name
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(WRAPPER.format(here=here, name=name))
    wrapper.chmod(0o755)


def libraries(folder: Path, package: str) -> str:
    """Take a library that is not installed, with all that it needs, into the folder.

    Args:
        folder: Where the benchmarks put what they need.
        package: The Debian package.

    Returns:
        Where its files are, as LD_LIBRARY_PATH takes it.

    Raises:
        click.ClickException: It cannot be had.

    """
    here = folder.resolve() / "tools" / package
    if not here.exists():
        making = here.with_name(f"{package}.making")
        shutil.rmtree(making, ignore_errors=True)
        _unpack(making, package, _lacking(package))
        making.rename(here)
    places = (*here.glob("usr/lib/*-linux-gnu"), *here.glob("lib/*-linux-gnu"))
    return ":".join(str(place) for place in places)


def _lacking(package: str) -> list[str]:
    """Return what would have to be installed for a package, itself included."""
    command = ["apt-get", "--simulate", "--no-install-recommends", "install", package]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [line.split()[1] for line in told.splitlines() if line.startswith("Inst ")] or [package]


def _unpack(here: Path, name: str, packages: Iterable[str]) -> None:
    """Unpack Debian packages into a folder, without installing them."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise click.ClickException(f"there is no {name} here: install it and repeat the command")
    here.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", *packages], cwd=here, check=True)
        for package in here.glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(here)], check=True)
    except subprocess.CalledProcessError as fault:
        words = f"{name} could not be taken from Debian's packages; install it"
        raise click.ClickException(words) from fault
