"""The contradictions among public claims, kept up by every transaction that changes one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from incidents_api.estimates.findings import Contradiction
from incidents_api.model import Record
from incidents_api.model.claims import UNREAD
from incidents_api.storage.claim_documents import keep_figure
from incidents_api.storage.claims import MEMBERS, Claiming, claimed, wholes
from incidents_api.storage.items import Item
from incidents_api.storage.tables import Tables

#: The resources whose records can contradict each other.
CLAIMS: Final = ("figures", "assertions")
#: The members of claims on which no contradiction depends: from what standpoint neither.
_UNREAD: Final = UNREAD | {"claimant_stance"}
#: So many subjects are read at once.
CHUNK: Final = 500
_LISTED: Final = "(SELECT value FROM json_each(?))"

#: A contradiction's subject, by its key, and its own id.
Place = tuple[int, str]
#: What is stored of one beside its place.
Row = tuple[str | None, ...]


class Contradictions:
    """Keeps the tables of contradictions, subject by subject."""

    def __init__(self, tables: Tables, connection: Any, seq: int) -> None:
        self._tables = tables
        self._connection = connection
        self._claiming = Claiming(connection, str)
        self._subjects: dict[str, set[int]] = {resource: set() for resource in MEMBERS}
        self._known: dict[str, set[int]] = {resource: set() for resource in CLAIMS}
        #: Of each new incident and measure, the highest low and the lowest high that are said.
        self._new: dict[int, dict[str, tuple[int | None, int | None]]] = {}
        self._totals: set[int] = set()
        self._actors: set[int] = set()

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note the subjects of the claims that were written, and the actors."""
        if record.resource in CLAIMS:
            for item in items:
                if item.changed is None or item.relevelled or item.changed - _UNREAD:
                    self._note_claim(record.resource, item)
        elif record.resource == "actors":
            self._actors |= {
                item.pk for item in items if item.before and item.matters(frozenset({"actor_type"}))
            }
        elif record.resource == "incidents":
            self._new |= {item.pk: {} for item in items if item.newborn}

    def _note_claim(self, resource: str, item: Item) -> None:
        keep_figure(item)
        if _plain(resource, item) and self._touch(item):
            return
        for links in (item.links, item.before.links if item.before else {}):
            for about, member in MEMBERS.items():
                if member in links:
                    self._subjects[about].add(links[member])
            if resource == "figures" and "part_of" in links:
                self._totals.add(links["part_of"])
        if not item.fresh:
            self._known[resource].add(item.pk)

    def _touch(self, item: Item) -> bool:
        """Return whether the ranges of the new figures about a new incident still touch.

        All claims about what is new are noted here. Where no numbers differ there is nothing to be
        found, but of a claim that names another or is no figure: that notes its subject itself.
        """
        ranges = self._new.get(item.links["incident"])
        if ranges is None:
            return False
        measure, low, high = (item.shown[name] for name in ("measure", "low", "high"))
        lowest, top = ranges.get(measure, (low, high))
        ranges[measure] = lowest, top = _most(lowest, low, max), _most(top, high, min)
        return lowest is None or top is None or lowest <= top

    def keep(self) -> None:
        """Bring the contradictions about what was written up to date."""
        self._note_elsewhere()
        for resource, keys in self._subjects.items():
            for some in _chunks(sorted(keys)):
                self._bring(resource, some)

    def _note_elsewhere(self) -> None:
        """Note the subjects of claims that look at those written: all totals, and declarers."""
        if self._totals:
            every = f"({wholes(lambda name: name, _LISTED)})"
            ways = [f"figures t WHERE t.pk IN {among}" for among in (_LISTED, every)]
            self._note_subjects(ways, self._totals)
        for target, keys in self._known.items():
            if keys:
                singular = self._tables[target].record.singular
                ways = [
                    f"{owner}_contradicts_{singular} p JOIN {owner} t ON t.pk = p.owner "
                    f"WHERE p.value IN {_LISTED}"
                    for owner in CLAIMS
                ]
                self._note_subjects(ways, keys)
        if self._actors:
            over = "figures_population_actor p JOIN figures t ON t.pk = p.owner"
            self._note_subjects([f"{over} WHERE p.value IN {_LISTED}"], self._actors)

    def _note_subjects(self, ways: list[str], keys: Iterable[int]) -> None:
        listed = orjson.dumps(list(keys)).decode()
        sql = " UNION ".join(f"SELECT {_ABOUT} FROM {way}" for way in ways)
        for row in self._connection.execute(sql, (listed,) * len(ways)):
            for about, key in zip(MEMBERS, row, strict=True):
                if key is not None:
                    self._subjects[about].add(key)

    def _bring(self, resource: str, keys: list[int]) -> None:
        """Write what the contradictions about subjects are now, as far as it has changed."""
        made, kept = self._made(resource, keys), self._kept(resource, keys)
        stale = [(place, row) for place, row in kept.items() if made.get(place) != row]
        fresh = [(place, row) for place, row in made.items() if kept.get(place) != row]
        run = self._connection.executemany
        if stale:
            run(_DELETE_KEY, list(_entries(resource, stale)))
            run(_DELETE, [(resource, *place) for place, _ in stale])
        if fresh:
            run(_INSERT, [(resource, *place, *row) for place, row in fresh])
            run(_INSERT_KEY, list(_entries(resource, fresh)))

    def _made(self, resource: str, keys: list[int]) -> dict[Place, Row]:
        """Return the contradictions that the claims about subjects make."""
        found = self._claiming.about(resource, keys)
        return {
            (key, one.id): _row(one)
            for key, claims in found.items()
            for one in claims.contradictions()
        }

    def _kept(self, resource: str, keys: list[int]) -> dict[Place, Row]:
        """Return the contradictions about subjects that are stored."""
        rows = self._connection.execute(
            f"SELECT subject, id, {_COLUMNS} FROM contradictions WHERE resource = ? "
            "AND subject IN (SELECT value FROM json_each(?))",
            (resource, orjson.dumps(keys).decode()),
        )
        return {(key, name): tuple(row) for key, name, *row in rows}

    def rebuild(self) -> None:
        """Make all contradictions again from the claims."""
        self._connection.execute("DELETE FROM contradictions")
        self._connection.execute("DELETE FROM contradiction_keys")
        for resource, keys in self._everything():
            self._bring(resource, keys)

    def _everything(self) -> Iterator[tuple[str, list[int]]]:
        """Yield the keys of all subjects, some at a time; none where there are no claims."""
        if not claimed(self._tables.registry):
            return
        for resource in MEMBERS:
            last = 0
            sql = f"SELECT pk FROM {resource} WHERE pk > ? ORDER BY pk LIMIT {CHUNK}"
            while keys := [key for (key,) in self._connection.execute(sql, (last,))]:
                yield resource, keys
                last = keys[-1]

    def faults(self) -> Iterator[str]:
        """Yield the contradictions that are stored and are none, or are none and should be."""
        for resource, keys in self._everything():
            made, kept = self._made(resource, keys), self._kept(resource, keys)
            for place in sorted(made.keys() | kept.keys()):
                if made.get(place) != kept.get(place):
                    yield f"contradictions: {place[1]} is out of step with the claims"
        for one, other in ((_KEYS, _ENTERED), (_ENTERED, _KEYS)):
            for role, target, *_ in self._connection.execute(f"{one} EXCEPT {other} LIMIT 20"):
                yield f"contradiction_keys: those of {role} {target} are out of step"


_ABOUT: Final = ", ".join(f"t.{member}" for member in MEMBERS.values())
_COLUMNS: Final = "kind, strength, measure, keys, document"
_INSERT: Final = f"INSERT INTO contradictions VALUES (?, ?, ?, {', '.join('?' * 5)})"
_DELETE: Final = "DELETE FROM contradictions WHERE resource = ? AND subject = ? AND id = ?"
_INSERT_KEY: Final = "INSERT INTO contradiction_keys VALUES (?, ?, ?, ?, ?)"
_DELETE_KEY: Final = (
    "DELETE FROM contradiction_keys "
    "WHERE role = ? AND target = ? AND resource = ? AND subject = ? AND id = ?"
)
_ENTERED: Final = "SELECT role, target, resource, subject, id FROM contradiction_keys"
_KEYS: Final = (
    "SELECT k.value ->> 0, k.value ->> 1, c.resource, c.subject, c.id "
    "FROM contradictions c, json_each(c.keys) k"
)


def _most(one: int | None, other: int | None, of: Callable[[int, int], int]) -> int | None:
    """Return which of two numbers goes further; of one that is not known, the other."""
    return other if one is None else one if other is None else of(one, other)


def _plain(resource: str, item: Item) -> bool:
    """Return whether a claim is a new figure about an incident that names no other claim."""
    return (
        resource == "figures"
        and item.newborn
        and item.fresh
        and "incident" in item.links
        and "part_of" not in item.links
        and not item.shown["contradicts"]
    )


def _row(one: Contradiction) -> Row:
    """Return what is stored of a contradiction; it is found by its subjects and claimants."""
    keys = [*one.subjects, *(("claimants", claimant) for claimant in one.claimants)]
    told = orjson.dumps(one.told()).decode()
    return one.kind, one.strength, one.measure, orjson.dumps(keys).decode(), told


def _entries(
    resource: str, rows: Iterable[tuple[Place, Row]]
) -> Iterator[tuple[str, str, str, int, str]]:
    for (key, name), row in rows:
        for role, target in orjson.loads(str(row[3])):
            yield role, target, resource, key, name


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    return (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
