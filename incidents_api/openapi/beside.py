"""What the document describes beside the resources: schemas and routes of all other rooms."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from incidents_api.model import Registry
from incidents_api.openapi.aggregate import aggregate_route, aggregate_schemas
from incidents_api.openapi.changes import change_routes, change_schemas
from incidents_api.openapi.claims import claim_routes, claim_schemas
from incidents_api.openapi.duplicates import duplicate_route, duplicate_schemas
from incidents_api.openapi.estimates import estimate_routes, estimate_schemas, timeline_routes
from incidents_api.openapi.exports import export_routes, export_schemas
from incidents_api.openapi.merging import merge_routes, merge_schemas
from incidents_api.openapi.releases import release_routes, release_schemas, release_writes
from incidents_api.openapi.retries import once
from incidents_api.openapi.routes import Route, of_service
from incidents_api.openapi.schemas import Schema
from incidents_api.openapi.service import service_routes
from incidents_api.openapi.write_schemas import write_schemas
from incidents_api.openapi.writes import write_routes
from incidents_api.storage.claims import claimed
from incidents_api.storage.grammar import Grammar


def schemas(registry: Registry) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas by name."""
    yield from change_schemas(registry)
    yield from release_schemas(registry)
    yield from write_schemas(registry)
    yield from merge_schemas(registry)
    yield from export_schemas(registry)
    if "incidents" in registry:
        yield from duplicate_schemas()
        yield from aggregate_schemas().items()
    if claimed(registry):
        yield from claim_schemas()
        yield from estimate_schemas(registry)


def service_reads(registry: Registry, refs: Any) -> Iterator[Route]:
    """Yield the routes of the service, which read no one resource."""
    for entry in (
        *service_routes(refs),
        *change_routes(registry, refs),
        *release_routes(registry, refs),
    ):
        yield of_service(entry)


def reads(registry: Registry, grammars: Mapping[str, Grammar], refs: Any) -> Iterator[Route]:
    """Yield the routes that read what follows from records.

    Args:
        registry: The resources.
        grammars: What can be asked of each resource's lists.
        refs: Takes parameters and the resource they are of, returns references to them.

    """
    if "incidents" in registry:
        yield duplicate_route(registry, refs)
        yield of_service(aggregate_route(grammars["incidents"], refs), "incidents")
    yield from export_routes(registry, grammars, refs)
    if claimed(registry):
        for made in (claim_routes, estimate_routes, timeline_routes):
            yield from made(registry, refs)


def writes(registry: Registry, refs: Any) -> Iterator[tuple[str, str, Schema]]:
    """Yield the routes that write: path, method, operation; each POST can be asked for again."""
    made = (write_routes(registry, refs), merge_routes(registry, refs), release_writes())
    for path, method, operation in chain.from_iterable(made):
        yield path, method, once(operation) if method == "post" else operation
