"""What a transaction keeps up beside the records: tables that follow from them.

A keeper is told of every record that is written, and brings its own tables up to date when the
transaction ends. What it keeps can be made again from the records alone: migrations do, and the
consistency check compares.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from incidents_api.model import Record
from incidents_api.storage.contradictions import Contradictions
from incidents_api.storage.disclosure import Disclosure
from incidents_api.storage.items import Item
from incidents_api.storage.past_casualties import PastCasualties
from incidents_api.storage.sums import Sums
from incidents_api.storage.tables import Tables


class Keeper(Protocol):
    """Keeps tables that follow from the records, within one transaction."""

    def __init__(self, tables: Tables, connection: Any, seq: int) -> None: ...

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note records that were written; their state before is in ``item.before``."""

    def keep(self) -> None:
        """Bring the tables up to date, once all that follows has been computed."""

    def rebuild(self) -> None:
        """Make the tables again from the records."""

    def faults(self) -> Iterator[str]:
        """Yield where the tables are not what the records make them, in words."""


#: Every keeper, in the order in which they work.
KEEPERS: tuple[type[Keeper], ...] = (Sums, Disclosure, Contradictions, PastCasualties)
