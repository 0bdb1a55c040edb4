"""The targets that a comparison is held to, and whether they are met.

Each is a ratio of two costs measured in the same run, or a cost itself. The names are those of the
table in benchmarks/README.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.ours import Constant, Ours
from benchmarks.report import met, show
from benchmarks.results import Results, others

HEADINGS: Final = ("question", "incidents", "figure", "target", "")
#: From so many incidents on, a world is large: P6 and P7 are about those.
LARGE: Final = 1_000_000

Cell = tuple[str, str]


class Target(NamedTuple):
    """A target.

    Attributes:
        id: Its name.
        words: What is compared.
        one: A program and a question.
        other: What it is compared with.
        most: The largest ratio that meets it.
        large: Whether it is about large worlds only.

    """

    id: str
    words: str
    one: Cell
    other: Cell
    most: float
    large: bool = False


def _ours(question: str) -> Cell:
    return (Ours.name, question)


CONSTANT: Final = (Constant.name, "one")
TARGETS: Final = (
    Target("P1", "one record to a constant view", _ours("one"), CONSTANT, 1.5),
    Target("P2", "page of 50 to a constant view", _ours("page"), CONSTANT, 4),
    Target("P3", "page to Datasette's", _ours("page"), ("datasette", "page"), 1 / 4),
    Target(
        "P3", "page to Flask + SQLAlchemy's", _ours("page"), ("flask-sqlalchemy", "page"), 1 / 3
    ),
    Target(
        "P3",
        "page to Flask + SQLAlchemy's with relations",
        _ours("page"),
        ("flask-sqlalchemy", "embedded"),
        1 / 30,
    ),
    Target("P3", "page to soul's", _ours("page"), ("soul", "page"), 1),
    Target("P4", "page from the middle to the first", _ours("middle"), _ours("first"), 1.2),
    Target("P4", "page from the end to the first", _ours("end"), _ours("first"), 1.2),
    Target("P6", "common word, newest first, to page", _ours("common"), _ours("page"), 1.5, True),
    Target("P6", "common word, ranked, to page", _ours("ranked"), _ours("page"), 8, True),
    Target("P7", "box to page", _ours("bbox"), _ours("page"), 2, True),
    *(
        Target("P9", words, _ours(question), (peer, "csv"), most)
        for question, of in (("columns", "CSV, the same columns,"), ("csv", "CSV, all 71 columns,"))
        for words, peer, most in (
            (f"{of} to Datasette's", "datasette", 1 / 2.5),
            (f"{of} to Flask + SQLAlchemy's", "flask-sqlalchemy", 1 / 2),
        )
    ),
)
#: An item of a long page costs at most so many microseconds (P5).
ITEM: Final = 10.0
LONG_PAGE: Final = 1000
#: Exports begin before so many milliseconds have gone by (P9).
FIRST: Final = 100.0


def rows(results: Results) -> Iterator[list[str]]:
    """Yield a line for each target that was measured."""
    size = f"{results.incidents:,}"
    for target in TARGETS:
        ratio = results.ratio(target.one, target.other)
        if ratio is not None and (results.incidents >= LARGE or not target.large):
            told = f"{target.id} ≤ {_fraction(target.most)}"
            yield [target.words, size, _fraction(ratio), told, met(ratio, most=target.most)]
    for name in others(results):
        ratio = results.ratio(_ours("one"), (name, "one"))
        if ratio is not None:
            words = f"one record to that of {name}"
            yield [words, size, _fraction(ratio), "P3 < 1", met(ratio, most=1)]
    long = results.of(*_ours("thousand"))
    if long:
        each = long.micros / LONG_PAGE
        told = f"P5 ≤ {ITEM:g} µs"
        yield ["a record of a page of 1,000", size, f"{each:.1f} µs", told, met(each, most=ITEM)]
    for question in ("csv", "columns", "ndjson"):
        whole = results.of(*_ours(question))
        if whole:
            first = max(whole.first) * 1000
            told, words = f"P9 < {FIRST:g} ms", f"first piece of {question}"
            yield [words, size, f"{first:.0f} ms", told, met(first, most=FIRST)]


def _fraction(value: float) -> str:
    """Return a small ratio as a fraction of one, for that is how it is thought of."""
    return f"{value:.2f}" if value > 0.6 else f"1/{1 / value:.1f}".removesuffix(".0")


def tell(results: Results, output: Path) -> None:
    """Print which targets are met, and write it into a file."""
    show(HEADINGS, list(rows(results)), results.circumstances, output)
