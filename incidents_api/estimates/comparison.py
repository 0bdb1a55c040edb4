"""The comparison set: which figures of a question count, and as what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidents_api.estimates.figures import Figure
from incidents_api.estimates.questions import Subject


@dataclass(frozen=True, slots=True)
class Compared:
    """What counts for a question, and what does not."""

    figures: tuple[Figure, ...]
    excluded: tuple[tuple[str, str], ...]


def compare(
    figures: Sequence[Figure], every_figure: Mapping[str, Figure], subject: Subject, every: bool
) -> Compared:
    """Return what counts of the figures of one question."""
    return Compared(tuple(figures), ())
