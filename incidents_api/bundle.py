"""The bundle: records as readable lines, to load a knowledge base from and to write one to.

A bundle is a text file in UTF-8, one JSON object a line. The first line is the header::

    {"bundle": "incidents-api", "format": 1, "title": "...", "statement": "..."}

Every other line is a record: the member ``resource`` says of which kind, the rest are its
members as the API takes them, those that say nothing left out. ``"state": "withdrawn"`` marks a
record that has been withdrawn, ``"state": "merged"`` one that has been merged
into its ``survivor``. Records may refer to each other in any order. Blank lines are
allowed. A bundle carries the present state of its records, not their history.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import orjson
from marshmallow import ValidationError

from incidents_api.model import Record, Registry
from incidents_api.model.faults import messages
from incidents_api.model.fields import Link
from incidents_api.model.record import given_values
from incidents_api.storage.documents import values_of
from incidents_api.storage.lists import Lists, with_state
from incidents_api.storage.store import Refused, Store

FORMAT: Final = 1
NAME: Final = "incidents-api"
#: An export holds everything, restricted and withdrawn too: it is made by whoever has the file.
ALL: Final = -1
STATES: Final = ("live", "withdrawn", "merged")
#: So many faults are reported; more would hide the first.
MOST_FAULTS: Final = 1000

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Fault:
    """What is wrong in a bundle, and where."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


class Faulty(Exception):
    """A bundle that cannot be loaded; nothing of it is."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Line:
    """A record in a bundle."""

    file: str
    number: int
    resource: str
    values: dict[str, Any]
    state: str = "live"
    survivor: str | None = None


def sample() -> Path:
    """Return the bundle of the sample knowledge base, which is shipped with the program."""
    with as_file(files("incidents_api").joinpath("knowledge", "hasakah.ndjson")) as path:
        return path


def read(
    paths: Iterable[Path],
    registry: Registry,
    faults: list[Fault],
    progress: Progress | None = None,
    seen: set[tuple[str, str]] | None = None,
) -> Iterator[Line]:
    """Yield the checked records of bundles, noting every fault instead of stopping at it.

    Args:
        paths: The files.
        registry: The resources.
        faults: Where faults are noted.
        progress: Told how many bytes have been read.
        seen: Where the records with faults of their own are noted.

    """
    refused = set() if seen is None else seen
    for path in paths:
        with path.open("rb") as lines:
            header = lines.readline()
            if words := _header_fault(header):
                faults.append(Fault(str(path), 1, words))
                continue
            for number, text in enumerate(lines, 2):
                if progress:
                    progress(len(text))
                if text.strip():
                    yield from _record(str(path), number, text, registry, faults, refused)


def _header_fault(text: bytes) -> str:
    try:
        header = orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("bundle") != NAME:
        return f'is not a bundle: its first line must be {{"bundle": "{NAME}", "format": {FORMAT}}}'
    if header.get("format") != FORMAT:
        return f"has format {header.get('format')!r}; this program reads {FORMAT}"
    return ""


def _record(
    file: str,
    number: int,
    text: bytes,
    registry: Registry,
    faults: list[Fault],
    seen: set[tuple[str, str]],
) -> Iterator[Line]:
    """Yield the record of a line; of a faulty one, note the id too: it is there, if not well."""
    try:
        given = orjson.loads(text)
    except ValueError as fault:
        faults.append(Fault(file, number, f"is not JSON: {fault}"))
        return
    if not isinstance(given, dict):
        faults.append(Fault(file, number, "is not a JSON object"))
        return
    resource, state = str(given.pop("resource", None)), given.pop("state", "live")
    survivor = given.pop("survivor", None)
    if resource not in registry:
        known = ", ".join(registry.records)
        faults.append(Fault(file, number, f"resource is {resource!r}; it must be one of {known}"))
        return
    if state not in STATES:
        words = f"state is {state!r}; it must be one of {', '.join(STATES)}"
        faults.append(Fault(file, number, words))
        return
    if (state == "merged") != (type(survivor) is str):
        faults.append(
            Fault(file, number, "survivor: is the id that a merged record, and no other, has")
        )
        return
    try:
        values = registry[resource].read(given)
    except ValidationError as fault:
        seen.add((resource, str(given.get("id"))))
        faults += [Fault(file, number, f"{where}: {words}") for where, words in messages(fault)]
        return
    if values["id"] is None:
        faults.append(Fault(file, number, "id: is required in a bundle"))
        return
    yield Line(file, number, resource, values, state, survivor)


def load(
    store: Store,
    paths: Iterable[Path],
    *,
    who: str,
    why: str | None = None,
    progress: Progress | None = None,
) -> Counter[str]:
    """Load bundles in one transaction, after checking them whole.

    Returns:
        How many records were created, updated and unchanged.

    Raises:
        Faulty: With every fault by file and line; nothing is loaded.

    """
    paths = list(paths)
    faults: list[Fault] = []
    places = _check(store, paths, faults, progress)
    if faults:
        raise Faulty(faults[:MOST_FAULTS])
    try:
        with store.writing(who, why) as transaction:
            for line in read(paths, store.registry, faults, progress):
                transaction.put(
                    line.resource, line.values, state=line.state, survivor=line.survivor
                )
    except Refused as refused:
        raise Faulty(
            [
                Fault(*places.get((r.resource, r.id), ("database", 0)), f"{r.member}: {r.words}")
                for r in refused.refusals
            ]
        ) from None
    return transaction.counts


def _check(
    store: Store, paths: list[Path], faults: list[Fault], progress: Progress | None
) -> dict[tuple[str, str], tuple[str, int]]:
    """Check every line, that no id comes twice, and that every link leads somewhere."""
    places: dict[tuple[str, str], tuple[str, int]] = {}
    wanted: set[tuple[str, str]] = set()
    refused: set[tuple[str, str]] = set()
    for line in read(paths, store.registry, faults, progress, refused):
        key = (line.resource, line.values["id"])
        if key in places:
            first = ":".join(map(str, places[key]))
            faults.append(
                Fault(line.file, line.number, f"{key[0]}/{key[1]} is there already, at {first}")
            )
        places[key] = (line.file, line.number)
        wanted.update((resource, name) for _, resource, name in _links(store.registry, line))
    there = places.keys() | refused
    missing = {key for key in wanted if key not in there and store.get(*key) is None}
    if missing:
        faults += _dangling(store.registry, paths, missing)
    faults.sort(key=lambda fault: (fault.file, fault.line))
    return places


def _dangling(
    registry: Registry, paths: list[Path], missing: set[tuple[str, str]]
) -> Iterator[Fault]:
    """Yield a fault for every link to a record that is not there."""
    for line in read(paths, registry, []):
        for member, resource, name in _links(registry, line):
            if (resource, name) in missing:
                words = f"{member}: there is no record {name!r} among the {resource}"
                yield Fault(line.file, line.number, words)


def _links(registry: Registry, line: Line) -> Iterator[tuple[str, str, str]]:
    if line.survivor is not None:
        yield "survivor", line.resource, line.survivor
    yield from links(registry[line.resource], line.values)


def links(record: type[Record], values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield where a record links to: the member, the resource and the id."""
    for name, link in record.links_out().items():
        if values[name] is not None:
            yield name, link.resource, values[name]
    for part in record.parts():
        if isinstance(part.kind, Link):
            for target in part.of(values):
                yield part.leaf.name, part.kind.resource, target


def header(day: str, statement: str) -> bytes:
    """Return the first line of a bundle that is written on a day."""
    told = {"bundle": NAME, "format": FORMAT, "title": f"Export of {day}", "statement": statement}
    return orjson.dumps(told) + b"\n"


def written(record: type[Record], values: Mapping[str, Any], **more: str) -> bytes:
    """Return the line of a record, with what is told of it besides its given values."""
    told = {"resource": record.resource, **given_values(record, values), **more}
    return orjson.dumps(told) + b"\n"


def export(
    store: Store, start: int | None = None, progress: Progress | None = None
) -> Iterator[bytes]:
    """Yield the lines of a bundle of the whole knowledge base, as it stands now, or stood.

    It holds what was given, not what follows from it, so that loading it gives an equal base.

    Args:
        store: The knowledge base.
        start: The number of the transaction whose state is written; None for the last one.
        progress: Told how many records have been written.

    """
    start = store.seq() if start is None else start
    today = datetime.now(UTC).date().isoformat()
    yield header(today, f"The whole knowledge base as transaction {start} left it.")
    for record in store.registry:
        lists = Lists(store, record)
        _, chunks = lists.everything({"sort": "id"}, ALL, with_state(lists.table), start)
        for rows in chunks:
            for _, document, state, survivor in rows:
                values, _ = values_of(record, document)
                told = {} if state == "live" else {"state": state}
                told |= {} if survivor is None else {"survivor": survivor}
                yield written(record, values, **told)
            if progress:
                progress(len(rows))
