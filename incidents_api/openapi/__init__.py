"""The OpenAPI 3.1 document, made from the declarations, the operators and the formats.

Nothing in it is written by hand for one resource: what a field means, which filters it has and
what an answer holds all come from where the program itself takes them.
"""

from typing import Any

import yaml

from incidents_api.contract import OPEN
from incidents_api.model import Registry
from incidents_api.openapi.common import ERRORS
from incidents_api.openapi.document import Document
from incidents_api.openapi.schemas import Schema, name, record_schema
from incidents_api.openapi.writes import KEY


def to_yaml(document: Schema) -> str:
    """Return the document as YAML, without anchors and in its own order."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)


def document(registry: Registry, *, closed: bool = False) -> Schema:
    """Return the OpenAPI document for the resources of a registry.

    Args:
        registry: The resources.
        closed: Whether reading takes a key.

    """
    made = Document(registry).made()
    return _closed(made) if closed else made


def _closed(whole: Schema) -> Schema:
    """Say of each operation but the open ones that it takes a key."""
    for path, operations in whole["paths"].items():
        for operation in operations.values() if path not in OPEN else ():
            operation["security"] = [{KEY: []}]
            for status in (401, 403):
                answer = {"$ref": f"#/components/responses/{ERRORS[status]}"}
                operation["responses"].setdefault(str(status), answer)
    return whole


__all__ = ["Schema", "document", "name", "record_schema", "to_yaml"]
