"""Chains of links that may not lead back to where they began."""

from collections.abc import Iterable, Iterator
from typing import Any

from incidents_api.model import Record
from incidents_api.storage.items import Item
from incidents_api.storage.refusals import Refusal


class Watch:
    """Notes the records written in a transaction that could close a circle."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._noted: list[tuple[str, str, int, str, str]] = []

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note those of the records written that may have closed a chain."""
        links = [name for name, link in record.links_out().items() if link.acyclic]
        if not links and not record.acyclic:
            return
        for item in items:
            for name in links:
                if name in item.links and item.matters(frozenset({name})):
                    walk = f"SELECT {name} FROM {record.resource} WHERE pk = ?"
                    self._noted.append((record.resource, item.values["id"], item.pk, name, walk))
            for member, term, start, end in record.acyclic:
                ends = frozenset({member, start, end})
                if item.values[member] == term and start in item.links and item.matters(ends):
                    walk = (
                        f"SELECT {end} FROM {record.resource} r WHERE r.{start} = ? "
                        f"AND r.{member} = '{term}' AND r.shown > 0"
                    )
                    self._noted.append(
                        (record.resource, item.values["id"], item.links[start], end, walk)
                    )

    def faults(self) -> Iterator[Refusal]:
        """Yield a refusal for every record from which a chain leads back to it."""
        for resource, name, start, member, walk in self._noted:
            if self._circles(start, walk):
                words = f"the chain of {member} leads back to where it began"
                yield Refusal(resource, name, member, words, "no-cycle")

    def _circles(self, start: int, walk: str) -> bool:
        seen: set[int] = set()
        ahead = [start]
        while ahead:
            for (key,) in self._connection.execute(walk, (ahead.pop(),)):
                if key == start:
                    return True
                if key is not None and key not in seen:
                    seen.add(key)
                    ahead.append(key)
        return False
