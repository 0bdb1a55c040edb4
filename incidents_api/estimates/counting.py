"""Which incidents count in a sum: a battle is not counted with its parts, nor twice."""

from collections.abc import Iterable, Mapping, Set
from typing import Final

NOTHING: Final[frozenset[str]] = frozenset()


class Ties:
    """How incidents hang together, by their ids.

    Args:
        wider: The incident that each is part of.
        duplicates: Pairs of a duplicate and what it is a duplicate of.

    """

    def __init__(self, wider: Mapping[str, str], duplicates: Iterable[tuple[str, str]]) -> None:
        self._up: dict[str, set[str]] = {name: {other} for name, other in wider.items()}
        self._targets: dict[str, set[str]] = {}
        for name, target in duplicates:
            self._targets.setdefault(name, set()).add(target)
            self._up.setdefault(name, set()).add(target)
            self._up.setdefault(target, set()).add(name)

    def above(self, name: str) -> set[str]:
        """Return all that stands above an incident: its duplicates, and what they are part of."""
        return _reached(name, self._up) - {name}

    def rank(self, name: str) -> tuple[int, str]:
        """Return the place of an incident among its duplicates: a target before them."""
        return len(_reached(name, self._targets)), name


def left_out(name: str, ties: Ties, measured: Mapping[str, Set[str]]) -> frozenset[str]:
    """Return the measures for which an incident is left out of sums.

    An incident that has an estimate is left out if one above it has one too: the incident that it
    is part of, or is a duplicate of, and so on. Of duplicates one counts: the target before what
    duplicates it, then the one whose id comes first. What one of them is part of, all are part of.

    Args:
        name: The id of the incident.
        ties: How it and all above it hang together.
        measured: The measures for which each has an estimate; none where it is not named.

    """
    own = measured.get(name, NOTHING)
    found: set[str] = set()
    for other in ties.above(name) if own else ():
        both = own & measured.get(other, NOTHING)
        if not both <= found and _counts_before(other, name, ties):
            found |= both
    return frozenset(found)


def _counts_before(other: str, name: str, ties: Ties) -> bool:
    """Return whether one that stands above an incident counts before it."""
    return name not in ties.above(other) or ties.rank(other) < ties.rank(name)


def _reached(name: str, ways: Mapping[str, Set[str]]) -> set[str]:
    """Return a name and all that ways lead to from it."""
    found, ahead = {name}, [name]
    while ahead:
        for other in ways.get(ahead.pop(), ()):
            if other not in found:
                found.add(other)
                ahead.append(other)
    return found
