"""The UCDP Actor Dataset: one row an actor, with its names and how it stands to others.

A short name is the record's name; the full names, in the actor's own language and in English, and
what it was called before, are aliases. A splinter is a relation ``splinter_of`` to the actor before
(a temporary one says so in its notes), an actor that joined another one ``member_of`` it, or
``merged_into`` it where a state ended so; an alliance is ``allied_with``. Which of UCDP's organised
groups are rebels is told by whether they are a party to a state-based conflict.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from incidents_api.importers import countries
from incidents_api.importers.cells import Cells, Row
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Event, Named
from incidents_api.importers.formats import Format

PREFIX: Final = "ucdp-actor-"
SCHEME: Final = "ucdp_actor"
REQUIRED: Final = frozenset({"ActorId", "NameData", "NameOrig", "Org"})
STATE: Final = "4"
#: UCDP's levels of organisation, where they tell what kind of actor it is: supporters of parties,
#: communal groups, states. Formally organised groups (1) are told apart by their conflicts.
KINDS: Final = {"2": "political_militia", "3": "identity_militia", STATE: "government"}
_GOVERNMENT: Final = "Government of "
_NOTHING: Final = ("", "n/a", "N/A")
_LONGEST: Final = 300
#: Relations: whether there is one, to whom, their names, its type, its notes.
RELATIONS: Final = (
    ("Splinter", "ActorIdPrev", "NamePrev", "splinter_of", None),
    (
        *("SplitTemp", "ActorIdSplitTemp", "NameSplitTemp", "splinter_of"),
        "UCDP codes it as a temporary split.",
    ),
    ("Alliance", "ActorIdAlliance", "NameAlliance", "allied_with", None),
    ("JoinGroup", "ActorIdGroup", "GroupName", "member_of", None),
)


def read(rows: Sequence[Row], release: Release) -> Event:
    """Return what a row says.

    Raises:
        Refusal: The row cannot be taken, with every reason.

    """
    (row,) = rows
    cells = Cells(row)
    number = cells.raw("ActorId")
    if not number.isascii() or not number.isdigit():
        cells.faults.append(f"ActorId: is {number[:40]!r}; it must be a whole number")
    event = Event(f"{PREFIX}{number}", "actors", [(row.file, row.line)], number)
    common = {"dataset": release.terms.dataset, "visibility": release.terms.visibility}
    actor = _actor(cells, number) | common
    relations = list(_relations(cells, event, common))
    cells.check()
    event.add("actors", **actor, source_values=cells.rest())
    # A splinter can be coded as a temporary split too: that is one relation.
    for relation in {one["id"]: one for one in relations}.values():
        event.add("relations", **relation, **common)
    event.learned(cells)
    return event


def _actor(cells: Cells, number: str) -> dict[str, Any]:
    name = cells.text("NameData", _LONGEST)
    if name is None:
        cells.faults.append("NameData: is empty; it must be the actor's name")
    country, gwno = _state(cells, name or "")
    return {
        "id": f"{PREFIX}{number}",
        "external_ids": [{"scheme": SCHEME, "value": number}],
        "name": name,
        "aliases": list(_aliases(cells, name or "")),
        "actor_type": _kind(cells),
        "country": country,
        "gwno": gwno,
    }


def _kind(cells: Cells) -> str:
    org = cells.peek("Org")
    if org == "1" and cells.peek("ConflictId") not in _NOTHING:
        return "rebel_group"
    return KINDS.get(org, "unknown")


def _state(cells: Cells, name: str) -> tuple[str | None, int | None]:
    """Return the country and the state number of a government, as far as its name tells."""
    if cells.peek("Org") != STATE or not name.startswith(_GOVERNMENT):
        return None, None
    state = name.removeprefix(_GOVERNMENT)
    entry = countries.of_name(state)
    if entry is None or entry.alpha3 is None:
        why = f"has no code: {entry.note}" if entry else "is unknown"
        cells.notes.append(f"country: the name {state!r} {why}")
    return (entry.alpha3 if entry else None), countries.number_of(state)


def _aliases(cells: Cells, name: str) -> Iterator[dict[str, str]]:
    """Yield the other names of an actor, each once."""
    seen = {name}
    for column, found in _names(cells, name):
        for alias, lang, kind in found:
            whole = cells.clean(column, alias.strip())
            if whole not in seen and whole not in _NOTHING:
                seen.add(whole)
                made = {"name": whole[:_LONGEST], "lang": lang, "kind": kind}
                yield {member: value for member, value in made.items() if value}


def _names(cells: Cells, name: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    renamed = cells.peek("NameChange") == "1"
    short = cells.raw("NameOrig")
    other = "acronym" if _short(short) else "alias"
    yield "NameOrig", [(short, "", "former" if renamed else other)]
    kind = "former" if renamed else "official"
    yield "NameOrigFull", [(cells.raw("NameOrigFull"), "", kind)]
    yield "NameOrigFullEng", [(cells.raw("NameOrigFullEng"), "en", kind)]
    later = _parts(cells.raw("NewName"), last=name)
    yield "NewName", [(one, "", "former") for one in later]
    for column, lang in (("NewNameFullMotherTongue", ""), ("NewNameFullEng", "en")):
        full = _parts(cells.raw(column), many=len(later))
        *before, now = full or [""]
        yield column, [*((one, lang, "former") for one in before), (now, lang, "official")]


def _short(name: str) -> bool:
    """Return whether a name is a short form made of initials."""
    letters = [letter for letter in name if letter.isalpha()]
    return len(name) <= 12 and sum(map(str.isupper, letters)) * 2 > len(letters)


def _parts(text: str, *, last: str = "", many: int = 0) -> list[str]:
    """Return the names in a cell, one after the other in time.

    A comma parts them where the last is the present name, or where there are as many as short
    ones; else it belongs to a name.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and (parts[-1] == last if last else len(parts) == many):
        return parts
    return [text] if text else []


def _relations(cells: Cells, event: Event, common: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for said, column, names, kind, notes in RELATIONS:
        if cells.peek(said) != "1":
            continue
        numbers = [part.strip() for part in cells.raw(column).split(",") if part.strip()]
        called = _called(cells.raw(names), len(numbers))
        cells.raw(said)
        for number, name in zip(numbers, called, strict=True):
            if not number.isdigit():
                cells.faults.append(f"{column}: holds {number[:40]!r}; it must be numbers")
                continue
            if f"{PREFIX}{number}" == event.id:
                cells.repair(column, number, "left out: an actor has no such relation to itself")
                continue
            other = event.name(_other(number, name, common))
            type_ = "merged_into" if _ended(cells, kind) else kind
            yield {
                "id": f"{event.id}-{type_.replace('_', '-')}-{number}",
                "from_actor": event.id,
                "to_actor": other,
                "type": type_,
                "source": common["dataset"],
                "notes": notes,
            }


def _ended(cells: Cells, kind: str) -> bool:
    """Return whether what joined another actor was a state, which then was none any more."""
    return kind == "member_of" and cells.peek("Org") == STATE


def _called(text: str, many: int) -> list[str]:
    """Return the names beside some numbers; none where they cannot be told apart."""
    names = [part.strip() for part in text.split(",")] if many > 1 else [text.strip()]
    return names if len(names) == many else [""] * many


def _other(number: str, name: str, common: dict[str, Any]) -> Named:
    """Return another actor, to be made if no row tells of it."""
    values = {
        "id": f"{PREFIX}{number}",
        "name": name or f"UCDP actor {number}",
        "actor_type": "unknown",
        "external_ids": [{"scheme": SCHEME, "value": number}],
        **common,
    }
    return Named(SCHEME, number, values)


ACTORS: Final = Format(
    "ucdp-actor",
    "UCDP Actor Dataset: states and organised groups, with aliases, splinters and alliances",
    "ucdp-actor",
    REQUIRED,
    read,
    PREFIX,
    key="ActorId",
    resource="actors",
    compiled=False,
    scheme=SCHEME,
    succeeds=("ucdp-ged", "ucdp-candidate"),
    belonging=(("relations", "from_actor"),),
    release="Version",
    batch=1_000_000,
)
