"""Installing what a peer needs, at pinned versions, once, in a folder of its own."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

#: The programs of the peers, and what each needs.
PROGRAMS: Final = Path(__file__).parent / "programs"
_STAMP: Final = "installed.txt"


def environment(place: Path, requirements: Path, interpreter: str = sys.executable) -> None:
    """Make a virtual environment of what a file pins, unless it is there.

    Args:
        place: Where.
        requirements: Every package with its exact version, for pip.
        interpreter: Of which Python.

    """
    python = str(place / "bin" / "python")
    # By our own pip: a Python of Debian may have none to put there.
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    make = [interpreter, "-m", "venv", "--without-pip", str(place)]
    _once(place, requirements, [make, [*pip, *quiet, "-r", str(requirements)]])


def modules(place: Path, programs: Path) -> None:
    """Install the modules of Node.js that a lock file pins, unless they are there.

    Args:
        place: Where.
        programs: The folder with ``package.json`` and ``package-lock.json``.

    """
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(programs / name, place / name)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    install = ["npm", "ci", "--prefix", str(place), *quiet]
    _once(place / "node_modules", programs / "package-lock.json", [install])


def _once(place: Path, pinned: Path, commands: Sequence[Sequence[str]]) -> None:
    """Run commands that fill a folder; if they were run for the same pinned file, leave it."""
    stamp = place / _STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pinned.read_text(encoding="utf-8"):
        return
    shutil.rmtree(place, ignore_errors=True)
    for command in commands:
        run(command)
    shutil.copy(pinned, stamp)


def run(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it prints.

    Args:
        command: The command.
        variables: Its environment, if it is not ours.

    Raises:
        RuntimeError: It failed; with what it said.

    """
    done = subprocess.run(list(command), env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def version(requirements: Path, package: str) -> str:
    """Return the version at which a requirements file pins a package.

    Raises:
        KeyError: It does not.

    """
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)[package]
