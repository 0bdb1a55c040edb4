"""All figures in view about a subject, and what links them: corrections, repeats, parts."""

from collections.abc import Iterator, Sequence

from incidents_api.estimates.figures import Figure
from incidents_api.estimates.questions import (
    NO_TYPES,
    ActorTypes,
    Question,
    Subject,
    order,
    question,
)
from incidents_api.model.claims import STANDING


class View:
    """All figures in view about a subject.

    Attributes:
        subject: What they are about.
        figures: The figures, by id.
        questions: What each of them answers.
        parts: The parts of each total.

    """

    def __init__(
        self, figures: Sequence[Figure], subject: Subject, actor_types: ActorTypes = NO_TYPES
    ) -> None:
        self.subject = subject
        self.figures = {one.id: one for one in sorted(figures, key=lambda one: one.id)}
        self.questions: dict[str, Question] = {
            name: question(figure, actor_types) for name, figure in self.figures.items()
        }
        self.parts: dict[str, list[Figure]] = {}
        self._corrected: dict[str, str] = {}
        for name, figure in self.figures.items():
            if figure.part_of:
                self.parts.setdefault(figure.part_of, []).append(figure)
            if figure.supersedes and figure.status in STANDING:
                self._corrected.setdefault(figure.supersedes, name)

    def fault(self, figure: Figure) -> str | None:
        """Return why a figure never counts, whatever it is compared with; None if it may."""
        if figure.status not in STANDING:
            return figure.status
        if figure.rank == "deprecated":
            return "deprecated"
        if figure.id in self._corrected:
            return f"superseded by {self._corrected[figure.id]}"
        if figure.superseded:
            return "superseded by a claim about something else"
        if figure.derives_from in self.figures:
            return f"repeats {figure.derives_from}"
        return None

    def whole(self, figure: Figure) -> str | None:
        """Return the total that a figure is a part of and that asks the same question."""
        asked = self.questions[figure.id]
        return next((up for up in self._above(figure) if self.questions[up] == asked), None)

    def _above(self, figure: Figure) -> Iterator[str]:
        while figure.part_of in self.figures:
            figure = self.figures[figure.part_of]
            yield figure.id


def by_question(view: View) -> dict[Question, list[Figure]]:
    """Return the figures in view by question, in a fixed order of both."""
    found = answers(view)
    return {asked: found[asked] for asked in sorted(found, key=order)}


def answers(view: View) -> dict[Question, list[Figure]]:
    """Return the figures in view by question, in the order of their ids."""
    found: dict[Question, list[Figure]] = {}
    for name, figure in view.figures.items():
        found.setdefault(view.questions[name], []).append(figure)
    return found
