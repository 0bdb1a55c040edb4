"""Entering the events of a batch: whole events, in one transaction, beside what is here."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from incidents_api.importers.events import Event, Values
from incidents_api.importers.formats import Format
from incidents_api.importers.linking import Linking
from incidents_api.importers.options import Options
from incidents_api.importers.report import Told
from incidents_api.storage.identities import Wanted
from incidents_api.storage.intake import MARK, Intake, Outcome
from incidents_api.storage.scratch import Scratch
from incidents_api.storage.store import Store

#: What became of what events share, and of the records of each.
Entered = tuple[list[Outcome], list[list[Outcome]]]
#: What can become of a record that is then written.
WRITTEN = frozenset({"created", "restored", "updated", "withdrawn"})


@dataclass
class Parsed:
    """An event that could be read, with its checked records."""

    event: Event
    records: list[tuple[str, Values]]


class Entering:
    """Enters batches of events.

    Args:
        store: The knowledge base.
        format_: The format that they come from.
        why: For what reason, for the history.
        options: How to import.
        scratch: Where it is noted what is here.

    """

    def __init__(
        self, store: Store, format_: Format, why: str, options: Options, scratch: Scratch
    ) -> None:
        self._store = store
        self._format = format_
        self._why = why
        self._options = options
        self._linking = Linking(store.registry, scratch)

    def enter(self, batch: Sequence[Parsed]) -> Entered:
        """Enter the records of a batch, and return what became of each.

        Raises:
            Refused: A rule between records is broken; nothing of the batch is written.

        """
        self._linking.forget()
        with self._intake() as intake:
            entered = self._entered(intake, batch)
        self._linking.keep()
        return entered

    def withdraw(self, names: Sequence[str]) -> list[Outcome]:
        """Withdraw events with what belongs to them.

        Raises:
            Refused: Others link to what is to be withdrawn; nothing of it is.

        """
        with self._intake() as intake:
            outcomes = intake.withdraw(self._format.resource, names, self._gone_why)
            gone = [one.id for one in outcomes if one.action == "withdrawn"]
            for resource, link in self._format.belonging:
                owned = intake.owned(resource, link, gone)
                outcomes += intake.withdraw(resource, owned, self._gone_why, link)
            return outcomes

    @property
    def _gone_why(self) -> str:
        return f"not in the {self._why}"

    @contextmanager
    def _intake(self) -> Iterator[Intake]:
        """Open a transaction of the import; for a trial, a reader."""
        datasets = (self._format.dataset, *self._format.succeeds)
        tables = self._store.tables
        if self._options.dry_run:
            with self._store.reading(limited=False) as connection:
                yield Intake(tables, connection, datasets)
            return
        mark = f"{MARK}{self._format.dataset}"
        with self._store.writing(self._options.who, self._why, mark) as transaction:
            connection, rows = transaction.connection, transaction.rows
            yield Intake(tables, connection, datasets, transaction.put, rows)

    def _entered(self, intake: Intake, batch: Sequence[Parsed]) -> Entered:
        """Enter the records of a batch, resource by resource, and return what became of each."""
        events = [parsed.event for parsed in batch]
        shared = self._linking.shared(intake, events)
        mains = intake.there(self._format.resource, [event.id for event in events])
        names = self._linking.names(intake, self._format.resource, mains)
        elsewhere = self._elsewhere(intake, events)
        names = {**names, **{("actors", name): here for name, here in elsewhere.items()}}
        outcomes: list[list[Outcome]] = [[] for _ in batch]
        for resource, entries in _by_resource(batch, self._linking, names).items():
            # What hangs on a record that is not the data set's to change is left alone too.
            mine = [(place, values) for place, values in entries if not _left(outcomes[place])]
            if resource == self._format.resource and elsewhere:
                mine = self._told_elsewhere(mine, elsewhere, outcomes)
            found = intake.enter(resource, [values for _, values in mine], self._why)
            for (place, _), outcome in zip(mine, found, strict=True):
                outcomes[place].append(outcome)
        for place, gone in self._gone(intake, events, mains):
            outcomes[place] += gone
        return shared, outcomes

    def _elsewhere(self, intake: Intake, events: Sequence[Event]) -> dict[str, str]:
        """Return the actors that rows tell of and that are here under other ids."""
        if self._format.scheme is None:
            return {}
        wanted = [
            Wanted(self._format.scheme, event.key, event.entries[0][1]["name"], event.id)
            for event in events
            if event.key
        ]
        found = intake.actors(wanted)
        return {name: here for name, here in found.items() if here != name}

    def _told_elsewhere(
        self,
        entries: list[tuple[int, Values]],
        elsewhere: Mapping[str, str],
        outcomes: list[list[Outcome]],
    ) -> list[tuple[int, Values]]:
        """Note which records are here under other ids, and return the others."""
        for place, values in entries:
            if here := elsewhere.get(values["id"]):
                words = f"it is here as {here}, which is left as it is"
                kept = Outcome(self._format.resource, values["id"], "kept", kept=(words,))
                outcomes[place].append(kept)
        return [(place, values) for place, values in entries if values["id"] not in elsewhere]

    def _gone(
        self, intake: Intake, events: Sequence[Event], mains: Mapping[str, Any]
    ) -> Iterator[tuple[int, list[Outcome]]]:
        """Withdraw what belonged to events that are here, and is not in the files any more."""
        live = {name for name, row in mains.items() if row.state == "live"}
        here = {event.id: place for place, event in enumerate(events) if event.id in live}
        said = {(resource, values["id"]) for event in events for resource, values in event.entries}
        for resource, link in self._format.belonging if here else ():
            owned = intake.owned(resource, link, here)
            gone = {name: owner for name, owner in owned.items() if (resource, name) not in said}
            for outcome in intake.withdraw(resource, gone, self._gone_why, link):
                yield here[gone[outcome.id]], [outcome]


def _by_resource(
    batch: Sequence[Parsed], linking: Linking, names: Mapping[tuple[str, str], str]
) -> dict[str, list[tuple[int, Values]]]:
    """Return the records of a batch by resource, each with the place of its event."""
    found: dict[str, list[tuple[int, Values]]] = {}
    for place, parsed in enumerate(batch):
        for resource, values in parsed.records:
            linked = linking.linked(resource, values, names)
            found.setdefault(resource, []).append((place, linked))
    return found


def _left(outcomes: Sequence[Outcome]) -> bool:
    """Return whether the main record of an event, which comes first, was left alone."""
    return bool(outcomes) and outcomes[0].action == "left"


def outcome_of(event: Event, outcomes: Sequence[Outcome]) -> str:
    """Return what became of an event as a whole."""
    actions = {one.action for one in outcomes}
    main = next(one for one in outcomes if one.id == event.id and one.resource == event.resource)
    if main.action in ("created", "restored"):
        return "accepted"
    if actions & WRITTEN:
        return "changed"
    return "kept" if actions & {"kept", "left"} else "unchanged"


def rows_told(event: Event, outcome: str, outcomes: Sequence[Outcome]) -> Iterator[Told]:
    """Yield what became of each row of an event."""
    changes = [_change(one) for one in outcomes if one.action in WRITTEN]
    kept = [f"{one.resource}/{one.id}: {', '.join(one.kept)}" for one in outcomes if one.kept]
    for place in event.places:
        yield Told(
            *place,
            f"{event.resource}/{event.id}",
            outcome,
            [mended.as_json() for at, mended in event.repairs if at == place],
            changes if outcome == "changed" else [],
            kept,
            [words for at, words in event.notes if at == place],
        )


def _change(outcome: Outcome) -> str:
    """Return in words what was written of a record."""
    told = ", ".join(outcome.fields) if outcome.action == "updated" else outcome.action
    return f"{outcome.resource}/{outcome.id}: {told}"
