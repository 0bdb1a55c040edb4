"""Only one record that answers a question may have a certain value, such as preferred."""

from collections.abc import Iterable, Iterator
from typing import Any

from incidents_api.model import Record
from incidents_api.model.between import Sole
from incidents_api.storage.documents import values_of
from incidents_api.storage.items import Item
from incidents_api.storage.refusals import Refusal


class Watch:
    """Notes the records of a transaction that have such a value."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._noted: set[tuple[type[Record], Sole, int]] = set()

    def note(self, record: type[Record], items: Iterable[Item]) -> None:
        """Note those of the records written that must be the only ones."""
        for sole in record.soles:
            for item in items:
                if item.shown[sole.member] == sole.value:
                    self._noted.add((record, sole, item.pk))

    def faults(self) -> Iterator[Refusal]:
        """Yield a refusal for each that is not the only one."""
        for record, sole, key in sorted(self._noted, key=lambda noted: noted[2]):
            yield from self._others(record, sole, key)

    def _others(self, record: type[Record], sole: Sole, key: int) -> Iterator[Refusal]:
        columns = ", ".join(("id", "document", *sole.about))
        living = f"{sole.member} = ? AND state = 'live'"
        sql = f"SELECT {columns} FROM {record.resource} WHERE pk = ? AND {living}"
        own = self._connection.execute(sql, (key, sole.value)).fetchone()
        if own is None:
            return
        name, document, *links = own
        question = sole.question(values_of(record, document)[1])
        about, target = next(
            (column, link)
            for column, link in zip(sole.about, links, strict=True)
            if link is not None
        )
        sql = (
            f"SELECT id, document FROM {record.resource} WHERE {about} = ? AND {living} AND pk <> ?"
        )
        for other, found in self._connection.execute(sql, (target, sole.value, key)):
            if sole.question(values_of(record, found)[1]) == question:
                words = (
                    f"{other} is {sole.value} already for the same {about}, "
                    f"{', '.join(sole.alike)}: change that one first"
                )
                where = f"{record.resource}/{other}"
                yield Refusal(record.resource, name, sole.member, words, sole.rule, where)
