"""Estimates and timelines, as the document describes them."""

from collections.abc import Iterable
from typing import Any, Final

from incidents_api.contract import CSV, JSON, ROOT, TABLES, format_parameter, grammar
from incidents_api.estimates import RULES
from incidents_api.estimates.figures import GROUPS
from incidents_api.model import Registry
from incidents_api.model.fields import SAFE_INTEGER, Code, member_schema, nullable
from incidents_api.model.vocabularies import vocabularies
from incidents_api.openapi.parameters import id_parameter
from incidents_api.openapi.routes import Route
from incidents_api.openapi.schemas import (
    FILE,
    Schema,
    count,
    list_of,
    name,
    object_of,
    page,
    ref,
    text,
)
from incidents_api.storage.claims import MEMBERS
from incidents_api.storage.clocks import CLOCKS
from incidents_api.storage.estimating import ALL, NEWEST, incidents_grammar, parameters
from incidents_api.storage.timelines import SHOWN, TIMELINES, timeline_grammar

_WORDS: Final = (
    "One estimate a question: what the claims in view come to by a named rule, which claims were "
    "used and which were left out and why, and what every other rule would give. Numbers of "
    "different questions are never merged, and nothing that nobody said is shown without saying "
    "how it was made."
)
_WHOSE: Final = {"incidents": "about one incident", "actors": "of one claimant"}
_TIMELINE: Final = (
    "Figures in order of the day of which they speak, each with its series (what its claimant says "
    "to one question, like with like), the one before it that stands and how it differs, and what "
    "corrected what. The parameters of the list of figures choose; CSV without limit gives all."
)
_LIST: Final = (
    f"{_WORDS} Of the incidents that match: the parameters of their list choose and order them, "
    "limit counts incidents, and CSV without it gives everything."
)


def estimate_routes(registry: Registry, refs: Any) -> Iterable[Route]:
    """Yield the routes of estimates."""
    content = {JSON: {"schema": ref("EstimatesPage")}, CSV: {"schema": dict(FILE)}}
    own = (*parameters(registry), *CLOCKS, format_parameter(TABLES))
    incidents = registry["incidents"]
    taken = incidents_grammar(registry, grammar(registry, incidents)).parameters
    named = {parameter.name for parameter in own}
    theirs = [one for key, one in taken.items() if key not in named]
    yield Route(
        f"{ROOT}/estimates",
        "listEstimates",
        "service",
        "Estimate the numbers of the incidents that match",
        _LIST,
        [*refs(theirs, incidents), *refs(own, None, "estimates")],
        content,
        {"listed": True, "clocked": True},
    )
    for resource in MEMBERS:
        record = registry[resource]
        yield Route(
            f"{ROOT}/{resource}/{{id}}/estimates",
            f"get{name(record)}Estimates",
            resource,
            f"Estimate the numbers of one {record.singular}",
            _WORDS,
            [id_parameter(record), *refs(own, None, "estimates")],
            content,
            {"clocked": True, "missing": True},
        )


def timeline_routes(registry: Registry, refs: Any) -> Iterable[Route]:
    """Yield the routes of timelines."""
    figures = registry["figures"]
    taken = timeline_grammar(grammar(registry, figures)).parameters
    for resource, member in TIMELINES.items():
        record = registry[resource]
        others = [one for key, one in taken.items() if key != member]
        formats = refs((format_parameter(TABLES),), None, "estimates")
        yield Route(
            f"{ROOT}/{resource}/{{id}}/timeline",
            f"get{name(record)}Timeline",
            resource,
            f"Read the figures {_WHOSE[resource]} in order of time",
            _TIMELINE,
            [id_parameter(record), *refs(others, figures), *formats],
            {JSON: {"schema": ref("TimelinePage")}, CSV: {"schema": dict(FILE)}},
            {"listed": True, "clocked": True, "missing": True},
        )


def _step(registry: Registry) -> Schema:
    """Return the schema of a figure in a timeline."""
    kinds = registry["figures"].kinds()
    change = {"type": "integer", "description": "By how much it differs from the one before."}
    limits = {"minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER, "format": "int64"}
    return object_of(
        "A figure in its series.",
        figure=text("The figure's id.", 80),
        incident=nullable(text("The incident it is about.", 80)),
        facility=nullable(text("The facility it is about.", 80)),
        actor=nullable(text("The actor it is about.", 80)),
        series=text("The name of its series: what its claimant says to one question.", 40),
        question_id=text("The name of the question.", 14),
        question=ref("Question"),
        **{member: member_schema(kinds[member]) for member in SHOWN},
        stands={
            "type": "boolean",
            "description": "Whether it was not retracted, refuted, deprecated or corrected.",
        },
        corrects=nullable(text("The figure that it corrects.", 80)),
        corrected_by=_ids("The figures that correct it."),
        derives_from=nullable(text("The figure that it repeats.", 80)),
        part_of=nullable(text("The total that it is a part of.", 80)),
        before=nullable(text("The one before it in its series that stands.", 80)),
        **{f"change_{bound}": nullable(change | limits) for bound in ("low", "best", "high")},
    )


def estimate_schemas(registry: Registry) -> Iterable[tuple[str, Schema]]:
    """Yield the schemas of estimates, by name."""
    yield "Question", _question()
    yield "Estimate", _estimate()
    yield "TimelineFigure", _step(registry)
    yield "TimelinePage", page(ref("TimelineFigure"), "Figures in order of the day they speak of.")
    meta = object_of(
        "About this answer.",
        returned=count("How many estimates it has."),
        next_cursor=nullable(text("The cursor of the next page; null on the last one.", 1000)),
        known_seq=count("The last transaction whose state is shown; known_at takes it."),
        incidents={**count("How many incidents they are of, in a list."), "optional": True},
        total={**count("How many incidents match, where total asked."), "optional": True},
        total_is_minimum={
            "type": "boolean",
            "description": "Whether counting stopped there.",
            "optional": True,
        },
    )
    whole = page(ref("Estimate"), "Estimates.")
    data = {**whole["properties"]["data"], "maxItems": 1_000_000}
    yield (
        "EstimatesPage",
        {**whole, "properties": {**whole["properties"], "data": data, "meta": meta}},
    )


def _question() -> Schema:
    figure = {
        member: member_schema(Code(vocabulary, words))
        for member, vocabulary, words in (
            ("measure", "measure", "What is counted."),
            ("unit", "unit", "What one is."),
            ("method", "method", "How it was counted."),
        )
    }
    population = {
        group: list_of("Its members; none: it is left open.", text("A term, or an id.", 80))
        for group in GROUPS
    }
    return object_of(
        "What is asked; numbers that answer something else are never merged with it.",
        **figure,
        population=object_of("Whom it counts; with all members empty, everybody.", **population),
        scope=object_of(
            "What it takes in.",
            includes_perpetrators=nullable(text("Whether it counts the attackers too.", 40)),
            deaths=nullable(text("Which deaths it counts.", 40)),
        ),
        circumstance=member_schema(Code("circumstance", "In what circumstance.")),
    )


_NUMBER: Final = {"type": "number", "minimum": 0}


def _number(words: str) -> Schema:
    return nullable({**_NUMBER, "description": words})


def _bounds() -> dict[str, Schema]:
    bases = ["stated", "floor", "sum_of_parts", "median"]
    return {
        "low": _number("Lower bound."),
        "best": _number("Point value; null where nobody gave one that the rule takes."),
        "best_basis": nullable(
            {"type": "string", "enum": bases, "description": "What the point value rests on."}
        ),
        "high": _number("The highest number stated."),
        "high_open": {"type": "boolean", "description": "Whether somebody left the top open."},
    }


def _ids(words: str) -> Schema:
    return list_of(words, text("A figure's id.", 80))


def _estimate() -> Schema:
    rules = list(RULES)
    stances = list(vocabularies()["claimant_stance"].codes)
    made = object_of(
        "What the claims in view come to by a rule, and how: all members, or those that fields "
        "chose.",
        incident=nullable(text("The incident it is about.", 80)),
        facility=nullable(text("The facility it is about.", 80)),
        actor=nullable(text("The actor it is about.", 80)),
        title=text("Its title or name."),
        question_id=text("The name of the question: the same of whatever it is asked.", 14),
        question=ref("Question"),
        rule={"type": "string", "enum": rules, "description": "The rule."},
        **_bounds(),
        best_from=_ids("The figures whose point value best is."),
        no_mode={"type": "boolean", "description": "Whether no two gave the same number."},
        stale={"type": "boolean", "description": "Whether the one preferred has said more since."},
        figures_used=_ids("The figures that count."),
        figures_stale=_ids("Those of them that only count for high: old counts."),
        figures_excluded=list_of(
            "The figures left out.",
            object_of("One.", id=text("Its id.", 80), reason=text("Why.", 200)),
        ),
        n_figures=count("How many figures are used."),
        n_claimants=count("Of how many claimants."),
        n_independent_claimants=count("How many of them do not merely repeat others."),
        n_sources=count("How many sources print them."),
        by_stance={
            "type": "object",
            "description": "What each standpoint says by itself.",
            "propertyNames": {"enum": stances},
            "additionalProperties": object_of(
                "One standpoint.", n_claimants=count("How many."), **_bounds()
            ),
        },
        breakdowns=list_of("Totals against the sums of their parts.", {"type": "object"}),
        disagreement=nullable(
            {**_NUMBER, "maximum": 1, "description": "Share of point values outside the mode."}
        ),
        sensitivity=object_of(
            "The point value by every rule.", **{rule: _number(f"By {rule}.") for rule in rules}
        ),
        set={"type": "string", "enum": [NEWEST, ALL], "description": "Which claims counted."},
        contradictions=list_of(
            "The contradictions in which its figures stand.",
            object_of(
                "One.",
                id=text("Its name.", 40),
                kind=text("By which rule it is found.", 40),
                strength=text("How far it can be relied on.", 40),
                words=text("Why they cannot all be true.", 4000),
            ),
        ),
        permalink=text("The address that gives these numbers for ever.", 8190),
        citation=text("How to cite it.", 20_000),
    )
    del made["required"]
    return made
