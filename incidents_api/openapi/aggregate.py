"""Counts and sums over incidents, as the document describes them."""

from typing import Any, Final

from incidents_api.contract import CSV, JSON, ROOT, TABLES, format_parameter
from incidents_api.model.fields import ID_PATTERN, SAFE_INTEGER, nullable
from incidents_api.openapi.routes import Entry
from incidents_api.openapi.schemas import FILE, Schema, count, list_of, object_of, ref, text
from incidents_api.storage.aggregate_parameters import parameters
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.groups import GROUPS, Group

_WORDS: Final = """\
Groups of incidents with what is known of them together, by the rule asked for. An incident counts
if it has an estimate and no wider incident that it is part of has one; of duplicates one counts.
What is known is added; what is not is counted: n_incidents = n_counted + parts_left_out +
n_unknown. Sums of bounds are no confidence interval. Data sets are kept apart unless a filter on
dataset says which. Groups by actor, facility or source overlap: meta.totals has each incident once.
Where groups and filters are country, event_type, type_of_violence, dataset, month and year the sums
are looked up; otherwise, under clocks and with set=all they are computed, which takes as long as
meta.seconds_allowed at most.
"""
_NUMBER: Final[Schema] = {"type": "number", "minimum": 0, "maximum": SAFE_INTEGER}


def aggregate_schemas() -> dict[str, Schema]:
    """Return the schemas of the answer by name."""
    group = _group()
    meta = object_of(
        "About this page.",
        returned=count("How many groups it has."),
        next_cursor=nullable(text("The cursor of the next page; null on the last one.", 1000)),
        known_seq=count("The last transaction whose state is told; known_at takes it."),
        group_by=list_of("What is grouped by.", text("A name.", 40), 10),
        measure=text("What is counted.", 40),
        rule=text("By which rule.", 40),
        set=text("Which claims count.", 40),
        overlapping=_flag("Whether an incident can be in several groups."),
        looked_up=_flag("Whether the sums were looked up; false: computed for this answer."),
        seconds_allowed={**_NUMBER, "description": "How long computing may take, in seconds."},
        caution=text("What summed bounds are not."),
        totals={
            **list_of("Where groups overlap: all incidents, each once.", ref("SumOfIncidents")),
            "optional": True,
        },
    )
    return {
        "SumOfIncidents": group,
        "AggregatePage": object_of(
            "Groups of incidents.",
            data=list_of("The groups.", ref("SumOfIncidents")),
            links=list_of("Where to go from here.", ref("Link"), 10),
            meta=meta,
        ),
    }


def _flag(words: str) -> Schema:
    return {"type": "boolean", "description": words}


def _group() -> Schema:
    names = {key: schema for group in GROUPS.values() for key, schema in _names(group)}
    return object_of(
        "A group of incidents, and what is known of them together.",
        **names,
        measure=text("What is counted.", 40),
        rule=text("By which rule.", 40),
        n_incidents=count("How many incidents."),
        n_counted=count("How many of them have an estimate and are counted."),
        parts_left_out=count("How many have one, but a wider incident or a duplicate counts."),
        n_unknown=count("How many have none."),
        low=_sum("The known lower bounds together."),
        best=_sum("The known point values together; a half by the rule median."),
        high=_sum("The highest numbers stated, together."),
        n_no_best=count("How many of those counted have no point value."),
        n_open=count("How many of those counted are open at the top."),
        n_spanning=count("How many of those counted go on beyond the month or year grouped by."),
        n_imprecise=count("How many of those counted are known to more than a month only."),
    )


def _sum(words: str) -> Schema:
    return nullable(_NUMBER) | {"description": f"{words} Null where none is known."}


def _names(group: Group) -> list[tuple[str, Schema]]:
    """Return the members that name a group, where it is asked for."""
    whole: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 9999}
    first: Schema = {"type": "string", "maxLength": 300}
    if group.resource:
        first = {"type": "string", "maxLength": 80, "pattern": ID_PATTERN}
    elif group.name in ("year", "type_of_violence"):
        first = whole
    made = [(group.name, nullable(first) | {"description": group.words, "optional": True})]
    for member in group.members[1:]:
        words = "Its role." if member == "role" else "Its name."
        made.append((member, {**nullable(text(words, 1000)), "optional": True}))
    return made


def aggregate_route(grammar: Grammar, refs: Any) -> Entry:
    """Return the route: path, operation, summary, content, options.

    Args:
        grammar: What can be asked of lists of incidents.
        refs: Takes parameters and the resource, returns references to them.

    """
    own = [p for p in parameters(grammar) if p.name not in grammar.parameters or not p.target]
    filters = [p for p in parameters(grammar) if p.target]
    content = {JSON: {"schema": ref("AggregatePage")}, CSV: {"schema": dict(FILE)}}
    taken = [
        *refs((*own, format_parameter(TABLES)), None, "aggregate"),
        *refs(filters, grammar.record),
    ]
    options = {"words": _WORDS, "parameters": taken, "listed": True, "clocked": True}
    return f"{ROOT}/aggregate", "aggregateIncidents", "Count and sum incidents", content, options
