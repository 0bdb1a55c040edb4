"""The source columns of UCDP GED: sources where they can be told apart, else as they stood.

Names of the dead are in neither: see :mod:`incidents_api.importers.source_cells`.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from incidents_api.importers.cells import Cells, kept
from incidents_api.importers.datasets import Terms
from incidents_api.importers.events import Values
from incidents_api.importers.source_cells import (
    BETWEEN,
    COLUMNS,
    WITHHELD,
    Printed,
    columns_of,
    lists_the_dead,
    source,
    split,
    withheld,
)

#: So many sources a claim may cite.
MOST: Final = 200
_ARTICLE, _OFFICE, _, _HEADLINE = COLUMNS


class Cited(NamedTuple):
    """What the source columns of a row say.

    Attributes:
        sources: The sources that they name, each once.
        values: What is kept of the columns.
        names: Whether names of the dead were left out.

    """

    sources: list[Values]
    values: dict[str, Any]
    names: bool


def cited(cells: Cells, terms: Terms) -> Cited:
    """Return what the source columns of a row say, once for all its claims."""
    texts = {column: cells.raw(column) for column in COLUMNS}
    printed = split(texts[_ARTICLE])
    if printed is None:
        without = _free(texts)
        return Cited([], _kept(cells, without), without != texts)
    shown = withheld(printed)
    made = [source(one, "ucdp", terms.dataset, terms.visibility) for one in shown]
    sources = list({one["id"]: one for one in made}.values())
    if shown != printed:
        texts = _without_names(texts, shown)
    elif len(sources) <= MOST and _told_by(sources, shown, texts):
        texts = {}
    return Cited(sources[:MOST], _kept(cells, texts), shown != printed)


def _told_by(sources: Sequence[Values], shown: Sequence[Printed], texts: dict[str, str]) -> bool:
    """Return whether the sources, joined again, are the columns."""
    if len(sources) != len(shown) or any(one.headline == WITHHELD for one in shown):
        return False
    whole = all(map(_whole, sources, shown))
    return whole and columns_of(shown) == texts


def _whole(made: Values, printed: Printed) -> bool:
    """Return whether a source has the document's names in full."""
    return (made.get("author"), made["title"]) == (printed.office.strip(), printed.headline.strip())


def _without_names(texts: dict[str, str], shown: Sequence[Printed]) -> dict[str, str]:
    """Return the columns without the names that were left out of the documents."""
    article = ";".join(one.cell for one in shown)
    return {**texts, _ARTICLE: article, _HEADLINE: columns_of(shown)[_HEADLINE]}


def _free(texts: dict[str, str]) -> dict[str, str]:
    """Return columns that cannot be split without the entries of registers of the dead."""
    entries = list(_entries(texts[_ARTICLE]))
    article = BETWEEN.join(entries)
    listed = any(lists_the_dead(one.strip()) for one in texts[_OFFICE].split(";"))
    if article == texts[_ARTICLE] and not listed:
        return texts
    return {**texts, _ARTICLE: article, _HEADLINE: WITHHELD if texts[_HEADLINE] else ""}


def _entries(article: str) -> Iterator[str]:
    for entry in article.split(BETWEEN):
        office, comma, _ = entry.strip('"').partition(",")
        known = comma and lists_the_dead(office.strip())
        yield entry.partition(",")[0] + f",{WITHHELD}" if known else entry


def _kept(cells: Cells, texts: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for column, text in texts.items():
        made |= kept(column, cells.clean(column, text)) if text else {}
    return made
