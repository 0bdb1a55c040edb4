"""The OpenAPI document, piece by piece."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from apispec import APISpec

from incidents_api.contract import (
    CSV,
    FORMATS,
    HISTORY,
    JSON,
    PROBLEM,
    PROBLEMS,
    ROOT,
    formats,
    grammar,
    record_parameters,
)
from incidents_api.model import Record, Registry
from incidents_api.model.fields import Block
from incidents_api.model.published import published
from incidents_api.openapi import beside
from incidents_api.openapi.common import (
    ALWAYS,
    ANY,
    COMMON,
    ERRORS,
    FOREMOST,
    HEADERS,
    MORE_HEADERS,
    problem,
    responses_of,
)
from incidents_api.openapi.merging import ELSEWHERE
from incidents_api.openapi.parameters import IF_NONE_MATCH, Parameters, id_parameter
from incidents_api.openapi.routes import Route
from incidents_api.openapi.schemas import (
    FILE,
    Schema,
    camel,
    example_page,
    examples,
    feature,
    features,
    headers,
    name,
    page,
    record_schema,
    ref,
    term_name,
    version_of,
    words_of,
)
from incidents_api.openapi.terms import LARGE, referred
from incidents_api.openapi.writes import KEY, SCHEME
from incidents_api.storage.flat import flat

DESCRIPTION: Final = """\
A knowledge base of armed-conflict incidents that keeps every claim: who said what number about
whom, as of when, printed where, in which words. Plain JSON with typed links; the same numbers as
CSV, NDJSON and GeoJSON.

What is stable: a released field, parameter or address keeps its meaning. Members, parameters,
links and vocabulary terms may be added; a client ignores what it does not know. The whole promise
is STABILITY.md in the source.
"""
SEARCHING: Final = """\
The same as the list, for queries that are too long for an address: each parameter of the list is a
member of the body, with the same meaning. Where the list takes several values separated by commas,
a JSON list is taken: up to 10,000 ids and 1,000 others. A cursor goes on with the same search, in
the list too; no address leads to the next page of a body.
"""


class Document:
    """Makes the document, piece by piece."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.grammars = {record.resource: grammar(registry, record) for record in registry}
        self.examples = examples()
        self.parameters = Parameters()
        self.spec = APISpec(
            title="Incidents API",
            version=version("incidents-api"),
            openapi_version="3.1.0",
            info={
                "description": DESCRIPTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
                "contact": {"name": "Incidents API"},
            },
            servers=[{"url": "/", "description": "The server that this document comes from."}],
            tags=[{"name": record.resource, "description": words_of(record)} for record in registry]
            + [{"name": "service", "description": "The service itself: index, search, contract."}],
            security=[],
        )

    def made(self) -> Schema:
        """Return the whole document."""
        self._common()
        # Parameters are named as they come, so those of the service have the plain names.
        self._add(beside.service_reads(self.registry, self.parameters.refs))
        for record in self.registry:
            self._schemas(record)
            self._routes(record)
        self._beside()
        self.spec.components.parameter("If-None-Match", "header", IF_NONE_MATCH)
        for key, schema in self.parameters.schemas.items():
            if key not in self.spec.components.schemas:
                self._schema(key, schema)
        for key, parameter in self.parameters.components.items():
            self.spec.components.parameter(key, parameter["in"], parameter)
        whole: Schema = referred(self.spec.to_dict())
        return whole

    def _schema(self, key: str, schema: Schema) -> None:
        self.spec.components.schema(key, schema)

    def _common(self) -> None:
        self._vocabulary_schemas()
        for key, schema in COMMON.items():
            self._schema(key, schema)
        for key, (words, schema) in HEADERS.items():
            self.spec.components.header(key, {"description": words, "schema": schema})
        for status, key in ERRORS.items():
            kinds = [kind for kind in PROBLEMS.values() if kind.status == status]
            kinds.sort(key=lambda kind: kind.name not in FOREMOST)
            self.spec.components.response(
                key,
                {
                    "description": " ".join(kind.words for kind in kinds),
                    "headers": headers(*ANY, *MORE_HEADERS.get(status, ())),
                    "content": {PROBLEM: {"schema": ref("Problem"), "example": problem(kinds[0])}},
                },
            )
        self.spec.components.response(
            "NotModified",
            {
                "description": "The client has it already.",
                "headers": headers("ETag", *ANY),
            },
        )

    def _vocabulary_schemas(self) -> None:
        for vocabulary in published().values():
            if len(vocabulary.codes) > LARGE and vocabulary.name != "quantity_words":
                self._schema(
                    term_name(vocabulary.name),
                    {
                        "type": "string",
                        "enum": list(vocabulary.codes),
                        "description": vocabulary.description,
                    },
                )

    def _schemas(self, record: type[Record]) -> None:
        whole = record_schema(record)
        example = self.examples.get(record.resource)
        shown = {"examples": [example]} if example else {}
        embedded = {
            "type": "object",
            "description": "Linked records, where include asked for them.",
            "properties": {
                one: {"description": f"Linked records under {one}."}
                for one in self.grammars[record.resource].includes
            },
        }
        properties = {**whole["properties"], "embedded": embedded}
        for member, kind in record.kinds().items():
            if isinstance(kind, Block):
                self._schema(camel(member), kind.shape)
                told = {"description": kind.words, "readOnly": True}
                properties[member] = ref(camel(member)) | told
        key = name(record)
        self._schema(key, {**whole, "properties": properties, **shown})
        self._schema(
            f"{key}Extract",
            {
                "type": "object",
                "description": f"The members of a {record.singular} that fields asked for.",
                "required": ["id"],
                "properties": properties,
            },
        )
        item = {"anyOf": [ref(key), ref(f"{key}Extract")]}
        self._schema(f"{key}Page", page(item, f"One page of {record.resource}."))
        self._schema(f"{key}History", page(version_of(item), f"Versions of a {record.singular}."))
        if "geojson" in formats(record):
            self._schema(f"{key}Feature", feature(flat(self.registry, record)))
            self._schema(f"{key}Features", features(ref(f"{key}Feature")))

    def _routes(self, record: type[Record]) -> None:
        self._list_response(record)
        home, key = f"{ROOT}/{record.resource}", name(record)
        plural = record.resource.capitalize()
        grammar_ = self.grammars[record.resource]
        self._get(
            home,
            f"list{plural}",
            record.resource,
            f"List {record.resource}",
            f"{words_of(record)} Without limit, CSV and NDJSON give everything.",
            self.parameters.refs(grammar_.parameters.values(), record),
            f"{key}List",
            listed=True,
        )
        self._get(
            f"{home}/{{id}}",
            f"get{key}",
            record.resource,
            f"Read one {record.singular}",
            f"The bare record: {words_of(record)}",
            [id_parameter(record), *self.parameters.refs(record_parameters(grammar_), record)],
            self._record_content(record),
            missing=True,
            clocked=True,
        )
        self._get(
            f"{home}/{{id}}/history",
            f"get{key}History",
            record.resource,
            f"Read the history of one {record.singular}",
            "Every version, the newest first: when, by whom, why, what changed, and the record.",
            [
                id_parameter(record),
                *self.parameters.refs(HISTORY, None),
                *self.parameters.refs((grammar_.parameters["fields"],), record),
            ],
            {JSON: {"schema": ref(f"{key}History")}},
            missing=True,
            listed=True,
            clocked=True,
            gone=False,
        )
        self._search(record)
        for item in self.registry.sublists(record.resource):
            other = self.registry[item.resource]
            taken = self.grammars[item.resource].parameters
            self._get(
                f"{home}/{{id}}/{item.name}",
                f"list{key}{camel(item.name)}",
                record.resource,
                (
                    f"List {item.name.replace('_', ' ')} of one {record.singular}, "
                    f"by {item.parameter.replace('_', ' ')}"
                ),
                f"{words_of(other)} Narrowed to this {record.singular}: {item.words}",
                [
                    id_parameter(record),
                    *self.parameters.refs(
                        (p for n, p in taken.items() if n != item.parameter), other
                    ),
                ],
                f"{name(other)}List",
                missing=True,
                listed=True,
            )

    def _list_response(self, record: type[Record]) -> None:
        """Add what lists, sub-lists and searches of a resource answer with."""
        key = name(record)
        content = {JSON: {"schema": ref(f"{key}Page")}}
        if example := self.examples.get(record.resource):
            content[JSON]["example"] = example_page(record, example)
        content |= self._flat_content(record, f"{key}Features")
        sent = ("ETag", *ANY, "Link", "Known-Seq", "Content-Disposition")
        self.spec.components.response(
            f"{key}List",
            {"description": "Found.", "headers": headers(*sent), "content": content},
        )

    def _record_content(self, record: type[Record]) -> Schema:
        key = name(record)
        schema = {"anyOf": [ref(key), ref(f"{key}Extract")]}
        content: Schema = {JSON: {"schema": schema}}
        if example := self.examples.get(record.resource):
            content[JSON]["example"] = example
        return content | self._flat_content(record, f"{key}Feature")

    @staticmethod
    def _flat_content(record: type[Record], features: str) -> Schema:
        content: Schema = {}
        for format_ in formats(record):
            if format_ == "geojson":
                content[FORMATS[format_].type] = {"schema": ref(features)}
            elif format_ != "json":
                content[FORMATS[format_].type] = {"schema": dict(FILE)}
        return content

    def _get(
        self,
        path: str,
        operation: str,
        tag: str,
        summary: str,
        words: str,
        parameters: list[Any],
        content: Schema | str,
        *,
        listed: bool = False,
        missing: bool = False,
        gone: bool = True,
        states: bool = False,
        clocked: bool = False,
    ) -> None:
        """Add a reading operation; its errors are the ones it can answer with.

        Its good answer is a shared one, by name, or one of its own with this content.
        """
        good: Schema | str = content
        if isinstance(content, dict):
            sent = [*ANY] if states else ["ETag", *ANY]
            sent += ["Link"] * listed + ["Known-Seq"] * clocked
            sent += ["Content-Disposition"] * (CSV in content)
            good = {"description": "Found.", "headers": headers(*sent), "content": content}
        errors = {*ALWAYS, *[404, 409] * listed, *[410] * (missing and gone)}
        errors |= {404} if missing or clocked else set()
        errors |= {406} if _negotiates(path) else set()
        responses = responses_of(good, errors)
        responses |= {"308": "Elsewhere"} if missing and gone else {}
        if not states:
            responses["304"] = "NotModified"
            parameters = [*parameters, "If-None-Match"]
        told: Schema = {
            "operationId": operation,
            "tags": [tag],
            "summary": summary,
            "description": words,
        }
        told |= {"parameters": parameters, "responses": responses}
        self.spec.path(path=path, operations={"get": told})

    def _search(self, record: type[Record]) -> None:
        """Add the search whose query is the body of a POST."""
        key, plural = name(record), record.resource
        parameters = self.grammars[plural].parameters.values()
        self._schema(f"{key}Search", self.parameters.search(record, parameters))
        errors = {*ALWAYS, 404, 406, 409, 413, 415, 422}
        told: Schema = {
            "operationId": f"search{plural.capitalize()}",
            "tags": [plural],
            "summary": f"Search {plural} with a query in the body",
            "description": SEARCHING,
            "security": [{}],
            "requestBody": {
                "required": True,
                "content": {JSON: {"schema": ref(f"{key}Search"), "example": {"limit": 10}}},
            },
            "responses": responses_of(f"{key}List", errors),
        }
        self.spec.path(path=f"{ROOT}/{plural}/search", operations={"post": told})

    def _add(self, routes: Iterable[Route]) -> None:
        for route in routes:
            self._get(*route[:-1], **route.options)

    def _beside(self) -> None:
        """Add what stands beside the resources."""
        self.spec.components.security_scheme(KEY, SCHEME)
        self.spec.components.response("Elsewhere", ELSEWHERE)
        for key, schema in beside.schemas(self.registry):
            self._schema(key, schema)
        self._add(beside.reads(self.registry, self.grammars, self.parameters.refs))
        for path, method, operation in beside.writes(self.registry, self.parameters.refs):
            self.spec.path(path=path, operations={method: operation})


def _negotiates(path: str) -> bool:
    return not path.endswith((".json", ".yaml", "/metrics"))
