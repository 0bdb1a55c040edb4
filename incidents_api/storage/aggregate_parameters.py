"""What can be asked of counts and sums: how to group and count, and what the list is asked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from incidents_api.estimates import DEFAULT, RULES
from incidents_api.model.fields import Code, Integer
from incidents_api.storage.aggregates import Asked, Names, Page
from incidents_api.storage.arguments import Choice, Cursor, together
from incidents_api.storage.cursors import digest, opened
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.groups import GROUPS
from incidents_api.storage.parameters import Parameter, Unreadable

LIMIT: Final = 1000
#: So many things can be grouped by.
MOST_GROUPS: Final = 3

OWN: Final = (
    Parameter(
        "group_by",
        Choice("What to group by.", tuple(GROUPS)),
        "By what to group, up to three; by nothing, the sum of all. Where and when it began, what "
        "kind it was, who had a part in it (with the role), where it struck, who prints a claim "
        "about it, the data set. Data sets are kept apart even if not named here, unless a filter "
        "on dataset says which.",
        several=True,
        example=["country", "month"],
        at_most=MOST_GROUPS,
    ),
    Parameter(
        "measure",
        Code("measure", "What is counted."),
        "What is counted, over everybody.",
        default="killed",
    ),
    Parameter(
        "rule",
        Choice("Name of a rule.", tuple(RULES)),
        "By which rule claims that disagree become numbers.",
        default=DEFAULT,
    ),
    Parameter(
        "set",
        Choice("Which claims count.", ("newest", "all")),
        "Which claims count: of each claimant the newest, or all of them. With all, the incidents "
        "are computed one by one: narrow them by a filter.",
        default="newest",
    ),
    Parameter(
        "limit",
        Integer("Page size.", low=1, high=10_000),
        "How many groups a page has. CSV without it gives everything.",
        default=LIMIT,
    ),
    Parameter(
        "cursor",
        Cursor("Where to go on."),
        "Where to go on: next_cursor of the page before; empty, the beginning.",
    ),
)


def parameters(grammar: Grammar) -> tuple[Parameter, ...]:
    """Return all parameters: those of its own, then the filters and clocks of the list."""
    own = {parameter.name for parameter in OWN}
    return (*OWN, *(made for made in grammar.choosing() if made.name not in own))


def asked(values: Mapping[str, Any], limit: int | None = None) -> Asked:
    """Return what is asked by values that have been read.

    Args:
        values: The values.
        limit: How many groups a page has, unless they say; None for all.

    Raises:
        Unreadable: Parameters do not go together.
        Damaged: No answer gave this cursor.
        OfAnotherQuery: It is whole, but another query's.

    """
    names = _names(values)
    own = {parameter.name for parameter in OWN}
    faults = together(values)
    if faults:
        raise Unreadable(faults)
    return Asked(
        tuple(GROUPS[name] for name in names),
        values.get("measure", "killed"),
        values.get("rule", DEFAULT),
        values.get("set") == "all",
        {name: value for name, value in values.items() if name not in own and name != "f"},
        Page(_after(values), values.get("limit", limit)),
    )


def bound_to(values: Mapping[str, Any]) -> str:
    """Return what a cursor of this query is bound to."""
    paging = ("limit", "cursor", "f")
    return digest(["aggregate", {k: v for k, v in values.items() if k not in paging}])


def _after(values: Mapping[str, Any]) -> Names | None:
    """Return the names of the group after which to go on, if a cursor says."""
    cursor = values.get("cursor")
    return tuple(opened(cursor, bound_to(values))) if cursor else None


def _names(values: Mapping[str, Any]) -> Sequence[str]:
    """Return by what to group: the data set too, unless a filter narrows it."""
    names: list[str] = values.get("group_by", [])
    if "dataset" in names or any(name.partition("__")[0] == "dataset" for name in values):
        return names
    return [*names, "dataset"]
