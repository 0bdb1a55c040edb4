"""Splitting the citations of GTD into sources, without the names of the dead.

The columns ``scite1`` to ``scite3`` print ``"Headline," Office, January 3, 2014.`` Where one does,
it is a source with its author and day; any other text is the title of one, as it stands. What tells
by its form who was killed is left out, here and where the column is kept.
"""

import re
from datetime import datetime
from typing import Final, NamedTuple

from incidents_api.importers import naming
from incidents_api.importers.datasets import Release
from incidents_api.importers.events import Values
from incidents_api.importers.source_cells import (
    WITHHELD,
    Printed,
    names_the_dead,
    source,
    withheld,
)

COLUMNS: Final = ("scite1", "scite2", "scite3")
_TITLE: Final = 500
#: A longer text is no citation.
_LONGEST: Final = 2000
_CITED = re.compile(
    r'["\u201c](?P<headline>[^\n]+?),?["\u201d],?\s+(?P<office>[^\n,][^\n]*?),\s+'
    r"(?P<day>[A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})\.?"
).fullmatch


class Cited(NamedTuple):
    """A source that a column cites.

    Attributes:
        source: Its record.
        told: Whether the record says all that the column does.
        withheld: Whether a name was left out.

    """

    source: Values
    told: bool
    withheld: bool


def cited(release: Release, text: str, place: str) -> Cited:
    """Return the source of a citation.

    Args:
        release: The release that cites it.
        text: The citation.
        place: What tells the cell from all others: a name that is left out may be in no id.

    """
    printed = _split(text)
    if printed is None:
        return _as_it_stands(release, text, place)
    (shown,) = withheld([printed])
    made = source(shown, "gtd", release.terms.dataset, release.terms.visibility)
    says = (made["author"], made["title"]) == (printed.office, printed.headline)
    told = says and text == _joined(printed)
    return Cited(made, told, shown.headline == WITHHELD)


def _split(text: str) -> Printed | None:
    found = _CITED(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    try:
        day = datetime.strptime(found["day"], "%B %d, %Y").date()
    except ValueError:
        return None
    return Printed(found["office"].strip(), day.isoformat(), found["headline"].strip())


def _joined(printed: Printed) -> str:
    """Return a citation as GTD prints it."""
    day = datetime.fromisoformat(printed.day)
    return f'"{printed.headline}," {printed.office}, {day:%B} {day.day}, {day.year}.'


def _as_it_stands(release: Release, text: str, place: str) -> Cited:
    hidden = names_the_dead(text.lstrip(' "\u201c'))
    title = WITHHELD if hidden else text
    made = {
        **naming.own(release, f"gtd-source-{naming.digest(place if hidden else text)}"),
        "title": title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…",
        "source_type": "other",
    }
    return Cited(made, len(title) <= _TITLE, hidden)
