"""The members of an estimate, and its columns in a table, where the question is taken apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from incidents_api.estimates import RULES
from incidents_api.estimates.figures import GROUPS
from incidents_api.storage.arguments import Choice
from incidents_api.storage.parameters import Parameter

_FIRST: Final = ("incident", "facility", "actor", "title", "question_id")
_BOUNDS: Final = ("rule", "set", "low", "best", "best_basis", "high", "high_open", "best_from")
_REST: Final = (
    "no_mode",
    "stale",
    "n_figures",
    "n_claimants",
    "n_independent_claimants",
    "n_sources",
    "disagreement",
    "figures_used",
    "figures_stale",
    "figures_excluded",
    "by_stance",
    "breakdowns",
    "contradictions",
)
_QUESTION: Final = (
    "measure",
    "unit",
    *(f"population_{group}" for group in GROUPS),
    "scope_includes_perpetrators",
    "scope_deaths",
    "circumstance",
    "method",
)
_RULES: Final = tuple(f"best_{rule}" for rule in RULES)
_LAST: Final = ("permalink", "citation")
COLUMNS: Final = (*_FIRST, *_QUESTION, *_BOUNDS, *_REST, *_RULES, *_LAST)
#: The member of an estimate that a column is taken from, where it is another one.
_MEMBER: Final = dict.fromkeys(_QUESTION, "question") | dict.fromkeys(_RULES, "sensitivity")
_NAMES: Final = (*_FIRST, "question", *_BOUNDS, *_REST, "sensitivity", *_LAST)
_WORDS: Final = (
    "Which members to answer with, or in CSV which columns; those of a question and the best value "
    "by each rule are columns of their own, and choose the member they are in."
)

#: The parameter that chooses among them.
FIELDS: Final = Parameter(
    "fields",
    Choice("Members.", tuple(dict.fromkeys((*_NAMES, *COLUMNS)))),
    _WORDS,
    True,
    example=["low", "best", "high"],
)


def columns(values: Mapping[str, Any]) -> Sequence[str]:
    """Return the columns that are asked for."""
    wanted = values.get("fields")
    if wanted is None:
        return COLUMNS
    return [name for name in COLUMNS if not {name, _MEMBER.get(name)}.isdisjoint(wanted)]


def chosen(rows: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return estimates with the members that are asked for."""
    wanted = values.get("fields")
    if wanted is None:
        return [dict(row) for row in rows]
    members = {_MEMBER.get(name, name) for name in wanted}
    return [{name: row[name] for name in row if name in members} for row in rows]


def row_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an estimate as a row of a table, but for the columns of its question."""
    flat = {name: row[name] for name in (*_FIRST, *_BOUNDS, *_REST, *_LAST)}
    flat |= {f"best_{name}": best for name, best in row["sensitivity"].items()}
    return {**flat, "contradictions": [one["id"] for one in row["contradictions"]]}
