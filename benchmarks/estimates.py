"""What estimates cost in process: those of one incident, by how many figures there are about it.

``python -m benchmarks.estimates`` makes figures that disagree in every way (running counts and
increments, several claimants and days, corrections, repeats, components) and times all answers
under all rules.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import click

from benchmarks.report import circumstances, met, show
from incidents_api.estimates import Figure, Subject, casualties, estimates
from incidents_api.estimates.figures import EVERYBODY

BATTLE: Final = Subject("incidents", "battle", "2022-01-20", None)
DAYS: Final = [f"2022-01-{day}" for day in range(20, 31)]
#: Target: an incident with 50 figures, in milliseconds.
MOST: Final = 2.0
HEADINGS: Final = ("question", "ms", "min-max", "target", "")


def claims(number: int, questions: int) -> list[Figure]:
    """Return figures about one incident that answer so many questions."""
    random = Random(number)
    return [_figure(place, place % questions, random) for place in range(number)]


def _figure(place: int, asked: int, random: Random) -> Figure:
    day, count = random.choice(DAYS), random.randrange(10, 400)
    members: dict[str, Any] = dict.fromkeys(Figure.__dataclass_fields__) | {
        "id": f"figure-{place:03}",
        "resource": "figures",
        "subject": ("incidents", "battle"),
        "speaks": f"actors/{random.randrange(12)}",
        "stance": random.choice(["monitor", "media", "party", "government"]),
        "said_at": day,
        "as_of_date": day,
        "sources": ("news",),
        "status": "active",
        "rank": "normal",
        "contradicts": (),
        "measure": "killed",
        "unit": "persons",
        "population": (frozenset({f"group-{asked}"} if asked else ()), *EVERYBODY[1:]),
        "scope": (None, None),
        "method": "reported",
        "measure_kind": "incremental" if place % 5 == 0 else "cumulative",
        "period_start": day if place % 5 == 0 else None,
        "low": count,
        "best": None if place % 4 == 0 else count,
        "high": None if place % 4 == 0 else count,
        "qualifier": "at_least" if place % 4 == 0 else "exact",
        "amount": count,
        "supersedes": f"figure-{place - 1:03}" if place % 11 == 10 else None,
        "derives_from": f"figure-{place - 2:03}" if place % 13 == 12 else None,
        "part_of": "figure-000" if place % 7 == 6 else None,
        "breakdowns": (("by_side", True, True),) if place == 0 else (),
    }
    return Figure(**members)


def timed(function: Callable[[], object], rounds: int) -> list[float]:
    """Return how many milliseconds of processor time each of several calls took."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        function()
        spent.append((time.process_time() - start) * 1000)
    return spent


def _line(name: str, spent: list[float], most: float | None = None) -> tuple[str, ...]:
    middle = median(spent)
    told = ("", "") if most is None else (f"≤ {most:g}", met(middle, most=most))
    return (name, f"{middle:.2f}", f"{min(spent):.2f}-{max(spent):.2f}", *told)


@click.command()
@click.option("--rounds", default=300, show_default=True, type=click.IntRange(10, 10_000))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(rounds: int, output: Path | None) -> None:
    """Time the estimates of one incident."""
    lines = []
    for number, questions in ((1, 1), (5, 2), (50, 1), (50, 10), (50, 50)):
        told = claims(number, questions)
        name = f"{number} figures, {questions} questions"
        most = MOST if number == 50 else None
        for function in (estimates, casualties):
            spent = timed(partial(function, told, BATTLE), rounds)
            lines.append(_line(f"{function.__name__}, {name}", spent, most))
    words = circumstances(f"milliseconds of processor time, median of {rounds} calls, all rules.")
    show(HEADINGS, lines, words, output)


if __name__ == "__main__":
    main()
