"""The routes of the service itself, as the document describes them."""

from collections.abc import Iterable
from typing import Any

from incidents_api.contract import (
    CSV,
    JSON,
    PLAIN,
    ROOT,
    SEARCH,
    TABLES,
    YAML,
    format_parameter,
)
from incidents_api.openapi.routes import Entry
from incidents_api.openapi.schemas import FILE, Schema, ref


def service_routes(refs: Any) -> Iterable[Entry]:
    """Yield the routes of the service itself: path, operation, summary, content, options."""
    both = {"parameters": refs((format_parameter(TABLES),), None)}
    table = {CSV: {"schema": dict(FILE)}}
    named = {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 80},
    }
    vocabulary = {**named, "description": "Name of the vocabulary.", "example": "measure"}
    problem = {**named, "description": "Name of the kind of problem.", "example": "not-found"}

    def json(key: str) -> Schema:
        return {JSON: {"schema": ref(key)}}

    yield ROOT, "getIndex", "Say what is here", json("Index"), {}
    yield (
        f"{ROOT}/search",
        "search",
        "Search all resources",
        json("SearchPage"),
        {
            "parameters": refs((*SEARCH, format_parameter(("json",))), None),
            "words": "Full text over all resources; of each, the newest 1,000 matches are ranked, "
            "under clocks among themselves.",
            "clocked": True,
        },
    )
    yield (
        f"{ROOT}/vocabularies",
        "listVocabularies",
        "List the vocabularies",
        json("Vocabularies") | table,
        dict(both),
    )
    yield (
        f"{ROOT}/vocabularies/{{name}}",
        "getVocabulary",
        "Read one vocabulary",
        json("Vocabulary") | table,
        {"parameters": [vocabulary, *both["parameters"]], "missing": True, "gone": False},
    )
    yield f"{ROOT}/problems", "listProblems", "List the kinds of problem", json("ProblemKinds"), {}
    yield (
        f"{ROOT}/problems/{{name}}",
        "getProblem",
        "Read what a kind of problem means",
        json("ProblemKind"),
        {"parameters": [problem], "missing": True, "gone": False},
    )
    anything: Schema = {"schema": {"type": "object"}}
    yield (
        f"{ROOT}/openapi.json",
        "getOpenapiJson",
        "Read this document as JSON",
        {JSON: anything},
        {},
    )
    yield (
        f"{ROOT}/openapi.yaml",
        "getOpenapiYaml",
        "Read this document as YAML",
        {YAML: anything, PLAIN: {"schema": dict(FILE)}},
        {},
    )
    yield f"{ROOT}/health", "getHealth", "Say whether it is alive", json("State"), {"states": True}
    yield f"{ROOT}/ready", "getReady", "Say whether it can answer", json("State"), {"states": True}
    yield (
        f"{ROOT}/metrics",
        "getMetrics",
        "Read metrics in the text format of Prometheus",
        {PLAIN: {"schema": dict(FILE)}},
        {"states": True, "missing": True, "gone": False},
    )
