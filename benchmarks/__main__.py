"""All benchmarks, one after the other, and which targets are met: ``make bench``.

Worlds, peers and tools are made in a folder of its own and stay there, so that a second run only
measures. What was found is written to ``benchmarks/results``.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from benchmarks import tools
from benchmarks.report import circumstances, show

RESULTS: Final = Path(__file__).parent / "results"
HEADINGS: Final = ("target", "figure", "", "what", "measured by")
#: How the lines of a table name what they hold.
WHAT: Final = ("question", "way", "writers")
FIGURE: Final = ("figure", "ratio of CPU", "ratio", "last to first")


class Run:
    """One run of all benchmarks.

    Args:
        folder: Where worlds, peers and tools are.
        output: Where what was found is written.

    """

    def __init__(self, folder: Path, output: Path) -> None:
        self.folder = folder
        self.output = output

    def do(self, module: str, *arguments: Any) -> None:
        """Run a benchmark of its own.

        Raises:
            click.ClickException: It did not end well.

        """
        command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
        click.secho(f"\n{' '.join(command[2:])}", bold=True)
        begun = time.monotonic()
        if subprocess.run(command, check=False).returncode:
            raise click.ClickException(f"benchmarks.{module} has failed")
        click.echo(f"took {time.monotonic() - begun:,.0f} s")

    def made(self, name: str, module: str, *arguments: Any) -> Path:
        """Return a database of this name, made by a module unless it is there."""
        path = self.folder / f"{name}.db"
        if not path.exists():
            making = path.with_suffix(".making")
            self.remove(making)
            self.do(module, *arguments, "--db", making)
            making.rename(path)
        return path

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a database with what goes with it."""
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)

    def served(self, base: Path) -> Path:
        """Return a copy of a world that may be written to, unless it is there."""
        path = self.folder / f"served-{base.name}"
        if not path.exists():
            making = path.with_suffix(".making")
            shutil.copyfile(base, making)
            making.rename(path)
        return path

    def large(self, base: Path, incidents: int, times: int) -> Path | None:
        """Return a world many times as large, if it is to be."""
        if times == 1:
            return None
        # Its ids are not those that a world made at once has, so it has no such name either.
        name = f"world-{incidents}-times-{times}"
        return self.made(name, "multiply", "--from", base, "--times", times)

    def alone(self, incidents: int, times: int) -> Path:
        """Return a world of incidents alone."""
        base = self.made(f"alone-{incidents}", "world", "--incidents", incidents, "--alone")
        if times == 1:
            return base
        name = f"alone-{incidents}-times-{times}"
        return self.made(name, "multiply", "--from", base, "--times", times)

    def grow(self, name: str, worlds: list[Path], rounds: int, seconds: float) -> None:
        """Measure how cost grows from the first of these worlds to the last."""
        if len(worlds) > 1:
            sizes = [word for path in worlds for word in ("--world", path)]
            place = ("--folder", self.folder, "--output", self.output / f"{name}.md")
            self.do("growth", *sizes, *place, "--rounds", rounds, "--seconds", seconds)

    def measure(self, base: Path, large: Path | None, rounds: int, seconds: float) -> None:
        """Run every benchmark on these worlds."""
        how = ("--rounds", rounds, "--seconds", seconds)
        world = self.served(base)
        worlds = [path for path in (world, large) if path]
        for path in worlds:
            place = ("--folder", self.folder, "--output", self.output)
            self.do("side_by_side", "--world", path, *place, *how)
        self.grow("growth", worlds, rounds, seconds)
        self._alone("beside_writes", "--db", world, "--folder", self.folder)
        self._alone("export", "--db", world, "--rounds", min(rounds, 3))
        small = self.made("world-10000", "world", "--incidents", 10_000)
        self._alone("write_path", "--db", small)
        self._alone("bulk", "--way", "executemany", "--rounds", rounds, "--incidents", 4_000)
        sums = self.folder / "sums.db"
        self._alone("aggregate", "--incidents", 1_000_000 if large else 100_000, "--db", sums)

    def _alone(self, module: str, *arguments: Any) -> None:
        self.do(module, *arguments, "--output", self.output / f"{module}.md")


def targets(folder: Path) -> Iterator[list[str]]:
    """Yield a line for each target in the results of a folder."""
    for path in sorted(folder.glob("*.json")):
        whole = json.loads(path.read_text(encoding="utf-8"))
        for headings, row in _lines(whole):
            told = headings.index("target")
            if row[told]:
                what = next(row[headings.index(name)] for name in WHAT if name in headings)
                figure = next(row[headings.index(name)] for name in FIGURE if name in headings)
                yield [row[told], figure, row[told + 1], what, path.stem]


def _lines(whole: dict[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    headings = whole.get("headings", ())
    if "target" in headings:
        yield from ((headings, row) for row in whole["rows"])


@click.command()
@click.option("--folder", default="build/bench", type=click.Path(path_type=Path))
@click.option("--output", default=RESULTS, type=click.Path(path_type=Path))
@click.option("--incidents", default=100_000, show_default=True, type=click.IntRange(5000, 100_000))
@click.option("--times", default=10, show_default=True, type=click.IntRange(1, 99))
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 99))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--lean", is_flag=True, help="Remove the largest world once it is measured.")
def main(
    folder: Path,
    output: Path,
    incidents: int,
    times: int,
    most: int,
    rounds: int,
    seconds: float,
    *,
    lean: bool,
) -> None:
    """Set everything up, run all benchmarks, and say which targets are met.

    The large world has --times as many --incidents as the first; that of incidents alone, which
    shows how cost grows, --most times as many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    output.mkdir(parents=True, exist_ok=True)
    tools.set_up(folder)
    run = Run(folder, output)
    alone = [run.alone(incidents, size) for size in sorted({1, times, most})]
    run.grow("growth-alone", alone, rounds, seconds)
    if lean and len(alone) > 1:
        run.remove(alone[-1])
    base = run.made(f"world-{incidents}", "world", "--incidents", incidents)
    large = run.large(base, incidents, times)
    run.measure(base, large, rounds, seconds)
    rows = sorted(targets(output), key=lambda row: (int(row[0].split()[0][1:]), row[4]))
    show(HEADINGS, rows, circumstances("targets and figures."), output / "targets.md")


if __name__ == "__main__":
    main()
