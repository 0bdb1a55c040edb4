"""The data sets that can be imported: who compiles them, under which terms, how to cite them.

What is known of each stands in ``datasets.csv``, the citations of single releases in
``releases.csv``. A data set is a source: each release, when it is imported, becomes the present
version of that record, and the releases before stay in its history.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from incidents_api.importers.events import Named, Values
from incidents_api.model.vocabularies import rows

#: A release's number in the name of a file: GEDEvent_v23_1.csv, ged231.csv, extract-22.1.csv.
_IN_NAME: Final = (
    re.compile(r"(?<![0-9])([0-9]{2})[._]([0-9]{1,2}(?:[._][0-9]{1,2})*)(?![0-9])"),
    re.compile(r"(?<![0-9a-z])ged([0-9]{2})([0-9])(?![0-9])", re.IGNORECASE),
)
_NUMBERED = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})*", re.ASCII).fullmatch
_YEAR = re.compile(r"(?:20)?([0-9]{2})(?:[._][0-9]+)*", re.ASCII).fullmatch


@dataclass(frozen=True)
class Terms:
    """What is known of a data set."""

    dataset: str
    title: str
    publisher: str
    publisher_name: str
    licence: str
    redistribution: str
    citation: str
    url: str
    note: str

    @property
    def visibility(self) -> str:
        """Who may see what is imported from it: what must not be passed on is restricted."""
        return "public" if self.redistribution == "yes" else "restricted"


@cache
def known() -> dict[str, Terms]:
    """Return what is known of each data set."""
    return {row["dataset"]: Terms(**row) for row in rows(__package__, "datasets.csv")}


@cache
def _citations() -> dict[tuple[str, str], str]:
    found = rows(__package__, "releases.csv")
    return {(row["dataset"], row["release"]): row["citation"] for row in found}


def release_in(name: str) -> str | None:
    """Return the release that the name of a file tells, such as 23.1; None where it does not."""
    for pattern in _IN_NAME:
        if found := pattern.search(name):
            return ".".join(found.groups()).replace("_", ".")
    return None


def is_older(release: str | None, other: str | None) -> bool:
    """Return whether a release is older than another one, as far as their numbers tell."""
    if not (release and other and _NUMBERED(release) and _NUMBERED(other)):
        return False
    return _parts(release) < _parts(other)


def _parts(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]


@dataclass(frozen=True)
class Release:
    """A release of a data set that is imported.

    Attributes:
        terms: What is known of the data set.
        release: Its number, where it is known.
        published: The day on which it came out, where it is known.
        imported: The day of the import.

    """

    terms: Terms
    release: str | None
    published: str | None
    imported: str

    @cached_property
    def compiler(self) -> Named:
        """Who compiles the data set, and so makes its claims."""
        return Named(
            None,
            None,
            {
                "id": self.terms.publisher,
                "name": self.terms.publisher_name,
                "actor_type": "data_set_compiler",
                "visibility": self.terms.visibility,
            },
        )

    @cached_property
    def said(self) -> dict[str, str]:
        """When the compilers said what stands in the release, and how exactly that is known.

        The year is in the number of a release, and its last day is taken; without a number, what
        is certain is that it had been said by the day of the import.
        """
        if self.published:
            return {"said_at": self.published}
        year = _YEAR(self.release or "")
        if year and f"20{year[1]}-01-01" <= self.imported:
            last = min(f"20{year[1]}-12-31", self.imported)
            return {"said_at": last, "said_at_prec": "year"}
        return {"said_at": self.imported}

    def source(self, coverage: str, sha256: str) -> Values:
        """Return the record of the data set.

        Args:
            coverage: What the files hold, in words.
            sha256: The digest of what was read.

        """
        terms = self.terms
        about = f", version {self.release}" if self.release else ""
        made: dict[str, Any] = {
            "id": terms.dataset,
            "title": f"{terms.title}{about}",
            "title_lang": "en",
            "publisher": terms.publisher,
            "published_at": self.published,
            "accessed_at": self.imported,
            "url": terms.url,
            "source_type": "dataset",
            "release": self.release,
            "licence": terms.licence,
            "citation": self._citation(),
            "redistribution": terms.redistribution,
            "coverage": coverage,
            "sha256": sha256,
            "visibility": terms.visibility,
            "notes": terms.note,
        }
        return {name: value for name, value in made.items() if value}

    def _citation(self) -> str:
        own = _citations().get((self.terms.dataset, self.release or ""))
        return " ".join(filter(None, (own, self.terms.citation)))
