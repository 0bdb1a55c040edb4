"""Reading contradictions: those that are kept, and under clocks those of the claims in view."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.estimates.findings import KINDS, STRENGTHS, Contradiction
from incidents_api.model.fields import Code, Integer, Link
from incidents_api.storage.arguments import Choice, Cursor
from incidents_api.storage.claims import (
    MEMBERS,
    Claiming,
    all_subjects,
    check_named,
    looking_at,
)
from incidents_api.storage.clocks import CLOCKS, NOW, Clocks, clocks_of, source
from incidents_api.storage.cursors import digest, place_of, written
from incidents_api.storage.grammar import LIMIT, MOST
from incidents_api.storage.parameters import Parameter
from incidents_api.storage.store import Store, latest

#: A stream is short reads of so many.
CHUNK: Final = 500
#: Under clocks, the claims about so many subjects are compared at once.
SUBJECTS: Final = 100

#: The filters by what a contradiction is about or who says it, with the resource of their ids and
#: the role in which it is found by them.
BY_RECORD: Final[Mapping[str, tuple[str, str]]] = {
    **{member: (resource, resource) for resource, member in MEMBERS.items()},
    "claimant": ("actors", "claimants"),
}
#: The filters by what it says of itself.
BY_VALUE: Final = ("kind", "strength", "measure")
_HOW: Final = ("limit", "cursor", "f")

#: Where one stands in the list: its subject's resource and key, and its id.
Place = tuple[str, int, str]
START: Final[Place] = ("", 0, "")


def _by_record(name: str, words: str) -> Parameter:
    return Parameter(name, Link(BY_RECORD[name][0], words), words, True)


def _one_of(name: str, choices: Mapping[str, str], words: str) -> Parameter:
    told = " ".join(f"{choice}: {what}" for choice, what in choices.items())
    return Parameter(name, Choice(words, list(choices)), f"{words} {told}", True)


#: What can be asked of a list of contradictions.
PARAMETERS: Final = (
    _by_record("incident", "Contradictions of claims about this incident."),
    _by_record("facility", "Contradictions of claims about this facility."),
    _by_record("actor", "Contradictions of claims about this actor, whoever makes them."),
    _by_record("claimant", "Contradictions in which a claim of this actor stands."),
    _one_of("kind", KINDS, "By which rule they are found."),
    _one_of("strength", STRENGTHS, "How far they can be relied on."),
    Parameter("measure", Code("measure", "What is counted."), "What is counted.", True),
    *CLOCKS,
    Parameter(
        "limit",
        Integer("Page size.", low=1, high=MOST),
        "How many contradictions a page has. CSV without it gives everything.",
        default=LIMIT,
    ),
    Parameter(
        "cursor",
        Cursor("Where to go on."),
        "Where to go on: next_cursor of the page before, with the same other parameters; empty, "
        "the beginning.",
    ),
)


class Page(NamedTuple):
    """Some contradictions.

    Attributes:
        rows: The contradictions.
        seq: The number of the last transaction.
        known_seq: That of the last one whose state is shown.
        next_cursor: Where to go on; None on the last page.

    """

    rows: list[dict[str, Any]]
    seq: int
    known_seq: int
    next_cursor: str | None


class ContradictionLists:
    """Reads lists of contradictions, in the order of what they are about."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, values: Mapping[str, Any]) -> Page:
        """Return one page.

        Args:
            values: The parameters by their names: filters, clocks, ``limit``, ``cursor``.

        Raises:
            Unreadable: A filter names what is not there, or the cursor is not this query's.
            TooSlow: It took too long.

        """
        after, limit = _place(values), values.get("limit", LIMIT)
        with self._store.reading() as connection:
            clocks = clocks_of(connection, values)
            self._check(connection, clocks, values)
            found = list(islice(self._found(connection, values, clocks, after), limit + 1))
            seq = latest(connection)
        more = len(found) > limit
        cursor = written(_bound_to(values), list(found[limit - 1][0])) if more else None
        known_seq = clocks.known(seq)
        return Page([told for _, told in found[:limit]], seq, known_seq, cursor)

    def everything(self, values: Mapping[str, Any]) -> tuple[Page, Iterator[dict[str, Any]]]:
        """Return all that match, in short reads, as they stood when this began.

        Returns:
            A page without rows, which says whose state is read, and the contradictions.

        """
        with self._store.reading() as connection:
            clocks = clocks_of(connection, values)
            self._check(connection, clocks, values)
            seq = latest(connection)
        clocks = replace(clocks, pin=clocks.known(seq))
        after = _place(values)
        return Page([], seq, clocks.known(seq), None), self._in_order(values, clocks, after)

    def _in_order(
        self, values: Mapping[str, Any], clocks: Clocks, after: Place
    ) -> Iterator[dict[str, Any]]:
        found: list[tuple[Place, dict[str, Any]]] = []
        while not found or len(found) == CHUNK:
            with self._store.reading() as connection:
                now = clocks.present(connection)
                found = list(islice(self._found(connection, values, now, after), CHUNK))
            yield from (told for _, told in found)
            if not found:
                return
            after = found[-1][0]

    def _check(self, connection: Any, clocks: Clocks, values: Mapping[str, Any]) -> None:
        """Refuse filters that name records that are not there."""
        held = source(Clocks(clocks.pin), self._store.tables)
        for name, (resource, _) in BY_RECORD.items():
            if name in values:
                check_named(connection, held, name, resource, values[name])

    def _found(
        self, connection: Any, values: Mapping[str, Any], clocks: Clocks, after: Place
    ) -> Iterator[tuple[Place, dict[str, Any]]]:
        if clocks == NOW:
            return _kept(connection, values, after)
        return self._computed(connection, values, clocks, after)

    def _computed(
        self, connection: Any, values: Mapping[str, Any], clocks: Clocks, after: Place
    ) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Yield the contradictions of the claims in view, in the order of those that are kept."""
        read = source(clocks, self._store.tables)
        claiming = Claiming(connection, read)
        for resource, keys in self._subjects(connection, read, values, after):
            for key, claims in sorted(claiming.about(resource, keys).items()):
                found = [((resource, key, one.id), one) for one in claims.contradictions()]
                for place, one in sorted(found, key=lambda pair: pair[0]):
                    if place > after and _matches(one, values):
                        yield place, one.told()

    @staticmethod
    def _subjects(
        connection: Any, read: Any, values: Mapping[str, Any], after: Place
    ) -> Iterator[tuple[str, list[int]]]:
        """Yield the subjects to look at, some at a time: those that a filter leads to, or all."""
        named = _named(connection, read, values)
        for resource in sorted(MEMBERS):
            last = after[1] - 1 if resource == after[0] else 0
            if named is not None:
                keys = sorted(key for other, key in named if other == resource and key > last)
                yield from ((resource, keys[at : at + SUBJECTS]) for at in _steps(keys))
            elif resource >= after[0]:
                while keys := all_subjects(connection, read, resource, last, SUBJECTS):
                    yield resource, keys
                    last = keys[-1]


def _steps(keys: Sequence[int]) -> range:
    return range(0, len(keys), SUBJECTS)


def _named(connection: Any, read: Any, values: Mapping[str, Any]) -> set[tuple[str, int]] | None:
    """Return the subjects that the filters lead to; None where they name none."""
    named: set[tuple[str, int]] | None = None
    for resource, member in MEMBERS.items():
        if member in values:
            listed = orjson.dumps(values[member]).decode()
            sql = f"SELECT pk FROM {resource} WHERE id IN (SELECT value FROM json_each(?))"
            keys = connection.execute(sql, (listed,)).fetchall()
            named = (named or set()).union(
                *(looking_at(connection, read, resource, key) for (key,) in keys)
            )
    return named


def _matches(one: Contradiction, values: Mapping[str, Any]) -> bool:
    """Return whether a contradiction is one that the filters choose."""
    keys = {*one.subjects, *(("claimants", claimant) for claimant in one.claimants)}
    for name, (_, role) in BY_RECORD.items():
        if name in values and not any((role, target) in keys for target in values[name]):
            return False
    told = {"kind": one.kind, "strength": one.strength, "measure": one.measure}
    return all(told[name] in values[name] for name in BY_VALUE if name in values)


def _kept(
    connection: Any, values: Mapping[str, Any], after: Place
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the contradictions that are kept."""
    where, params = ["(c.resource, c.subject, c.id) > (?, ?, ?)"], list[Any](after)
    for name in BY_VALUE:
        if name in values:
            where.append(f"c.{name} IN (SELECT value FROM json_each(?))")
            params.append(orjson.dumps(values[name]).decode())
    for name, (_, role) in BY_RECORD.items():
        if name in values:
            where.append(
                "(c.resource, c.subject, c.id) IN (SELECT resource, subject, id "
                "FROM contradiction_keys WHERE role = ? AND target IN "
                "(SELECT value FROM json_each(?)))"
            )
            params += [role, orjson.dumps(values[name]).decode()]
    rows = connection.execute(
        "SELECT c.resource, c.subject, c.id, c.document FROM contradictions c "
        f"WHERE {' AND '.join(where)} ORDER BY c.resource, c.subject, c.id",
        params,
    )
    return ((tuple(place), orjson.loads(document)) for *place, document in rows)


def _place(values: Mapping[str, Any]) -> Place:
    """Return the place from which to go on."""
    return place_of(values.get("cursor"), _bound_to(values), (str, int, str)) or START


def _bound_to(values: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in values.items() if name not in _HOW}
    return digest(["contradictions", asked])
