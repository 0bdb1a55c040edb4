"""Controlled vocabularies: the terms that coded fields draw on, each with a definition.

The terms are data, in ``index.csv`` and ``terms.csv`` beside this file; only ``country`` comes from
elsewhere, from ISO 3166-1 (pycountry).
"""

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pycountry


@dataclass(frozen=True)
class Term:
    """One term: its code, what it means, and the term of the wider vocabulary it belongs to."""

    term: str | int
    definition: str
    parent: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """A closed list of terms for one coded field."""

    name: str
    title: str
    description: str
    source: str
    terms: tuple[Term, ...]

    @property
    def codes(self) -> tuple[str | int, ...]:
        """The terms' codes, in their published order."""
        return tuple(term.term for term in self.terms)

    @property
    def numeric(self) -> bool:
        """Whether the codes are whole numbers, as in UCDP's precision scales."""
        return all(isinstance(code, int) for code in self.codes)


def rows(package: str, name: str) -> list[dict[str, str]]:
    """Read a CSV data file of this package into a list of rows."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _code(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() else text


def _countries() -> Vocabulary:
    names = {country.alpha_3: country.name for country in pycountry.countries} | {"XKX": "Kosovo"}
    return Vocabulary(
        "country",
        "Countries",
        "States and territories by their three-letter code.",
        "ISO 3166-1 alpha-3, and the user-assigned code XKX for Kosovo",
        tuple(Term(code, f"{names[code]}.") for code in sorted(names)),
    )


@cache
def vocabularies() -> dict[str, Vocabulary]:
    """Return every vocabulary by name.

    Raises:
        ValueError: A vocabulary without terms, or a term without a definition: a mistake in the
            data files, found when the program starts.

    """
    terms: dict[str, list[Term]] = {}
    for row in rows(__name__, "terms.csv"):
        if not row["definition"]:
            raise ValueError(f"{row['vocabulary']}: {row['term']} has no definition")
        terms.setdefault(row["vocabulary"], []).append(
            Term(_code(row["term"]), row["definition"], row["parent"] or None)
        )
    found = {
        row["vocabulary"]: Vocabulary(
            row["vocabulary"],
            row["title"],
            row["description"],
            row["source"],
            tuple(terms.pop(row["vocabulary"])),
        )
        for row in rows(__name__, "index.csv")
    }
    if terms:
        raise ValueError(f"terms without a vocabulary: {', '.join(sorted(terms))}")
    return {**found, "country": _countries()}
