"""What a comparison found: kept as JSON, told as tables, shown as a plot."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.load import Cost
from benchmarks.ours import Constant, Ours
from benchmarks.plot import draw
from benchmarks.report import markdown

#: The columns of the table of everything.
HEADINGS: Final = (
    "question", "program", "CPU µs", "min-max", "to ours", "req/s", "p50 ms", "p99 ms", "bytes",
    "first ms",
)  # fmt: skip


@dataclass
class Measured:
    """What one program's answers to one question cost.

    Attributes:
        costs: One a round.
        size: How many bytes an answer has.
        first: Of an answer that is asked for alone, the seconds until its first piece, one a round.
        fault: What went wrong, if anything did.

    """

    costs: list[Cost] = field(default_factory=list)
    size: int = 0
    first: list[float] = field(default_factory=list)
    fault: str = ""

    @property
    def micros(self) -> float:
        """The median of the processor time a request, in microseconds."""
        return median(cost.micros for cost in self.costs)


@dataclass
class Results:
    """What a comparison found.

    Attributes:
        circumstances: When, where and how it was measured.
        incidents: How many incidents the world has.
        programs: What each program is.
        memory: What each held at the end, in MB.
        questions: What was asked, in words.
        found: By program and question, what it cost.

    """

    circumstances: str
    incidents: int
    programs: dict[str, str]
    memory: dict[str, float]
    questions: dict[str, str]
    found: dict[str, dict[str, Measured]] = field(default_factory=dict)

    def add(self, program: str, question: str, measured: Measured) -> None:
        """Note what one program's answers to one question cost."""
        self.found.setdefault(program, {})[question] = measured

    def of(self, program: str, question: str) -> Measured | None:
        """Return what was measured, if it was."""
        measured = self.found.get(program, {}).get(question)
        return measured if measured and measured.costs else None

    def ratio(self, one: tuple[str, str], other: tuple[str, str]) -> float | None:
        """Return the median over the rounds of the ratio of two costs, taken in the same round.

        Args:
            one: A program and a question.
            other: Another of them.

        """
        first, second = self.of(*one), self.of(*other)
        if first is None or second is None:
            return None
        pairs = zip(first.costs, second.costs, strict=False)
        return median(a.micros / b.micros for a, b in pairs)

    def compact(self) -> str:
        """Return a table of the processor time: a line a question, a column a program."""
        names = list(self.programs)
        rows = [
            [words, *(self._cell(name, key) for name in names)]
            for key, words in self.questions.items()
        ]
        rows.append(["memory, MB", *(f"{self.memory[name]:,.0f}" for name in names)])
        words = f"Processor time of the whole process tree in µs a request. {self.circumstances}"
        return markdown(["question", *names], rows, words)

    def _cell(self, program: str, question: str) -> str:
        measured = self.of(program, question)
        if measured is None:
            failed = self.found.get(program, {}).get(question)
            return "failed" if failed and failed.fault else "–"
        return f"{measured.micros:,.0f}"

    def whole(self) -> str:
        """Return a table of everything that was measured."""
        return markdown(HEADINGS, list(self._rows()), self.circumstances)

    def _rows(self) -> Iterator[list[str]]:
        for key, words in self.questions.items():
            for name in self.programs:
                measured = self.of(name, key)
                if measured:
                    yield [words, name, *self._line(name, key, measured)]

    def _line(self, program: str, question: str, measured: Measured) -> list[str]:
        micros = [cost.micros for cost in measured.costs]
        ratio = self.ratio((program, question), (Ours.name, question))
        return [
            f"{median(micros):,.0f}",
            f"{min(micros):,.0f}-{max(micros):,.0f}",
            f"{ratio:.2f}" if ratio else "",
            _number(median(cost.rate for cost in measured.costs)),
            f"{median(cost.p50 for cost in measured.costs) / 1000:,.2f}",
            f"{median(cost.p99 for cost in measured.costs) / 1000:,.2f}",
            f"{measured.size:,}",
            f"{median(measured.first) * 1000:,.0f}" if measured.first else "",
        ]

    def write(self, folder: Path) -> None:
        """Write everything into a folder, under names that say how large the world is."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"side-by-side-{self.incidents}"
        whole = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        folder.joinpath(f"{stem}.json").write_text(whole + "\n", encoding="utf-8")
        told = "\n".join(f"- **{name}**: {words}" for name, words in self.programs.items())
        faults = "".join(f"- {words}\n" for words in self.faults())
        text = f"# {self.incidents:,} incidents\n\n{told}\n\n{self.compact()}\n{self.whole()}"
        if faults:
            text += f"\nWhat failed:\n\n{faults}"
        folder.joinpath(f"{stem}.md").write_text(text, encoding="utf-8")
        draw(self, folder / f"{stem}.svg")

    def faults(self) -> Iterator[str]:
        """Yield what went wrong, in words."""
        for name, questions in self.found.items():
            for key, measured in questions.items():
                if measured.fault:
                    yield f"{name}, {self.questions[key]}: {measured.fault}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"


def read(path: Path) -> Results:
    """Read what a comparison found."""
    whole: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found = whole.pop("found")
    results = Results(**whole)
    for name, questions in found.items():
        for key, told in questions.items():
            told["costs"] = [Cost(*cost) for cost in told["costs"]]
            results.add(name, key, Measured(**told))
    return results


def others(results: Results) -> Sequence[str]:
    """Return the names of the peers: all programs but ours and the constant."""
    return [name for name in results.programs if name not in (Ours.name, Constant.name)]
