"""The budget of the read path: what each read may cost beside the view of constant bytes.

``python -m benchmarks.budget`` measures every read in process and compares it with
``budget.toml``; it ends with 1 if a read costs more. Two things are compared, neither of them a
time:

- **calls**: how many functions, of Python and of C, a request enters beyond the constant's. Always
  the same, so there is little room: work for each row of a page is found at once.
- **ratio**: the processor time of a request divided by the constant's. The two are made in turn,
  one by one, so that whatever else the machine does falls on both; of each counts what the quickest
  tenth stays below. What is over is measured again, a few times, before it is believed.
"""

import gc
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles
from typing import Final, NamedTuple

import click

from benchmarks.in_process import CONSTANT, READS, Call, reads
from benchmarks.report import circumstances, met, show

FILE: Final = Path(__file__).with_name("budget.toml")
HEADINGS: Final = ("read", "ratio", "at most", "", "calls", "at most", "")
#: So much processor time one measuring of a ratio takes, the constant's included.
SECONDS: Final = 0.4
#: What is over is measured so many times in all.
ATTEMPTS: Final = 4


class Cost(NamedTuple):
    """What a read costs, or may cost.

    Attributes:
        ratio: Its processor time divided by the constant's.
        calls: How many functions it enters beyond the constant's.

    """

    ratio: float
    calls: int


def entered(call: Call) -> int:
    """Return how many functions, of Python and of C, a request enters; the least of three."""
    return min(_entered(call) for _ in range(3))


def _entered(call: Call) -> int:
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    # What a collection calls belongs to whatever left the garbage.
    gc.disable()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def ratio(call: Call, constant: Call, seconds: float = SECONDS) -> float:
    """Return the processor time of a request divided by the constant's.

    Args:
        call: Makes the request.
        constant: Makes the one to compare with.
        seconds: So much processor time is spent on both.

    """
    here, there = [], []
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        here.append(_spent(call))
        there.append(_spent(constant))
    return _undisturbed(here) / _undisturbed(there)


def _spent(call: Call) -> int:
    """Return the nanoseconds of processor time of a request."""
    begun = time.thread_time_ns()
    call()
    return time.thread_time_ns() - begun


def _undisturbed(times: list[int]) -> float:
    """Return what a request takes where little is in its way: a tenth took less."""
    return quantiles(times, n=10)[0]


def budget(file: Path = FILE) -> dict[str, Cost]:
    """Return what each read may cost."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))["reads"]
    return {name: Cost(one["ratio"]["most"], one["calls"]["most"]) for name, one in told.items()}


def cost(call: Call, constant: Call, most: Cost) -> Cost:
    """Measure a read: its calls once, its time again as long as it is over what it may be."""
    calls = entered(call) - entered(constant)
    least = ratio(call, constant)
    for _ in range(ATTEMPTS - 1):
        if least <= most.ratio:
            break
        least = min(least, ratio(call, constant))
    return Cost(least, calls)


def costs(most: Mapping[str, Cost]) -> dict[str, Cost]:
    """Measure every read that has a budget.

    Raises:
        ValueError: A read has none, or there is one of no read.

    """
    if READS.keys() != most.keys():
        words = ", ".join(sorted(READS.keys() ^ most.keys()))
        raise ValueError(f"{FILE.name} and the reads differ: {words}")
    with reads() as calls:
        constant = calls.pop(CONSTANT)
        gc.collect()
        # What stands in memory by now is looked through no more: only a request's own garbage is.
        gc.freeze()
        return {name: cost(call, constant, most[name]) for name, call in calls.items()}


def over(found: Mapping[str, Cost], most: Mapping[str, Cost]) -> list[str]:
    """Return the reads that cost more than they may, each with what it costs, in words."""
    faults = []
    for name, one in found.items():
        if one.ratio > most[name].ratio:
            faults.append(f"{name}: ratio {one.ratio:.2f}, at most {most[name].ratio:g}")
        if one.calls > most[name].calls:
            faults.append(f"{name}: {one.calls:,} calls, at most {most[name].calls:,}")
    return faults


def row(name: str, found: Cost, most: Cost) -> list[str]:
    """Return a read's line of the table."""
    return [
        name,
        f"{found.ratio:.2f}",
        f"{most.ratio:g}",
        met(found.ratio, most=most.ratio),
        f"{found.calls:,}",
        f"{most.calls:,}",
        met(found.calls, most=most.calls),
    ]


@click.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(output: Path | None) -> None:
    """Measure the reads in process, and end with 1 if one costs more than its budget."""
    most = budget()
    found = costs(most)
    rows = [row(name, one, most[name]) for name, one in found.items()]
    words = f"in process, beside constant bytes; {SECONDS:g} s of processor time each."
    show(HEADINGS, rows, circumstances(words), output)
    if faults := over(found, most):
        raise click.ClickException("more than the budget allows: " + "; ".join(faults))


if __name__ == "__main__":
    main()
