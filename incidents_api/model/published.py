"""Every vocabulary as it is published: those of the fields, and what bounds a number."""

from functools import cache

from incidents_api.model import coders, quantities
from incidents_api.model.vocabularies import Term, Vocabulary, vocabularies


@cache
def published() -> dict[str, Vocabulary]:
    """Return all vocabularies by name, the tables of what bounds a number last."""
    tables = (_quantity_words(), _coded_numbers())
    return {**vocabularies(), **{one.name: one for one in tables}}


def _quantity_words() -> Vocabulary:
    terms = tuple(
        Term(f"{row.rule}/{row.language}/{phrase}", _bounds(row), row.qualifier)
        for row in quantities.table()
        for phrase in row.phrases
    )
    return Vocabulary(
        "quantity_words",
        "Words that bound a number",
        "Phrases that are read as a qualifier, by version of the rule table and language, with "
        "the bounds that they give; N and M stand for the printed numbers.",
        "Incidents API",
        terms,
    )


def _coded_numbers() -> Vocabulary:
    terms = tuple(
        Term(f"{row.rule}/{row.amount}", f"{row.words}: {_coded(row)} Source: {row.source}.", None)
        for row in coders.table()
    )
    return Vocabulary(
        "coded_numbers",
        "Numbers that coders put in the place of words",
        "Numbers that a data set prints where its sources have words only, by version of its rule, "
        "with the words, the bounds that such a number has, and where the rule is published. All "
        "other numbers by that rule are exact.",
        "Incidents API",
        terms,
    )


def _coded(row: coders.Coded) -> str:
    made = coders.bounds(row.amount, row.rule)
    high = "none" if made.high is None else made.high
    return f"low {made.low}, best {made.best}, high {high}."


def _bounds(row: quantities.Row) -> str:
    shown = {name: getattr(row, name) or "none" for name in ("low", "best", "high")}
    return f"low {shown['low']}, best {shown['best']}, high {shown['high']}."
