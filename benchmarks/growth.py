"""How cost grows with the number of incidents: worlds of several sizes, asked in one run.

``python -m benchmarks.growth --world PATH --world PATH... --folder PATH --output PATH`` serves each
world by a server of its own and asks all of them the same questions in turn. What stays flat costs
the same in all of them; what does not is named.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import click

from benchmarks.facts import facts_of
from benchmarks.ours import Ours
from benchmarks.plot import lines
from benchmarks.questions import QUESTIONS
from benchmarks.report import circumstances, met, show
from benchmarks.results import Measured
from benchmarks.side_by_side import Asked, measured, serving

#: What is asked, and how many times as much as of the smallest world it may cost where there is a
#: target (P4); "-" where it looks at more records the more there are.
LIMITS: Final = {
    "one": 1.3, "page": 1.3, "first": 1.3, "middle": 1.3, "end": 1.3, "rare": None,
    "common": None, "ranked": None, "bbox": None, "total": None, "months": None,
}  # fmt: skip


class Sized(Ours):
    """This program with a world of some size.

    Args:
        world: The database.

    """

    def __init__(self, world: Path) -> None:
        super().__init__(world)
        self.facts = facts_of(world)
        self.name = f"{self.facts.size:,}"


def table(every: Sequence[Asked], sizes: Sequence[str]) -> list[list[str]]:
    """Return a line a question: what it costs in each world, and how many times as much."""
    found = {(one.question.key, one.program.name): one.found for one in every}
    words = {question.key: question.words for question in QUESTIONS}
    return [
        _line(words[key], [found[key, size] for size in sizes], most)
        for key, most in LIMITS.items()
    ]


def _line(words: str, some: Sequence[Measured], most: float | None) -> list[str]:
    if faults := [one.fault for one in some if one.fault]:
        return [words, *(["failed"] * len(some)), faults[0], "", ""]
    pairs = zip(some[-1].costs, some[0].costs, strict=False)
    ratio = median(cost.micros / base.micros for cost, base in pairs)
    told = (f"P4 ≤ {most}", met(ratio, most=most)) if most else ("", "")
    return [words, *(f"{one.micros:,.0f}" for one in some), f"{ratio:.2f}", *told]


@click.command()
@click.option("--world", "worlds", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option("--folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--output", required=True, type=click.Path(path_type=Path, dir_okay=False))
def main(worlds: Sequence[Path], folder: Path, rounds: int, seconds: float, output: Path) -> None:
    """Measure how cost grows, and say what stays flat."""
    folder.mkdir(parents=True, exist_ok=True)
    programs = sorted((Sized(world) for world in worlds), key=lambda one: one.facts.size)
    for program in programs:
        program.set_up(folder)
    questions = [question for question in QUESTIONS if question.key in LIMITS]
    facts = {program.name: program.facts for program in programs}
    with serving(programs, folder) as servers:
        every = measured(servers, questions, lambda program: facts[program.name], rounds, seconds)
    sizes = [program.name for program in programs]
    headings = ("question", *sizes, "last to first", "target", "")
    words = circumstances(f"µs of processor time a request; median of {rounds} rounds.")
    show(headings, table(every, sizes), words, output)
    found = {
        question.words: [
            (program.facts.size, one.found.micros)
            for program in programs
            for one in every
            if one.program is program and one.question is question and one.found.costs
        ]
        for question in questions
    }
    lines(found, "incidents", "processor time a request, µs", words, output.with_suffix(".svg"))


if __name__ == "__main__":
    main()
