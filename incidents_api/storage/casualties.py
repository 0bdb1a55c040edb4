"""The casualties of an incident, from the figures about it."""

from collections.abc import Mapping
from typing import Any

import orjson

from incidents_api import estimates
from incidents_api.estimates import Figure, Subject

Facts = Mapping[str, list[tuple[Any, ...]]]


def casualties(values: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """Return the member ``casualties`` of an incident from the documents of its figures."""
    figures = [Figure.of(orjson.loads(document)) for (document,) in facts["figures"]]
    return estimates.casualties(figures, subject(values))


def subject(values: Mapping[str, Any]) -> Subject:
    """Return an incident as figures are about it; one that goes on has no last day yet."""
    ends = values["date_end"]
    if ends is None and values["status"] != "ongoing":
        ends = values["date_start"]
    return Subject("incidents", values["id"], values["date_start"], ends)
