"""What follows from claims, as the document describes it: contradictions."""

from collections.abc import Iterable
from typing import Any

from incidents_api.contract import CSV, JSON, ROOT, TABLES, format_parameter
from incidents_api.estimates.findings import KINDS, STRENGTHS
from incidents_api.model import Registry
from incidents_api.model.fields import Code, member_schema, nullable
from incidents_api.openapi.parameters import id_parameter
from incidents_api.openapi.routes import Route
from incidents_api.openapi.schemas import (
    FILE,
    Schema,
    list_of,
    name,
    object_of,
    page,
    ref,
    text,
)
from incidents_api.storage.claims import MEMBERS
from incidents_api.storage.contradiction_lists import PARAMETERS
from incidents_api.storage.parameters import Parameter

_CONTRADICTIONS = (
    "Claims that cannot all be true, each found by a named rule and told in words; in the order of "
    "what they are about. What was retracted, refuted, deprecated or corrected contradicts "
    "nothing. Under clocks they are those of the claims in view, found while you wait: name an "
    "incident, a facility or an actor if that takes too long. CSV without limit gives everything."
)


def claim_routes(registry: Registry, refs: Any) -> Iterable[Route]:
    """Yield the routes of what follows from claims."""
    taken = (*PARAMETERS, format_parameter(TABLES))
    content = {JSON: {"schema": ref("ContradictionsPage")}, CSV: {"schema": dict(FILE)}}
    yield Route(
        f"{ROOT}/contradictions",
        "listContradictions",
        "service",
        "List contradictions",
        _CONTRADICTIONS,
        refs(taken, None, "contradictions"),
        content,
        {"listed": True, "clocked": True},
    )
    for resource, member in MEMBERS.items():
        record = registry[resource]
        others = _without(taken, member)
        yield Route(
            f"{ROOT}/{resource}/{{id}}/contradictions",
            f"list{name(record)}Contradictions",
            resource,
            f"List contradictions of claims about one {record.singular}",
            _CONTRADICTIONS,
            [id_parameter(record), *refs(others, None, "contradictions")],
            content,
            {"listed": True, "clocked": True, "missing": True},
        )


def _without(parameters: Iterable[Parameter], name: str) -> list[Parameter]:
    return [parameter for parameter in parameters if parameter.name != name]


def claim_schemas() -> Iterable[tuple[str, Schema]]:
    """Yield the schemas of what follows from claims, by name."""
    yield "Contradiction", _contradiction()
    yield "ContradictionsPage", page(ref("Contradiction"), "One page of contradictions.")


def _contradiction() -> Schema:
    return object_of(
        "Claims that cannot all be true.",
        id=text("Its name, which follows from its kind and its records.", 40),
        kind=_one_of(KINDS, "By which rule it is found."),
        strength=_one_of(STRENGTHS, "How far it can be relied on."),
        incident=nullable(text("The incident that its claims are about.", 80)),
        facility=nullable(text("The facility that its claims are about.", 80)),
        actor=nullable(text("The actor that its claims are about.", 80)),
        measure=member_schema(Code("measure", "What is counted.")),
        predicate=nullable(text("What is asserted.", 80)),
        claimants=list_of("The actors who claim it.", text("An actor's id.", 80)),
        records=list_of(
            "The claims.",
            object_of(
                "A claim.",
                resource={
                    "type": "string",
                    "enum": ["figures", "assertions"],
                    "description": "Of which resource.",
                },
                id=text("Its id.", 80),
                href=text("Its address.", 200),
            ),
        ),
        words=text("Why they cannot all be true.", 4000),
    )


def _one_of(choices: Any, words: str) -> Schema:
    told = " ".join(f"{choice}: {what}" for choice, what in choices.items())
    return {"type": "string", "enum": list(choices), "description": f"{words} {told}"}
