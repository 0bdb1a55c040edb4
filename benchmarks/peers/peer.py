"""What the peers have in common."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from benchmarks.peers.plain import Places
from benchmarks.questions import BATCH, JSON, PAGE, Facts, Request, figures

#: So many different figures are written, over and over.
FIGURES: Final = 500
#: So many groups of counts by country and month are given: as many as a page of ours has.
GROUPS: Final = 1000
#: Each has one where its documentation says one a processor: the machine has two.
WORKERS: Final = 2

#: What a question is put by, made when it is asked; None where a peer has no answer.
Asked = Mapping[str, Callable[[], Sequence[Request]] | None]


class Peer:
    """A program of others that serves the plain file.

    Args:
        plain: The plain file. It may be made later, but before anything is asked.

    """

    name: str
    told: str

    def __init__(self, plain: Path) -> None:
        self._plain = plain.resolve()
        self._places = Places(self._plain)

    def requests(self, question: str, facts: Facts) -> Sequence[Request] | None:
        """Return requests that put a question, to be made at random; None if it has no answer."""
        asked = self.asked(facts)[question]
        return asked and asked()

    def asked(self, facts: Facts) -> Asked:
        """Return by which requests it is asked each question."""
        raise NotImplementedError

    def keys(self, facts: Facts) -> list[int]:
        """Return the keys of the incidents that are asked for one by one."""
        return self._places.keys("incidents", facts.incidents)

    def rows(self, facts: Facts, many: int) -> list[dict[str, Any]]:
        """Return figures to be written as rows of the plain file."""
        return self._places.rows(figures(facts, many))

    def singles(self, facts: Facts) -> list[dict[str, Any]]:
        """Return the figures that are written one by one."""
        return self.rows(facts, FIGURES)

    def page(self, place: tuple[str, str]) -> int:
        """Return the number of the page in which a list goes on after a place, from 1."""
        return self._places.after(place) // PAGE + 1

    def batch(self, facts: Facts) -> list[dict[str, Any]]:
        """Return the figures that are written at once."""
        return self.rows(facts, BATCH)


def path(address: str, **query: Any) -> list[Request]:
    """Return the one request for an address."""
    return [Request(f"{address}?{urlencode(query, doseq=True, safe=',')}" if query else address)]


def posted(address: str, body: Any, *headers: tuple[str, str]) -> Request:
    """Return the request that posts a body."""
    return Request(address, "POST", (("Content-Type", JSON), *headers), orjson.dumps(body))
