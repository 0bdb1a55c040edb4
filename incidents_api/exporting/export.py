"""What is exported: which records of which resources, in which state, for whom."""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import Any, Final

from incidents_api import bundle
from incidents_api.model import Record
from incidents_api.storage.belonging import INCIDENTS, Cut
from incidents_api.storage.bits import Bits
from incidents_api.storage.clocks import CLOCK_NAMES, Clocks, pinned
from incidents_api.storage.flat import Cell
from incidents_api.storage.lists import CHUNK, EVERYTHING, Chosen, Lists
from incidents_api.storage.moments import Moment, moment_of
from incidents_api.storage.store import Store

#: Whoever has the file may export everything, restricted and withdrawn too.
ALL: Final = bundle.ALL
#: What is asked that chooses no records, but how they are told.
HOW: Final[tuple[str, ...]] = ("rule", "fields")
Rows = Iterator[list[tuple[Any, ...]]]


class Export:
    """The records of an export, as one transaction left them.

    Args:
        lists: The lists of every resource.
        record: The one resource whose records are exported; None for those of all.
        values: The query: filters of that resource's list and clocks, where all resources are
            exported filters of incidents.
        level: What the reader may see.
        loadable: Whether all that a record links to must be there.
        question: The query in words, for the export to tell.
        progress: Told how many records have been read.

    Attributes:
        resources: The names of the resources whose records are exported.
        seq: The number of the last transaction.
        known_seq: That of the transaction whose state is exported.
        recorded_at: When that was, in UTC; None of the empty base before the first one.
        level: What the reader may see.
        question: The query in words.
        progress: Told how many records have been read.

    Raises:
        Unreadable: The query names what is not there.

    """

    def __init__(
        self,
        lists: Mapping[str, Lists],
        record: type[Record] | None,
        values: Mapping[str, Any],
        level: int,
        *,
        loadable: bool = False,
        question: str = "",
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.lists = lists
        self.level = level
        self.resources = (record.resource,) if record else tuple(lists)
        self._record = record
        self._loadable = loadable
        self.question = question
        self.progress = progress
        asked = lists[record.resource if record else INCIDENTS]
        self.store: Store = asked.store
        found: Moment = moment_of(asked, values, level)
        self.seq, self.known_seq, self.recorded_at = found
        self.values = {**values, "known_at": self.known_seq}

    def of(self, resource: str) -> "Export":
        """Return the part of this export that is of one resource."""
        if self.cut:
            self._keys  # noqa: B018 - found once for all parts
        made = copy(self)
        made.resources = (resource,)
        return made

    @property
    def filtered(self) -> bool:
        """Whether a query chooses among the records; the clocks alone do not."""
        return not self.values.keys() <= {*CLOCK_NAMES, *HOW}

    @property
    def cut(self) -> bool:
        """Whether it is incidents with what belongs to them, not all that there is."""
        clocked = not self.values.keys().isdisjoint({"as_of", "said_by"})
        return self._record is None and (self.filtered or (self._loadable and clocked))

    @cached_property
    def _keys(self) -> Mapping[str, Bits]:
        """The keys of the records, where they are found by walking along links."""
        asked = self.lists[INCIDENTS]
        return Cut(asked, self.values, self.level, loadable=self._loadable).keys()

    def rows(self, resource: str, chosen: Chosen) -> Rows:
        """Yield the records of a resource in chunks, each read by itself.

        Args:
            resource: One of :attr:`resources`.
            chosen: Takes the source of each table, returns what to select of each record.

        Returns:
            Rows of the record's id and of what was selected.

        """
        for rows in self._rows(self.lists[resource], resource, chosen):
            yield rows
            self.progress(len(rows))

    def _rows(self, lists: Lists, resource: str, chosen: Chosen) -> Rows:
        known = lists.grammar.parameters
        if self.cut:
            keys = self._keys[resource].chunks(CHUNK)
            how = {name: self.values[name] for name in HOW if name in self.values.keys() & known}
            return lists.of_keys(keys, how, self.level, chosen, self._clocks)
        values = self.values
        if not self._record:
            values = {name: value for name, value in values.items() if name in known}
            values["sort"] = "id"
        return lists.everything(values, self.level, chosen)[1]

    @property
    def _clocks(self) -> Clocks:
        """From when the records of a cut are looked at."""
        if self._loadable:  # what is given does not change with the clocks
            return Clocks(self.known_seq)
        return pinned(self.values)

    def columns(self, resource: str) -> tuple[Cell, ...]:
        """Return the columns of a resource's flat projection, or those that are asked for."""
        return self.lists[resource].columns(self.values)

    def chosen(self, resource: str, *, words: bool) -> Chosen:
        """Return what to select for those columns; with ``words``, flags as true and false."""
        return self.lists[resource].flat(self.values, self.level, words=words)

    def flat(self, resource: str, *, words: bool) -> Rows:
        """Yield the flat rows of a resource in chunks, each row behind the record's id."""
        return self.rows(resource, self.chosen(resource, words=words))

    def lines(self, resource: str) -> Rows:
        """Yield the flat rows of a resource in chunks, each an id and a line of CSV."""
        return self.rows(resource, self.lists[resource].line(self.values, self.level))

    def count(self, most: int = EVERYTHING) -> int:
        """Count the records, as far as it matters: of more than so many, any such number."""
        if self.level == ALL:
            return self.store.records()
        if self.cut:
            return sum(len(keys) for keys in self._keys.values())
        found = 0
        for resource in self.resources:
            found += self.lists[resource].count(self.values, self.level, most)
            if found > most:
                break
        return found
