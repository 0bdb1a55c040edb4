"""The OpenAPI 3.1 document, made from the declarations, the operators and the formats.

Nothing in it is written by hand for one resource: what a field means, which filters it has and
what an answer holds all come from where the program itself takes them.
"""

from collections.abc import Iterable
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

import orjson
import yaml
from apispec import APISpec

from incidents_api.contract import (
    CSV,
    FORMATS,
    HISTORY,
    JSON,
    PROBLEM,
    PROBLEMS,
    ROOT,
    SEARCH,
    YAML,
    format_parameter,
    formats,
    grammar,
    record_parameters,
)
from incidents_api.model import Record, Registry
from incidents_api.model.fields import ID_PATTERN, SAFE_INTEGER, Id, nullable
from incidents_api.model.fields import member_schema as field_schema
from incidents_api.model.published import published
from incidents_api.storage.flat import Cell, flat
from incidents_api.storage.grammar import Parameter

Schema = dict[str, Any]

#: A whole file; a stream has no length that could be promised.
_FILE: Final = {"type": "string", "maxLength": SAFE_INTEGER}
#: Vocabularies with more terms than this are named once and referred to.
LARGE: Final = 60
ERRORS: Final = {
    400: "Refused",
    404: "NotFound",
    406: "NotAcceptable",
    410: "Gone",
    500: "Mistake",
    503: "Busy",
}
DESCRIPTION: Final = """\
A knowledge base of armed-conflict incidents that keeps every claim: who said what number about
whom, as of when, printed where, in which words. Plain JSON with typed links; the same numbers as
CSV, NDJSON and GeoJSON.

What is stable: a released field, parameter or address keeps its meaning. Members, parameters,
links and vocabulary terms may be added; a client ignores what it does not know.
"""


def to_yaml(document: Schema) -> str:
    """Return the document as YAML, without anchors and in its own order."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    return yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)


def document(registry: Registry) -> Schema:
    """Return the OpenAPI document for the resources of a registry."""
    return Document(registry).made()


def name(record: type[Record]) -> str:
    """Return the name of a resource's schema: Incident."""
    return record.singular.capitalize()


def examples() -> dict[str, Any]:
    """Return a record of each resource from the sample knowledge base."""
    text = files("incidents_api").joinpath("knowledge", "examples.json").read_bytes()
    found: dict[str, Any] = orjson.loads(text)
    return found


class Document:
    """Makes the document, piece by piece."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.grammars = {record.resource: grammar(registry, record) for record in registry}
        self.examples = examples()
        self._parameters: dict[str, Schema] = {}
        self.spec = APISpec(
            title="Incidents API",
            version=version("incidents-api"),
            openapi_version="3.1.0",
            info={
                "description": DESCRIPTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
                "contact": {"name": "Incidents API", "url": "https://github.com/incidents-api"},
            },
            servers=[{"url": "/", "description": "The server that this document comes from."}],
            tags=[{"name": record.resource, "description": _words(record)} for record in registry]
            + [{"name": "service", "description": "The service itself: index, search, contract."}],
            security=[],
        )

    def made(self) -> Schema:
        """Return the whole document."""
        self._common()
        self._service()
        for record in self.registry:
            self._schemas(record)
            self._routes(record)
        for key, parameter in self._parameters.items():
            self.spec.components.parameter(key, parameter["in"], parameter)
        whole: Schema = _referred(self.spec.to_dict())
        return whole

    def _schema(self, key: str, schema: Schema) -> None:
        self.spec.components.schema(key, schema)

    def _common(self) -> None:
        self._vocabulary_schemas()
        for key, schema in _COMMON.items():
            self._schema(key, schema)
        for key, (words, schema) in _HEADERS.items():
            self.spec.components.header(key, {"description": words, "schema": schema})
        for status, key in ERRORS.items():
            kinds = [kind for kind in PROBLEMS.values() if kind.status == status]
            self.spec.components.response(
                key,
                {
                    "description": " ".join(kind.words for kind in kinds),
                    "headers": _headers("Cache-Control", *(["Retry-After"] * (status == 503))),
                    "content": {
                        PROBLEM: {"schema": _ref("Problem"), "example": _problem(kinds[0])}
                    },
                },
            )
        self.spec.components.response(
            "NotModified",
            {
                "description": "The client has it already.",
                "headers": _headers("ETag", "Cache-Control", "Vary"),
            },
        )

    def _vocabulary_schemas(self) -> None:
        for vocabulary in published().values():
            if len(vocabulary.codes) > LARGE and vocabulary.name != "quantity_words":
                self._schema(
                    _term_name(vocabulary.name),
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
        key = name(record)
        self._schema(key, {**whole, "properties": properties, **shown})
        self._schema(
            f"{key}Extract",
            {
                "type": "object",
                "description": f"The members of a {record.singular} that fields asked for.",
                "required": ["id"],
                "properties": {
                    one: {"$ref": f"#/components/schemas/{key}/properties/{one}"}
                    for one in properties
                },
            },
        )
        item = {"anyOf": [_ref(key), _ref(f"{key}Extract")]}
        self._schema(f"{key}Page", _page(item, f"One page of {record.resource}."))
        self._schema(
            f"{key}History", _page(_version(_ref(key)), f"Versions of a {record.singular}.")
        )
        if "geojson" in formats(record):
            self._schema(f"{key}Feature", _feature(flat(self.registry, record)))
            self._schema(f"{key}Features", _features(_ref(f"{key}Feature")))

    def _routes(self, record: type[Record]) -> None:
        home, key = f"{ROOT}/{record.resource}", name(record)
        plural = record.resource.capitalize()
        grammar_ = self.grammars[record.resource]
        self._get(
            home,
            f"list{plural}",
            record.resource,
            f"List {record.resource}",
            f"{_words(record)} Filter, sort and page; without limit CSV and NDJSON give everything.",
            self._refs(grammar_.parameters.values(), record),
            self._list_content(record),
            listed=True,
        )
        self._get(
            f"{home}/{{id}}",
            f"get{key}",
            record.resource,
            f"Read one {record.singular}",
            f"The bare record: {_words(record)}",
            [_id_parameter(record), *self._refs(record_parameters(grammar_), record)],
            self._record_content(record),
            missing=True,
        )
        self._get(
            f"{home}/{{id}}/history",
            f"get{key}History",
            record.resource,
            f"Read the history of one {record.singular}",
            "Every version, the newest first: when, by whom, why, what changed, and the record.",
            [_id_parameter(record), *self._refs((*HISTORY, format_parameter(("json",))), None)],
            {JSON: {"schema": _ref(f"{key}History")}},
            missing=True,
            listed=True,
            gone=False,
        )
        for item in self.registry.sublists(record.resource):
            other = self.registry[item.resource]
            taken = self.grammars[item.resource].parameters
            self._get(
                f"{home}/{{id}}/{item.name}",
                f"list{key}{_camel(item.name)}",
                record.resource,
                f"List {item.name.replace('_', ' ')} of one {record.singular}",
                f"{_words(other)} Narrowed to this {record.singular}: {item.words}",
                [
                    _id_parameter(record),
                    *self._refs((p for n, p in taken.items() if n != item.parameter), other),
                ],
                self._list_content(other),
                missing=True,
                listed=True,
            )

    def _list_content(self, record: type[Record]) -> Schema:
        key = name(record)
        content = {JSON: {"schema": _ref(f"{key}Page")}}
        if example := self.examples.get(record.resource):
            content[JSON]["example"] = _example_page(record, example)
        return content | self._flat_content(record, f"{key}Features")

    def _record_content(self, record: type[Record]) -> Schema:
        key = name(record)
        schema = {"anyOf": [_ref(key), _ref(f"{key}Extract")]}
        content: Schema = {JSON: {"schema": schema}}
        if example := self.examples.get(record.resource):
            content[JSON]["example"] = example
        return content | self._flat_content(record, f"{key}Feature")

    @staticmethod
    def _flat_content(record: type[Record], features: str) -> Schema:
        content: Schema = {}
        for format_ in formats(record):
            if format_ == "geojson":
                content[FORMATS[format_].type] = {"schema": _ref(features)}
            elif format_ != "json":
                content[FORMATS[format_].type] = {"schema": dict(_FILE)}
        return content

    def _get(
        self,
        path: str,
        operation: str,
        tag: str,
        summary: str,
        words: str,
        parameters: list[Any],
        content: Schema,
        *,
        listed: bool = False,
        missing: bool = False,
        gone: bool = True,
        states: bool = False,
    ) -> None:
        """Add an operation; its errors are the ones it can answer with."""
        headers = ["Cache-Control"] if states else ["ETag", "Cache-Control", "Vary"]
        headers += ["Link"] * listed + ["Content-Disposition"] * (CSV in content)
        responses: Schema = {
            "200": {"description": "Found.", "headers": _headers(*headers), "content": content}
        }
        if not states:
            responses["304"] = "NotModified"
        for status, key in ERRORS.items():
            if (status == 404 and not missing) or (status == 410 and not (missing and gone)):
                continue
            if status == 406 and not _negotiates(path):
                continue
            responses[str(status)] = key
        self.spec.path(
            path=path,
            operations={
                "get": {
                    "operationId": operation,
                    "tags": [tag],
                    "summary": summary,
                    "description": words,
                    "parameters": parameters,
                    "responses": responses,
                }
            },
        )

    def _refs(self, parameters: Iterable[Parameter], record: type[Record] | None) -> list[str]:
        """Return the names of the parameters' components, shared where they are the same."""
        return [self._parameter(parameter, record) for parameter in parameters]

    def _parameter(self, parameter: Parameter, record: type[Record] | None) -> str:
        made = parameter_object(parameter)
        for key in (parameter.name, f"{record.resource if record else 'service'}.{parameter.name}"):
            if self._parameters.setdefault(key, made) == made:
                return key
        raise ValueError(f"two parameters share the name {parameter.name}")

    def _service(self) -> None:
        for path, operation, summary, content, options in _service_routes(self._refs):
            words = options.pop("words", f"{summary}.")
            parameters = options.pop("parameters", [])
            self._get(path, operation, "service", summary, words, parameters, content, **options)


def _negotiates(path: str) -> bool:
    return not path.endswith((".json", ".yaml"))


def record_schema(record: type[Record], *, given: bool = False) -> Schema:
    """Return the schema of a record, as it is answered or (``given``) as a client sends it."""
    kinds = record.kinds()
    properties = {}
    for member, kind in kinds.items():
        schema = field_schema(kind, given=given)
        if member in ("version", "recorded_at", "links"):
            schema = kind.schema() | {"description": kind.words}
        if member == "id" and not given:
            schema = kind.schema() | {"description": kind.words}
        if kind.readonly:
            schema["readOnly"] = True
        if kind.default is not None and given:
            schema["default"] = kind.default
        if kind.example is not None:
            schema["examples"] = [kind.example]
        properties[member] = schema
    made: Schema = {"type": "object", "description": _words(record)}
    if given:
        made["additionalProperties"] = False
        made["required"] = [member for member, kind in kinds.items() if kind.required]
    else:
        made["required"] = list(kinds)
    return made | {"properties": properties}


def parameter_object(parameter: Parameter) -> Schema:
    """Return a query parameter as OpenAPI describes it."""
    schema = parameter.kind.schema()
    if parameter.several:
        schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": 200}
    if parameter.default is not None:
        default = parameter.default
        schema["default"] = [default] if parameter.several else default
    made: Schema = {"name": parameter.name, "in": "query", "description": parameter.words}
    if parameter.kind.required:
        made["required"] = True
    if schema.get("type") == "array":
        made |= {"style": "form", "explode": False}
    made["schema"] = schema
    if parameter.example is not None:
        made["example"] = parameter.example
    return made


def _words(record: type[Record]) -> str:
    return str(record.__doc__).strip()


def _camel(text: str) -> str:
    return "".join(part.capitalize() for part in text.split("_"))


def _term_name(vocabulary: str) -> str:
    return f"{_camel(vocabulary)}Term"


def _ref(key: str) -> Schema:
    return {"$ref": f"#/components/schemas/{key}"}


def _headers(*names: str) -> Schema:
    return {one: {"$ref": f"#/components/headers/{one}"} for one in names}


def _id_parameter(record: type[Record]) -> Schema:
    kind = Id("The id.")
    made: Schema = {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"The id of the {record.singular}.",
        "schema": kind.schema(),
    }
    if example := examples().get(record.resource):
        made["example"] = example["id"]
    return made


def _referred(value: Any) -> Any:
    """Replace the long lists of terms by references to the schema that names them once."""
    large = {
        vocabulary.codes: _term_name(vocabulary.name)
        for vocabulary in published().values()
        if len(vocabulary.codes) > LARGE
    }
    return _replaced(value, large, top=True)


def _replaced(value: Any, large: dict[tuple[Any, ...], str], *, top: bool = False) -> Any:
    if isinstance(value, list):
        return [_replaced(item, large) for item in value]
    if not isinstance(value, dict):
        return value
    enum = value.get("enum")
    if isinstance(enum, list) and "$ref" not in value and not top and len(enum) > LARGE:
        codes = tuple(code for code in enum if code is not None)
        if (
            codes in large
            and value.get("description") != published()[_named(large[codes])].description
        ):
            rest = {key: item for key, item in value.items() if key not in ("type", "enum")}
            if None in enum:
                return {"anyOf": [_ref(large[codes]), {"type": "null"}]} | rest
            return _ref(large[codes]) | rest
    return {key: _replaced(item, large) for key, item in value.items()}


def _named(term_schema: str) -> str:
    return next(one for one in published() if _term_name(one) == term_schema)


def _page(item: Schema, words: str) -> Schema:
    return {
        "type": "object",
        "description": words,
        "required": ["data", "links", "meta"],
        "properties": {
            "data": {"type": "array", "maxItems": 1000, "items": item},
            "links": {"type": "array", "maxItems": 10, "items": _ref("Link")},
            "meta": _ref("PageMeta"),
        },
    }


def _version(record: Schema) -> Schema:
    return {
        "type": "object",
        "required": [
            "seq",
            "version",
            "action",
            "recorded_at",
            "who",
            "why",
            "changed_fields",
            "record",
        ],
        "properties": {
            "seq": _count("The transaction's number."),
            "version": _count("The editorial version."),
            "action": {
                "type": "string",
                "enum": list(published()["action"].codes),
                "description": "What was done.",
            },
            "recorded_at": _time("When, in UTC."),
            "who": _text("On whose authority."),
            "why": nullable(_text("For what reason.")),
            "changed_fields": {
                "type": "array",
                "maxItems": 200,
                "items": _text("A member."),
                "description": "The members that changed; empty for a new record.",
            },
            "record": record,
        },
    }


def _feature(cells: tuple[Cell, ...]) -> Schema:
    kinds: dict[str, Schema] = {
        "integer": {
            "type": "integer",
            "format": "int64",
            "minimum": -SAFE_INTEGER,
            "maximum": SAFE_INTEGER,
        },
        "number": {"type": "number"},
        "boolean": {"type": "boolean"},
        "string": {"type": "string", "maxLength": 1_000_000},
    }
    return {
        "type": "object",
        "description": "A feature (RFC 7946); geometry is null where the place is unknown.",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string", "maxLength": 80, "pattern": ID_PATTERN},
            "geometry": {"anyOf": [_ref("Point"), {"type": "null"}]},
            "properties": {
                "type": "object",
                "description": "The flat projection.",
                "properties": {
                    cell.name: nullable(kinds[cell.type]) | {"description": cell.words}
                    for cell in cells
                },
            },
        },
    }


def _features(feature: Schema) -> Schema:
    return {
        "type": "object",
        "description": "Features with a point, and where to go on.",
        "required": ["type", "features", "links", "meta"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "maxItems": 1000, "items": feature},
            "links": {"type": "array", "maxItems": 10, "items": _ref("Link")},
            "meta": _ref("PageMeta"),
        },
    }


def _text(words: str, length: int = 2000) -> Schema:
    return {"type": "string", "maxLength": length, "description": words}


def _time(words: str) -> Schema:
    return {"type": "string", "format": "date-time", "maxLength": 35, "description": words}


def _count(words: str) -> Schema:
    return {
        "type": "integer",
        "format": "int64",
        "minimum": 0,
        "maximum": SAFE_INTEGER,
        "description": words,
    }


def _object(words: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": words,
        "required": [
            key for key, schema in properties.items() if not schema.pop("optional", False)
        ],
        "properties": properties,
    }


def _list(item: Schema, most: int = 10_000) -> Schema:
    return {"type": "array", "maxItems": most, "items": item}


def _problem(kind: Any) -> Schema:
    return {
        "type": f"{ROOT}/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.words,
        "instance": f"{ROOT}/incidents",
    }


def _example_page(record: type[Record], example: Any) -> Schema:
    return {
        "data": [example],
        "links": [{"rel": "self", "href": f"{ROOT}/{record.resource}", "type": JSON}],
        "meta": {"returned": 1, "next_cursor": None},
    }


_COMMON: Final[dict[str, Schema]] = {
    "Link": _object(
        "Where to go from here.",
        rel=_text("What the target is to this.", 60),
        href=_text("Address, relative to the root of the server.", 8190),
        type=_text("Media type.", 100),
    ),
    "PageMeta": _object(
        "About this page.",
        returned=_count("How many records it has."),
        next_cursor=nullable(_text("The cursor of the next page; null on the last one.", 1000)),
        total={**_count("How many match, where total asked for it."), "optional": True},
        total_is_minimum={
            "type": "boolean",
            "description": "Whether counting stopped there.",
            "optional": True,
        },
        ranked={**_text("Which matches were ranked.", 60), "optional": True},
        sample={**_count("Size of the sample asked for."), "optional": True},
        seed={**_count("Its seed."), "optional": True},
    ),
    "Point": _object(
        "A point (RFC 7946).",
        type={"type": "string", "enum": ["Point"]},
        coordinates={
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number"},
            "description": "Longitude and latitude in degrees, WGS 84.",
        },
    ),
    "Problem": _object(
        "What went wrong (RFC 9457).",
        type=_text("Address of the kind of problem.", 200),
        title=_text("The kind of problem.", 200),
        status={**_count("The HTTP status."), "minimum": 400, "maximum": 599},
        detail=_text("What is wrong here.", 4000),
        instance=_text("Address of the request.", 8190),
        errors={
            **_list(
                _object(
                    "A fault.",
                    parameter={**_text("The parameter it is in.", 200), "optional": True},
                    header={**_text("The header it is in.", 200), "optional": True},
                    pointer={**_text("The JSON pointer to it.", 1000), "optional": True},
                    detail=_text("What is wrong, and what is allowed.", 10_000),
                )
            ),
            "optional": True,
        },
    ),
    "ProblemKind": _object(
        "A kind of problem.",
        type=_text("Its address.", 200),
        title=_text("Its title.", 200),
        status={**_count("The HTTP status."), "minimum": 400, "maximum": 599},
        description=_text("What it means."),
    ),
    "ProblemKinds": _object("Every kind of problem.", data=_list(_ref("ProblemKind"))),
    "Vocabulary": _object(
        "A controlled vocabulary.",
        id=_text("Its name.", 80),
        title=_text("Its title."),
        description=_text("What its terms classify."),
        source=_text("The standard it follows."),
        terms=_list(
            _object(
                "A term.",
                term={
                    "anyOf": [{"type": "string", "maxLength": 200}, _count("A numeric code.")],
                    "description": "The code.",
                },
                parent=nullable(_text("The term of the wider vocabulary.", 200)),
                definition=_text("What it means."),
            )
        ),
        links={**_list(_ref("Link"), 10), "optional": True},
    ),
    "Vocabularies": _object(
        "All vocabularies.",
        data=_list(_ref("Vocabulary")),
        links=_list(_ref("Link"), 10),
    ),
    "SearchPage": _object(
        "Matches of all resources, best first.",
        data=_list(
            _object(
                "A match.",
                resource=_text("Of which resource.", 80),
                score={"type": "number", "description": "How well it matches; more is better."},
                record={
                    "type": "object",
                    "description": "The record, by the schema of its resource.",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "maxLength": 80}},
                },
            ),
            1000,
        ),
        links=_list(_ref("Link"), 10),
        meta=_object(
            "About this answer.",
            returned=_count("How many matches it has."),
            ranked=_text("Which matches were ranked.", 80),
            more_matches=_list(_text("A resource with more matches than were ranked.", 80), 100),
        ),
    ),
    "Index": _object(
        "What is here.",
        title=_text("Name of the service."),
        description=_text("What it is."),
        version=_text("Its version.", 40),
        seq=_count("The number of the last transaction."),
        counts={
            "type": "object",
            "description": "How many records of each resource there are.",
            "additionalProperties": _count("A number of records."),
            "maxProperties": 100,
        },
        datasets=_list(
            _object(
                "A data set that records were imported from.",
                id=_text("Its source's id.", 80),
                title=_text("Its title."),
                licence=nullable(_text("Its licence.")),
                citation=nullable(_text("How to cite it.")),
                coverage=nullable(_text("What it covers.")),
            )
        ),
        corrections=_text("Where to report an error in the data."),
        links=_list(_ref("Link"), 100),
    ),
    "State": _object(
        "How the service is.",
        status={"type": "string", "enum": ["alive", "ready"]},
        seq={**_count("The number of the last transaction."), "optional": True},
    ),
}

_HEADERS: Final[dict[str, tuple[str, Schema]]] = {
    "ETag": (
        "Tag of this state in this format; send it as If-None-Match.",
        {"type": "string", "maxLength": 100},
    ),
    "Cache-Control": ("How it may be cached.", {"type": "string", "maxLength": 100}),
    "Vary": ("What the answer depends on.", {"type": "string", "maxLength": 200}),
    "Link": (
        "The next page (RFC 8288), unless this is the last.",
        {"type": "string", "maxLength": 8300},
    ),
    "Content-Disposition": (
        "A dated file name, for formats that are saved.",
        {"type": "string", "maxLength": 200},
    ),
    "Retry-After": ("After how many seconds to try again.", {"type": "string", "maxLength": 20}),
}


def _service_routes(refs: Any) -> Iterable[tuple[str, str, str, Schema, dict[str, Any]]]:
    """Yield the routes of the service itself: path, operation, summary, content, options."""
    both = {"parameters": refs((format_parameter(("json", "csv")),), None)}
    table = {CSV: {"schema": dict(_FILE)}}
    named = {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 80},
    }
    vocabulary = {**named, "description": "Name of the vocabulary.", "example": "measure"}
    problem = {**named, "description": "Name of the kind of problem.", "example": "not-found"}

    def json(key: str) -> Schema:
        return {JSON: {"schema": _ref(key)}}

    yield ROOT, "getIndex", "Say what is here", json("Index"), {}
    yield (
        f"{ROOT}/search",
        "search",
        "Search all resources",
        json("SearchPage"),
        {
            "parameters": refs((*SEARCH, format_parameter(("json",))), None),
            "words": "Full text over all resources; of each, the newest 1,000 matches are ranked.",
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
        {YAML: {"schema": dict(_FILE)}},
        {},
    )
    yield f"{ROOT}/health", "getHealth", "Say whether it is alive", json("State"), {"states": True}
    yield f"{ROOT}/ready", "getReady", "Say whether it can answer", json("State"), {"states": True}
