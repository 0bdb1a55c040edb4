"""Splitting UCDP's source columns into sources, without the names of the dead.

UCDP prints its sources in one column as ``"office,date,headline";"office,date,headline"``, and
again in three columns. Older events have free text there, which is kept as it stands. Some offices
are registers of the dead: what stands in the place of the headline is, or may be, a name. It is
left out, here and wherever the cell is kept.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple

from incidents_api.importers.events import Values
from incidents_api.model.vocabularies import rows

#: What stands in the place of a name.
WITHHELD: Final = "[name withheld]"
COLUMNS: Final = ("source_article", "source_office", "source_date", "source_headline")
_ENTRY = re.compile(r"(.*?),([0-9]{4}-[0-9]{2}-[0-9]{2}),(.*)", re.DOTALL).fullmatch
_IN_WORDS = re.compile(r"(.*?) \(([0-9]{4}-[0-9]{2}-[0-9]{2})\) (.*)", re.DOTALL).fullmatch
BETWEEN: Final = '";"'
_NAME: Final = r"[A-Z][\w'’-]*[a-z][\w'’-]*"
_NAMES: Final = rf"{_NAME}(?: {_NAME}){{1,3}}"
#: Headlines that tell who died: a register's field, an age before a name, a name before or after
#: the verb. Words that are in such headlines but name nobody are in :data:`_NOBODY`.
_TELLS: Final = (
    re.compile(r"^\s*Names?\s*[:\t]", re.IGNORECASE),
    re.compile(rf"\b[0-9]{{1,3}}[ -]?(?:y\.? ?o\.?|years?[ -]old),? {_NAMES}"),
    re.compile(
        rf"(?:^|[:;-] ?)(?P<who>{_NAMES}) (?:(?:was|is|has been) )?"
        r"(?:killed|shot dead|murdered|assassinated|stabbed) (?:by|in|at|near)\b"
    ),
    re.compile(
        rf"(?P<who>{_NAMES})(?:, [^,]{{1,80}},?)? (?:(?:was|were|has been|had been) )"
        r"(?:[a-z]+ ){0,8}?(?:killed|shot|murdered|assassinated|stabbed|tortured|executed)\b"
    ),
    re.compile(rf"(?P<who>{_NAMES}) (?:has |had )?(?:died|succumbed|passed away)\b"),
    re.compile(rf"\b(?:have|has|had) (?:killed|murdered) (?P<who>{_NAMES})\s*$"),
)
_NOBODY: Final = re.compile(
    r"\b(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Dozens?|Hundreds?|Scores|Several|Many|"
    r"At|Least|More|Over|Some|Boko|Haram|Abu|Sayyaf|Al|Republic|Islamic|State|\w+(?:an|ans|ese|ists?|"
    r"s))\b"
)
#: The longest title and author.
_TITLE: Final = 500
_AUTHOR: Final = 300


class Printed(NamedTuple):
    """A document as UCDP's columns name it."""

    office: str
    day: str
    headline: str

    @property
    def cell(self) -> str:
        """It as it stands in the column ``source_article``."""
        return f'"{self.office},{self.day},{self.headline}"'


@cache
def _offices() -> dict[str, tuple[str, bool]]:
    """Return the kind of source of each office that is known, and whether it lists the dead."""
    found = rows(__package__, "offices.csv")
    return {row["office"].casefold(): (row["source_type"], row["lists"] == "dead") for row in found}


def names_the_dead(headline: str) -> bool:
    """Return whether a headline tells the name of somebody who was killed, by its form.

    Only some forms are known; a headline that tells it in another way is not found.
    """
    for form in _TELLS:
        found = form.search(headline)
        if found and not _NOBODY.search(found.groupdict().get("who") or ""):
            return True
    return False


def lists_the_dead(office: str) -> bool:
    """Return whether an office is a register of the dead."""
    _, dead = _offices().get(office.casefold(), ("", False))
    return dead


def _names_somebody(printed: Printed) -> bool:
    return lists_the_dead(printed.office.strip()) or names_the_dead(printed.headline)


def split(article: str) -> list[Printed] | None:
    """Return the documents in a cell ``source_article``; None where it is free text."""
    if len(article) < 2 or article[0] != '"' or article[-1] != '"':
        return None
    found = [_ENTRY(entry) for entry in article[1:-1].split(BETWEEN)]
    printed = [Printed(entry[1], entry[2], entry[3]) for entry in found if entry]
    return printed if len(printed) == len(found) and all(map(_dated, printed)) else None


def _dated(printed: Printed) -> bool:
    """Return whether a document has a day of the calendar."""
    try:
        date.fromisoformat(printed.day)
    except ValueError:
        return False
    return True


def parsed(text: str) -> Printed | None:
    """Return a document written as ``Office (2011-01-03) Headline``; None where it is not."""
    found = _IN_WORDS(text)
    return Printed(found[1].strip(), found[2], found[3].strip()) if found else None


def kind_of(office: str, otherwise: str = "other") -> str:
    """Return the kind of source of an office that is known, or the one given."""
    kind, _ = _offices().get(office.strip().casefold(), (otherwise, False))
    return kind


def withheld(printed: Iterable[Printed]) -> list[Printed]:
    """Return documents without the names of the dead in their headlines."""
    return [one._replace(headline=WITHHELD) if _names_somebody(one) else one for one in printed]


def columns_of(printed: Iterable[Printed]) -> dict[str, str]:
    """Return the columns of sources that documents make, without white space at their ends."""
    tidy = [Printed(*(part.strip() for part in one)) for one in printed]
    parts = [";".join(found) for found in zip(*tidy, strict=True)]
    return dict(zip(COLUMNS, (";".join(one.cell for one in tidy), *parts), strict=True))


def source(printed: Printed, prefix: str, dataset: str, visibility: str) -> Values:
    """Return the source of a document; the same document has the same id, whoever cites it.

    Args:
        printed: The document.
        prefix: What its id begins with.
        dataset: The data set that cites it.
        visibility: Who may see it.

    """
    office, day, headline = (part.strip() for part in printed)
    digest = sha256(f"{office}\n{day}\n{headline}".encode()).hexdigest()
    title = headline or f"{office}, {day}"
    if headline == WITHHELD:
        title = f"{office}, {day}: a headline or entry that names somebody who was killed"
    made = {
        "id": f"{prefix}-source-{digest[:20]}",
        "title": title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…",
        "author": office[:_AUTHOR],
        "published_at": day,
        "source_type": kind_of(office),
        "dataset": dataset,
        "visibility": visibility,
    }
    return {name: value for name, value in made.items() if value}
