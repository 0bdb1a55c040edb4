"""Parameters as the document describes them: in an address, and in the body of a search."""

from collections.abc import Iterable
from typing import Any, Final

from incidents_api.contract import LONGEST_TAGS
from incidents_api.model import Record
from incidents_api.model.fields import Code, Id, Kind, Link, Text
from incidents_api.openapi.schemas import Schema, camel, examples, name, ref, term_name
from incidents_api.storage.arguments import CIRCLE, Choice, Query
from incidents_api.storage.parameters import Parameter

#: The schemas of these kinds are short, or each is another.
_INLINE: Final = ("boolean", "integer", "number", "array")
IF_NONE_MATCH: Final[Schema] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of the answer that the client has: 304 if it is still good.",
    "schema": {"type": "string", "maxLength": LONGEST_TAGS},
    "example": '"1-json-1"',
}
_CIRCLE: Final = (
    "A circle: latitude and longitude of its middle in degrees (WGS 84), and its radius in "
    "kilometres, as ?lat=36.5&lon=40.75&within_km=25. Records without a point are outside."
)


class Parameters:
    """The parameters of all operations, each named once and referred to.

    Attributes:
        components: The parameters by their names in the document.
        schemas: The schemas of values by their names in the document.

    """

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self.schemas: dict[str, Schema] = {}

    def refs(
        self,
        parameters: Iterable[Parameter],
        record: type[Record] | None,
        owner: str = "service",
    ) -> list[str]:
        """Return the names of the parameters' components, shared where they are the same.

        Args:
            parameters: The parameters.
            record: The resource that is asked for, if it is one.
            owner: Else, whose parameters they are: it goes before a name that is taken.

        """
        made: dict[str, Schema] = {}
        circle: list[Parameter] = []
        for parameter in parameters:
            if parameter.name in CIRCLE:
                circle.append(parameter)
                made["circle"] = _circle_object(circle)
            else:
                made[parameter.name] = self._object(parameter, record)
        owner = record.resource if record else owner
        return [self._component(key, schema, owner) for key, schema in made.items()]

    def _component(self, key: str, made: Schema, owner: str) -> str:
        for name_ in (key, f"{owner}.{key}"):
            if self.components.setdefault(name_, made) == made:
                return name_
        raise ValueError(f"two parameters share the name {key}")

    def _object(self, parameter: Parameter, record: type[Record] | None) -> Schema:
        """Return a query parameter as OpenAPI describes it."""
        schema = self._value(parameter, record)
        if parameter.several:
            schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": parameter.most}
        made: Schema = {"name": parameter.name, "in": "query", "description": parameter.words}
        if parameter.required:
            made["required"] = True
        if schema.get("type") == "array":
            made |= {"style": "form", "explode": False}
        made["schema"] = schema | _default(parameter)
        example = parameter.example
        suffix = parameter.operator.suffix if parameter.operator else None
        if example is None and suffix in ("", "gte", "lte"):
            example = parameter.kind.example
            example = [example] if parameter.several and example is not None else example
        if example is not None:
            made["example"] = example
        return made

    def search(self, record: type[Record], parameters: Iterable[Parameter]) -> Schema:
        """Return the schema of the body of a search: each parameter is a member."""
        properties = {made.name: self._member(made, record) for made in parameters}
        schema: Schema = {
            "type": "object",
            "description": f"What is asked of {record.resource}: the parameters of the list.",
            "additionalProperties": False,
            "properties": properties,
        }
        if set(CIRCLE) <= set(properties):
            others = {one: [other for other in CIRCLE if other != one] for one in CIRCLE}
            schema["dependentRequired"] = others
        return schema

    def _member(self, parameter: Parameter, record: type[Record]) -> Schema:
        schema = self._value(parameter, record)
        if parameter.several:
            item, most = schema, parameter.most_in_body
            several = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
            schema = {"anyOf": [item, several]}
            if key := _named(parameter, record):
                schema = self._shared(key + ("List" if most > parameter.most else "Few"), schema)
        return schema | _default(parameter) | {"description": parameter.words}

    def _value(self, parameter: Parameter, record: type[Record] | None) -> Schema:
        """Return the schema of one value, by reference where it is long."""
        schema = parameter.kind.schema()
        key = _named(parameter, record)
        return self._shared(key, schema) if key and schema.get("type") not in _INLINE else schema

    def _shared(self, key: str, schema: Schema) -> Schema:
        if self.schemas.setdefault(key, schema) != schema:
            raise ValueError(f"two schemas share the name {key}")
        return ref(key)


def _named(parameter: Parameter, record: type[Record] | None) -> str | None:
    """Return the name of the schema of a parameter's values, if it deserves one."""
    kind: Kind = parameter.kind
    if isinstance(kind, Choice):
        own = record and parameter.name in ("sort", "fields", "include")
        return f"{name(record)}{camel(parameter.name)}" if record and own else None
    if isinstance(kind, Code):
        return term_name(kind.vocabulary.name)
    if isinstance(kind, Id | Link):
        return "Id"
    if type(kind) is Text or kind.column in ("integer", "real"):
        return None
    return "Words" if type(kind) is Query else type(kind).__name__


def _default(parameter: Parameter) -> Schema:
    return {} if parameter.default is None else {"default": parameter.default}


def _circle_object(circle: Iterable[Parameter]) -> Schema:
    """Return the parameters of a circle as one, for one says nothing without the others."""
    members = {made.name: made.kind.schema() | {"description": made.words} for made in circle}
    example: dict[str, Any] = {"lat": 36.5, "lon": 40.75, "within_km": 25}
    return {
        "name": "circle",
        "in": "query",
        "description": _CIRCLE,
        "style": "form",
        "explode": True,
        "schema": {
            "type": "object",
            "required": list(members),
            "additionalProperties": False,
            "properties": members,
        },
        "example": example,
    }


def id_parameter(record: type[Record]) -> Schema:
    """Return the parameter of a path that names a record."""
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
