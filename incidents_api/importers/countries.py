"""Countries as data sets print them, read into terms of the vocabulary ``country``.

Codes and names of ISO 3166-1 come from pycountry. The rest is data, in ``countries.csv`` beside
this file: a row for each state number of Gleditsch and Ward, with the names that it goes by, and
one for each name without a number. Where the two differ, the table holds. Nothing is guessed: what
stands in neither is unknown, and what stands in the table without a code has none, for the reason
told in its note.

A state that ended has the code of the state that continues it in law: the Soviet Union is RUS,
Zaire COD, Rhodesia ZWE, North Yemen YEM. One that broke up, or became a part of another, has none:
Czechoslovakia, East Germany, South Yemen, South Vietnam. The country is that of the day: UCDP print
"Serbia (Yugoslavia)" of Foca, in Bosnia, on 9 April 1992, and of Djakovica, in Kosovo, in 1999.
What means another state at another time has several rows, each with its days; without a day it is
read only where they agree.

Sources: Gleditsch and Ward, "A Revised List of Independent States since the Congress of Vienna",
International Interactions 25 (1999), with their later list of states and microstates; the UCDP
Georeferenced Event Dataset and Actor Dataset; the country names of ACLED and of the codebook of the
Global Terrorism Database.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import pycountry

from incidents_api.model.vocabularies import rows, vocabularies


@dataclass(frozen=True)
class Entry:
    """What is known of a printed country: its term, or None and in ``note`` why it has none.

    ``since`` and ``until`` are the first and the last day, YYYY-MM-DD, of which that holds; an
    empty one leaves the end open.
    """

    alpha3: str | None
    note: str = ""
    since: str = ""
    until: str = ""

    def holds(self, day: str) -> bool:
        """Return whether the entry holds of a day, YYYY-MM-DD."""
        return self.since <= day and (not self.until or day <= self.until)


Entries = tuple[Entry, ...]


def by_gw(code: int | str, day: str | None = None) -> str | None:
    """Return the country of a state number of Gleditsch and Ward, as UCDP use them.

    ``day`` is the day of the event, YYYY-MM-DD, with or without a time after it. Number 345, which
    was more than one state, is read only with it.
    """
    return _term(of_gw(code, day))


def by_name(name: str, day: str | None = None) -> str | None:
    """Return the country of a name as UCDP, ACLED, GTD, Gleditsch and Ward or ISO 3166-1 print it.

    Case, spacing and the kind of apostrophe do not matter; all else does. ``day`` is that of
    ``by_gw``.
    """
    return _term(of_name(name, day))


def by_iso(code: int | str) -> str | None:
    """Return the country of an ISO 3166-1 code: two letters, three letters or a number."""
    return _term(of_iso(code))


def of_gw(code: int | str, day: str | None = None) -> Entry | None:
    """Return what is known of a state number of Gleditsch and Ward; None if nothing is."""
    return _on(_numbers().get(_number(code), ()), day)


def of_name(name: str, day: str | None = None) -> Entry | None:
    """Return what is known of a country's name; None if nothing is."""
    return _on(_named(name), day)


def of_iso(code: int | str) -> Entry | None:
    """Return what is known of an ISO 3166-1 code; None if nothing is."""
    text = str(code).strip()
    if (
        not text.isascii()
    ):  # What is no letter of a code may become one as a capital: "\u00df" is SS.
        return None
    number = _number(text)
    return _codes().get(number.zfill(3) if number else text.upper())


def number_of(name: str) -> int | None:
    """Return the state number of Gleditsch and Ward of a country's name; None if it has none."""
    return _numbered().get(_key(name))


@cache
def _numbered() -> dict[str, int]:
    return {_key(name): int(gw) for gw, names, _ in _table() if gw for name in names}


def _term(entry: Entry | None) -> str | None:
    return None if entry is None else entry.alpha3


def _on(entries: Entries, day: str | None) -> Entry | None:
    if len(entries) < 2:  # The days of the rows of a key leave none out: a single row is for all.
        return entries[0] if entries else None
    held = [entry for entry in entries if not day or entry.holds(day[:10])]
    if len({entry.alpha3 for entry in held}) > 1:
        return Entry(None, "Which state depends on the day, and none is given.")
    return held[0]


def _number(code: int | str) -> str:
    """Return a number without zeros before it; an empty text for what is none."""
    text = str(code).strip()
    return text.lstrip("0") if text.isascii() and text.isdigit() else ""


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).replace("\u2019", "'")
    return " ".join(plain.casefold().split())


@lru_cache(maxsize=10_000)
def _named(name: str) -> Entries:
    return _names().get(_key(name), ())


@cache
def _table() -> tuple[tuple[str, list[str], Entry], ...]:
    """Return the rows of the table: number, names, and what they say."""
    return tuple(
        (
            row["gw"],
            row["names"].split(";"),
            Entry(row["alpha3"] or None, row["note"], row["since"], row["until"]),
        )
        for row in rows("incidents_api.importers", "countries.csv")
    )


@cache
def _numbers() -> dict[str, Entries]:
    found: dict[str, Entries] = {}
    for number, _, entry in _table():
        if number:
            found[number] = (*found.get(number, ()), entry)
    return found


@cache
def _names() -> dict[str, Entries]:
    found: dict[str, Entries] = {}
    for _, names, entry in _table():
        for key in map(_key, names):
            found[key] = (*found.get(key, ()), entry)
    return {**{_key(name): (Entry(alpha3),) for name, alpha3 in _iso_names()}, **found}


def _iso_names() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        for kind in ("name", "official_name", "common_name"):
            if name := getattr(country, kind, None):
                yield name, country.alpha_3


@cache
def _codes() -> dict[str, Entry]:
    terms = {str(term): Entry(str(term)) for term in vocabularies()["country"].codes}
    shorter = {
        code: terms[country.alpha_3]
        for country in pycountry.countries
        for code in (country.alpha_2, country.numeric)
    }
    # XK is user-assigned, as the vocabulary's own XKX is: ISO 3166-1 has no code for Kosovo.
    return {**terms, **shorter, "XK": terms["XKX"]}
