"""Exports, as the document describes them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from incidents_api.contract import CSV, FORMATS, ROOT
from incidents_api.exporting.formats import EXPORTS, formats_of
from incidents_api.exporting.questions import asked
from incidents_api.model import Registry
from incidents_api.openapi.routes import Route
from incidents_api.openapi.schemas import FILE, Schema, count, name, object_of, ref
from incidents_api.storage.belonging import INCIDENTS
from incidents_api.storage.grammar import Grammar

_SNAPSHOT: Final = (
    "It is one snapshot, whatever is written meanwhile: the header Known-Seq names the state. "
    "sqlite and parquet are built before they are sent, of at most 100,000 records."
)
_ALL: Final = (
    "Everything that is public, or the incidents that filters choose and what belongs to them: "
    "their figures, assertions, participations, sites and relations, and the actors, sources and "
    "facilities that all of these link to. A bundle has the other incidents and claims that they "
    "link to as well, so that it loads into an empty base; links to what is not public are left "
    "out of it. A file of one table holds the incidents; under /v1/export/ the others are named. "
)
_ONE: Final = "All {} that filters choose, as the list answers them, in one file. "
_SHOWN: Final = "A file; its format says what it is."


def export_schemas(registry: Registry) -> Iterable[tuple[str, Schema]]:
    """Yield the schemas of exports by name."""
    for record in registry:
        if record.spatial():
            yield f"{name(record)}Export", _collection(f"{name(record)}Feature")


def _collection(feature: str) -> Schema:
    return object_of(
        "All features, in one collection (RFC 7946).",
        type={"type": "string", "enum": ["FeatureCollection"], "description": "Always that."},
        meta=object_of(
            "About this file.",
            known_seq=count("The last transaction whose state is shown; known_at takes it."),
        ),
        features={
            "type": "array",
            "maxItems": 1_000_000_000,
            "items": ref(feature),
            "description": "The features.",
        },
    )


def export_routes(
    registry: Registry, grammars: Mapping[str, Grammar], refs: Any
) -> Iterable[Route]:
    """Yield the routes of exports.

    Args:
        registry: The resources.
        grammars: What can be asked of each resource's lists.
        refs: Takes parameters and the resource they are of, returns references to them.

    """
    if INCIDENTS in registry:
        record, names = registry[INCIDENTS], tuple(EXPORTS)
        yield Route(
            f"{ROOT}/export",
            "export",
            "service",
            "Export everything, or some incidents with all that belongs to them",
            _ALL + _SNAPSHOT,
            _parameters(asked(grammars[INCIDENTS], names, alone=False), "export", refs),
            _content(names, name(record)),
            {"clocked": True},
        )
    for record in registry:
        names = formats_of(record)
        grammar = asked(grammars[record.resource], names, alone=True)
        yield Route(
            f"{ROOT}/export/{record.resource}",
            f"export{record.resource.capitalize()}",
            record.resource,
            f"Export {record.resource}",
            _ONE.format(record.resource) + _SNAPSHOT,
            _parameters(grammar, f"{record.resource}.export", refs),
            _content(names, name(record)),
            {"clocked": True},
        )


def _parameters(grammar: Grammar, owner: str, refs: Any) -> list[Any]:
    format_, *others = grammar.parameters.values()
    return [*refs((format_,), None, owner), *refs(others, grammar.record)]


def _content(names: Iterable[str], key: str) -> Schema:
    """Return the media types of the formats, with what is known of a file of each."""
    binary: Schema = {"description": _SHOWN}
    schemas = {
        CSV: dict(FILE),
        FORMATS["ndjson"].type: dict(FILE),
        FORMATS["geojson"].type: ref(f"{key}Export"),
    }
    types = (EXPORTS[one].type for one in names)
    return {type_: {"schema": schemas.get(type_, dict(binary))} for type_ in types}
