"""Every vocabulary as it is published: those of the fields, and the words that bound a number."""

from functools import cache

from incidents_api.model import quantities
from incidents_api.model.vocabularies import Term, Vocabulary, vocabularies


@cache
def published() -> dict[str, Vocabulary]:
    """Return all vocabularies by name, the table of quantity words last."""
    terms = tuple(
        Term(f"{row.rule}/{row.language}/{phrase}", _bounds(row), row.qualifier)
        for row in quantities.table()
        for phrase in row.phrases
    )
    words = Vocabulary(
        "quantity_words",
        "Words that bound a number",
        "Phrases that are read as a qualifier, by version of the rule table and language, with "
        "the bounds that they give; N and M stand for the printed numbers.",
        "Incidents API",
        terms,
    )
    return {**vocabularies(), words.name: words}


def _bounds(row: quantities.Row) -> str:
    shown = {name: getattr(row, name) or "none" for name in ("low", "best", "high")}
    return f"low {shown['low']}, best {shown['best']}, high {shown['high']}."
