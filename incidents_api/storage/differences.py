"""What differs between two states: which records were added and withdrawn, which members changed.

It walks the changes between the two, and tells of each record once, where it was changed last, by
comparing its two versions. What was changed and changed back is no difference.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, NamedTuple

import orjson

from incidents_api.model import Record, Registry
from incidents_api.model.fields import Code, Flag, Id, Integer, Kind
from incidents_api.storage.arguments import Choice, Cursor
from incidents_api.storage.clocks import Clocks, source
from incidents_api.storage.disclosure import OF_VERSIONS
from incidents_api.storage.documents import values_of
from incidents_api.storage.failures import TooSlow
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.parameters import Parameter
from incidents_api.storage.rows import ABOUT_WRITING
from incidents_api.storage.store import Store

#: So many changes are read at a time.
CHUNK: Final = 500
#: A page looks through so many of these.
CHUNKS: Final = 10
CHANGES: Final = ("added", "withdrawn", "changed")
#: Members by which differences can be narrowed: those of the record, before or after.
NARROWING: Final[Mapping[str, Kind]] = {
    "dataset": Id("A data set's source."),
    "country": Code("country", "A country."),
    "incident": Id("An incident."),
}


class Changed(NamedTuple):
    """A member that differs: what it was, what it is, whether nobody edited it."""

    field: str
    before: Any
    after: Any
    computed: bool


@dataclass(frozen=True)
class Difference:
    """A record that differs between two states.

    Attributes:
        place: The transaction and the change in which it was changed last.
        resource: Of which resource it is.
        id: Its id.
        change: added, withdrawn (also: merged) or changed.
        versions: Its version before and after; None where it was not to be seen.
        fields: The members that differ, of a record that was changed.

    """

    place: tuple[int, int]
    resource: str
    id: str
    change: str
    versions: tuple[int | None, int | None]
    fields: tuple[Changed, ...] = ()


class Version(NamedTuple):
    """A record as a state has it."""

    place: tuple[int, int]
    version: int
    visible: bool
    document: str


def parameters(registry: Registry) -> tuple[Parameter, ...]:
    """Return what can be asked of the differences between two states."""
    members = dict.fromkeys(name for record in registry for name in record.kinds())
    told = tuple(name for name in members if name not in ABOUT_WRITING)
    narrowing = tuple(
        Parameter(
            name,
            kind,
            f"Only records with this {name}, before or after.",
            several=True,
            example=["SYR"] if name == "country" else None,
        )
        for name, kind in NARROWING.items()
    )
    return (
        Parameter(
            "resource",
            Choice("A resource.", tuple(registry.records)),
            "Only records of these resources.",
            several=True,
            example=["incidents"],
        ),
        Parameter(
            "change",
            Choice("A kind of change.", CHANGES),
            "Only records that were added, withdrawn or changed.",
            several=True,
            example=["changed"],
        ),
        Parameter(
            "field", Choice("A member.", told), "Only changes of these members.", several=True
        ),
        Parameter(
            "computed",
            Flag("Whether it is computed."),
            "false: only members that somebody edited; true: only those that were computed again "
            "from other records.",
        ),
        *narrowing,
        Parameter("limit", Integer("Page size.", low=1, high=1000), "Page size.", default=50),
        Parameter("cursor", Cursor("Where to go on."), "Where to go on: next_cursor of a page."),
        Parameter(
            "total",
            Flag("Whether to count."),
            "Whether to count all differences, by resource, kind of change and member.",
            default=False,
        ),
    )


class Differences:
    """The differences between the states that two transactions left.

    Args:
        store: The knowledge base.
        first: The number of the earlier transaction.
        last: The number of the later one.
        values: What is asked, by the names of :func:`parameters`.

    """

    def __init__(self, store: Store, first: int, last: int, values: Mapping[str, Any]) -> None:
        self._store = store
        self._first = source(Clocks(first), store.tables)
        self._last = source(Clocks(last), store.tables)
        self._start, self._end = (first, 2**62), last
        self._values = values

    def page(
        self, after: tuple[int, int] | None, limit: int
    ) -> tuple[list[Difference], tuple[int, int] | None]:
        """Return some differences, and the place to go on from; None at the end.

        A page may be short or empty before the end, where few changes are asked for.
        """
        place: tuple[int, int] | None = after or self._start
        found: list[Difference] = []
        for _ in range(CHUNKS):
            assert place
            some, place = self._some(place)
            found += some
            if len(found) > limit:
                return found[:limit], found[limit - 1].place
            if place is None:
                return found, None
        return found, place

    def everything(self) -> Iterator[Difference]:
        """Yield all differences, read in short reads."""
        place: tuple[int, int] | None = self._start
        while place:
            found, place = self._some(place)
            yield from found

    def counted(self) -> dict[str, dict[str, dict[str, int]]]:
        """Count all differences of each resource, by kind of change and by member.

        Raises:
            TooSlow: There are too many to count in the time of a read.

        """
        until = monotonic() + self._store.read_seconds
        changes: dict[str, Counter[str]] = {}
        fields: dict[str, Counter[str]] = {}
        for found in self.everything():
            changes.setdefault(found.resource, Counter(dict.fromkeys(CHANGES, 0)))
            changes[found.resource][found.change] += 1
            fields.setdefault(found.resource, Counter()).update(one.field for one in found.fields)
            if monotonic() > until:
                raise TooSlow(f"counting took longer than {self._store.read_seconds:g} seconds")
        return {
            name: {"changes": dict(changes[name]), "fields": dict(fields[name])}
            for name in sorted(changes)
        }

    def _some(self, place: tuple[int, int]) -> tuple[list[Difference], tuple[int, int] | None]:
        """Return the differences among some changes, and the place behind them."""
        with self._store.reading() as connection:
            rows = connection.execute(
                "SELECT seq, n, resource, id FROM changes WHERE (seq, n) > (?, ?) AND seq <= ? "
                f"AND {OF_VERSIONS} ORDER BY seq, n LIMIT ?",
                (*place, self._end, CHUNK),
            ).fetchall()
            asked = self._values.get("resource")
            wanted: dict[str, set[str]] = {}
            for _, _, resource, name in rows:
                if asked is None or resource in asked:
                    wanted.setdefault(resource, set()).add(name)
            before = self._versions(connection, self._first, wanted)
            after = self._versions(connection, self._last, wanted)
        found = [
            made
            for seq, n, resource, name in rows
            if (now := after.get((resource, name))) and now.place == (seq, n)
            if (made := self._difference(resource, name, before.get((resource, name)), now))
        ]
        return found, tuple(rows[-1][:2]) if len(rows) == CHUNK else None

    def _versions(
        self, connection: Any, read: Any, wanted: Mapping[str, set[str]]
    ) -> dict[tuple[str, str], Version]:
        """Return the versions of records that a state has."""
        found = {}
        for resource, names in wanted.items():
            rows = connection.execute(
                f"SELECT id, from_seq, n, version, shown, document FROM {read(resource)} "
                "WHERE id IN (SELECT value FROM json_each(?))",
                (orjson.dumps(sorted(names)).decode(),),
            )
            for name, seq, n, version, shown, document in rows:
                place = (seq, n)
                found[resource, name] = Version(place, version, shown == PUBLIC, document)
        return found

    def _difference(
        self, resource: str, name: str, before: Version | None, after: Version
    ) -> Difference | None:
        """Compare two versions of a record; None where nothing that is asked for differs."""
        was = before if before and before.visible else None
        now = after if after.visible else None
        if was is None and now is None:
            return None
        change = "changed" if was and now else "added" if now else "withdrawn"
        record = self._store.registry[resource]
        if not self._asked(change, [one.document for one in (was, now) if one]):
            return None
        fields = tuple(self._fields(record, was.document, now.document)) if was and now else ()
        if change == "changed" and not fields:
            return None
        versions = (was.version if was else None, now.version if now else None)
        return Difference(after.place, resource, name, change, versions, fields)

    def _asked(self, change: str, documents: Sequence[str]) -> bool:
        """Return whether a change of this kind of such a record is asked for."""
        values = self._values
        if change not in values.get("change", CHANGES):
            return False
        if change != "changed" and not values.keys().isdisjoint(("field", "computed")):
            return False
        shown = [orjson.loads(one) for one in documents if not values.keys().isdisjoint(NARROWING)]
        return all(
            any(one.get(name) in values[name] for one in shown)
            for name in NARROWING
            if name in values
        )

    def _fields(self, record: type[Record], before: str, after: str) -> Iterator[Changed]:
        """Yield the members that differ and are asked for."""
        given, shown = values_of(record, before)
        given_now, shown_now = values_of(record, after)
        fields, computed = self._values.get("field"), self._values.get("computed")
        for name in record.kinds():
            if name in ABOUT_WRITING or shown.get(name) == shown_now.get(name):
                continue
            made = Changed(
                name,
                shown.get(name),
                shown_now.get(name),
                given.get(name) == given_now.get(name),
            )
            if (fields is None or name in fields) and computed in (None, made.computed):
                yield made
