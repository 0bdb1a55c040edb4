"""Rules between a record's own members. Each yields the member at fault and why."""

from collections.abc import Iterable, Mapping
from typing import Any

from incidents_api.model.faults import Fault, Rule, over
from incidents_api.model.vocabularies import vocabularies


@over("visibility", "publish_at")
def embargo_has_an_end(values: Mapping[str, Any]) -> Iterable[Fault]:
    """An embargoed record says until when."""
    if values["visibility"] == "embargoed" and values["publish_at"] is None:
        yield "publish_at", "is required where visibility is embargoed"


def in_order(first: str, last: str) -> Rule:
    """Return the rule that one date does not come after another."""

    @over()
    def end_not_before_start(values: Mapping[str, Any]) -> Iterable[Fault]:
        start, end = values[first], values[last]
        if start is not None and end is not None and end[:10] < start[:10]:
            yield last, f"is {end}, before {first} {start}"

    return end_not_before_start


def exactly_one(*members: str) -> Rule:
    """Return the rule that one of several members is given."""

    @over(*members)
    def exactly_one_given(values: Mapping[str, Any]) -> Iterable[Fault]:
        given = [name for name in members if values[name] is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            yield (
                given[-1] if given else members[0],
                f"give one of {', '.join(members)}, not {found}",
            )

    return exactly_one_given


@over("latitude", "longitude")
def point_is_whole(values: Mapping[str, Any]) -> Iterable[Fault]:
    """A point has a latitude and a longitude."""
    if (values["latitude"] is None) != (values["longitude"] is None):
        missing = "latitude" if values["latitude"] is None else "longitude"
        yield missing, "latitude and longitude go together: give both or neither"


def needs_parent_term(narrow: str, wide: str) -> Rule:
    """Return the rule that a narrower term stands under the wider one given beside it."""
    parents = {term.term: term.parent for term in vocabularies()[narrow].terms}

    @over(narrow, wide)
    def narrower_term_fits(values: Mapping[str, Any]) -> Iterable[Fault]:
        term = values[narrow]
        if term is not None and values[wide] not in (None, parents[term]):
            yield narrow, f"{term} is a kind of {parents[term]}, not of {values[wide]}"

    return narrower_term_fits
