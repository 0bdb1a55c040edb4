"""What every program is asked, and what is asked about.

The questions are put in words here; each program says in its own module by which requests it
answers them, or that it cannot. What they are about (which records, which words, which box) is
taken from the world once, so that all programs are asked about the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

JSON: Final = "application/json"
#: So many records a page has.
PAGE: Final = 50
#: So many records a batch writes.
BATCH: Final = 1_000


class Question(NamedTuple):
    """Something that programs are asked.

    Attributes:
        key: Its name in the code and the results.
        words: What is asked, for people.
        whole: Whether it is asked once a round and alone, not under load.
        writes: Whether it changes what is there.

    """

    key: str
    words: str
    whole: bool = False
    writes: bool = False


QUESTIONS: Final = (
    Question("one", "one record"),
    Question("unchanged", "one record that the client has: 304"),
    Question("page", "page of 50 by country and date"),
    Question("embedded", "the same with figures and actors embedded"),
    Question("first", "first page of all by date"),
    Question("middle", "a page from the middle by cursor"),
    Question("end", "a page from the end by cursor"),
    Question("thousand", "page of 1,000 by country and date"),
    Question("total", "how many of a country since a day"),
    Question("rare", "incidents with a rare word"),
    Question("common", "incidents with a common word"),
    Question("ranked", "incidents with a common word, the best first"),
    Question("bbox", "incidents in a box, the newest first"),
    Question("estimates", "estimates of the killed of an incident"),
    Question("months", "counts by country and month"),
    Question("csv", "CSV of all incidents", whole=True),
    # What peers give as CSV of all has half as many columns: this question is ours alone.
    Question("columns", "CSV of all incidents, the columns that peers have", whole=True),
    Question("ndjson", "NDJSON of all incidents", whole=True),
    Question("post", "write one figure", writes=True),
    Question("batch", "write 1,000 figures at once", whole=True, writes=True),
)


class Request(NamedTuple):
    """One HTTP request.

    Attributes:
        path: Path and query.
        method: The method.
        headers: Names and values.
        body: What is sent.

    """

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Facts:
    """What is asked about, the same for every program.

    Attributes:
        incidents: Ids of incidents in a random order; requests for one record take one of them.
        claimed: Ids of incidents about which somebody gave a number of the killed.
        actors: Ids of actors that can claim.
        sources: Ids of sources.
        country: The country of the pages, ISO 3166-1 alpha-3.
        since: The day from which on incidents are counted (``total``).
        middle: Of the incident in the middle of the list by date, newest first: its day and id.
        end: The same of one near the end.
        rare: A word that a few dozen incidents have.
        common: A word that most incidents have.
        bbox: West, south, east, north, in degrees.
        size: How many incidents there are.

    """

    incidents: Sequence[str]
    claimed: Sequence[str]
    actors: Sequence[str]
    sources: Sequence[str]
    country: str
    since: str
    middle: tuple[str, str]
    end: tuple[str, str]
    rare: str
    common: str
    bbox: tuple[float, float, float, float]
    size: int = 0


class Figure(NamedTuple):
    """A figure to be written: how many were killed in an incident, who said so, where.

    Attributes:
        incident: About which incident.
        claimant: The actor that said it.
        source: The source in which it was said.
        as_of_date: The day at which it was so.
        best: How many.

    """

    incident: str
    claimant: str
    source: str
    as_of_date: str
    best: int


def figures(facts: Facts, many: int) -> list[Figure]:
    """Return figures to be written, spread over the incidents."""
    return [
        Figure(
            incident=facts.incidents[number * 7 % len(facts.incidents)],
            claimant=facts.actors[number % len(facts.actors)],
            source=facts.sources[number * 3 % len(facts.sources)],
            as_of_date=f"2022-01-{number % 28 + 1:02}",
            best=number % 90 + 1,
        )
        for number in range(many)
    ]
