"""Releases, as the document describes them."""

from collections.abc import Iterable
from typing import Any, Final

from incidents_api.contract import (
    CSV,
    FORMATS,
    JSON,
    RELEASES,
    ROOT,
    TABLES,
    format_parameter,
)
from incidents_api.model import Registry
from incidents_api.model.fields import nullable
from incidents_api.openapi.common import ANY
from incidents_api.openapi.routes import Entry
from incidents_api.openapi.schemas import (
    FILE,
    Schema,
    count,
    headers,
    list_of,
    object_of,
    ref,
    text,
    time,
)
from incidents_api.openapi.writes import operation
from incidents_api.storage.arguments import RELEASE
from incidents_api.storage.differences import CHANGES, parameters
from incidents_api.storage.releases import GIVEN

_NAMED: Final[Schema] = {
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": RELEASE},
}
_STATE: Final[Schema] = {
    **_NAMED,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}
_OR_NUMBER: Final = "a release, by its name, or the number of a transaction"
_RELEASE: Final[Schema] = {
    "name": "2026-spring",
    "seq": 120,
    "created_at": "2026-03-21T09:30:00.000000Z",
    "who": "Editor",
    "notes": None,
    "counts": {"incidents": 3},
    "digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "citation": "Incidents API, release 2026-spring of 2026-03-21 (transaction 120). "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "redacted": 0,
    "links": [{"rel": "self", "href": f"{ROOT}/releases/2026-spring", "type": JSON}],
}


def release_routes(registry: Registry, refs: Any) -> Iterable[Entry]:
    """Yield the routes that read releases: path, operation, summary, content, options."""
    home = f"{ROOT}/releases"
    name = _NAMED | {"name": "name", "description": "The name of a release."}
    yield (
        home,
        "listReleases",
        "List releases",
        {JSON: {"schema": ref("ReleasePage")}},
        {"parameters": refs(RELEASES, None), "words": "The newest state first.", "listed": True},
    )
    yield (
        f"{home}/{{name}}",
        "getRelease",
        "Read one release",
        {JSON: {"schema": ref("Release"), "example": _RELEASE}},
        {"parameters": [name], "missing": True, "gone": False},
    )
    yield _within(home)
    yield _differing(home, registry, refs)


def _within(home: str) -> Entry:
    state = _STATE | {"name": "name", "description": f"The state: {_OR_NUMBER}."}
    path = _STATE | {
        "name": "path",
        "description": f"What to read: an address as it stands after {ROOT}/, slashes and all, "
        "with its parameters; known_at is given by the release.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 2000},
    }
    content: Schema = {JSON: {"schema": {"type": "object"}}}
    content |= {CSV: {"schema": dict(FILE)}, FORMATS["ndjson"].type: {"schema": dict(FILE)}}
    content[FORMATS["geojson"].type] = {"schema": {"type": "object"}}
    words = (
        "The same as the address without the release, with known_at: lists, records, sub-lists and "
        "all that can be read, in every format. The next page stays within the release."
    )
    options = {"parameters": [state, path], "words": words, "missing": True}
    options |= {"listed": True, "clocked": True}
    return f"{home}/{{name}}/{{path}}", "readAtRelease", "Read at a release", content, options


def _differing(home: str, registry: Registry, refs: Any) -> Entry:
    before = _STATE | {"name": "name", "description": f"The earlier state: {_OR_NUMBER}."}
    after = _STATE | {"name": "other", "description": f"The later state: {_OR_NUMBER}."}
    taken = (*parameters(registry), format_parameter(TABLES))
    words = (
        "Each record that was added, withdrawn or changed, once, in the order in which it was "
        "changed last; of those that changed, the members, from what to what, and whether somebody "
        "edited them or they were computed again. CSV has a row for each member, and without limit "
        "everything. A page may be short, or empty, and yet have a next one."
    )
    return (
        f"{home}/{{name}}/diff/{{other}}",
        "compareReleases",
        "Compare two releases",
        {JSON: {"schema": ref("DifferencePage")}, CSV: {"schema": dict(FILE)}},
        {
            "parameters": [before, after, *refs(taken, None, "differences")],
            "words": words,
            "listed": True,
            "missing": True,
            "gone": False,
        },
    )


def release_writes() -> Iterable[tuple[str, str, Schema]]:
    """Yield the operation that makes a release: path, method, operation."""
    good = {
        "description": "Made.",
        "headers": headers("ETag", *ANY, "Location"),
        "content": {JSON: {"schema": ref("Release"), "example": _RELEASE}},
    }
    body = {
        "required": True,
        "description": "Strict JSON (RFC 8259), each member once.",
        "content": {JSON: {"schema": ref("ReleaseInput"), "example": {"name": "2026-spring"}}},
    }
    yield (
        f"{ROOT}/releases",
        "post",
        operation(
            "service",
            "createRelease",
            "Name the present state",
            "What the name stands for never changes; 409 if it is taken. Every record is read "
            "for the digest: of many millions, that takes a minute.",
            [],
            {"201": good},
            body=body,
        ),
    )


def release_schemas(registry: Registry) -> Iterable[tuple[str, Schema]]:
    """Yield the schemas of releases by name."""
    yield "ReleaseInput", GIVEN.schema(given=True)
    yield (
        "Release",
        object_of(
            "A name for a state.",
            name=text("Its name.", 100),
            seq=count("The number of the transaction whose state it names."),
            created_at=time("When it was named, in UTC."),
            who=text("On whose authority."),
            notes=nullable(text("What is to be said about it.", 10_000)),
            counts=_counts("How many records of each resource everybody could see."),
            digest=text("SHA-256 over all those records, in hexadecimal digits.", 64),
            citation=text("How to cite it.", 1000),
            redacted=count(
                "In how many of those records something was redacted since; the digest is of what "
                "they were."
            ),
            links=list_of("Where to go from here.", ref("Link"), 100),
        ),
    )
    yield "ReleasePage", _page("Releases.", "Release")
    yield "MemberChange", _member()
    yield "Difference", _difference(registry)
    yield "DifferencePage", _page("Differences between two states.", "Difference", **_between())


def _counts(words: str) -> Schema:
    return {
        "type": "object",
        "description": words,
        "additionalProperties": count("A number of records."),
        "maxProperties": 1000,
    }


def _page(words: str, item: str, **meta: Schema) -> Schema:
    return object_of(
        words,
        data=list_of(words, ref(item), 1000),
        links=list_of("Where to go from here.", ref("Link"), 10),
        meta=object_of(
            "About this page.",
            returned=count("How many it has."),
            next_cursor=nullable(text("The cursor of the next page; null on the last one.", 1000)),
            **meta,
        ),
    )


def _between() -> dict[str, Schema]:
    """Return what is said of a page of differences."""
    one = object_of(
        "Of one resource.",
        changes=_counts("How many records were added, withdrawn and changed."),
        fields=_counts("In how many records each member changed."),
    )
    return {
        "from_seq": count("The number of the transaction of the earlier state."),
        "to_seq": count("The number of the transaction of the later state."),
        "counts": {
            "type": "object",
            "description": "How many differences there are in all, where total asked for it.",
            "additionalProperties": one,
            "maxProperties": 100,
            "optional": True,
        },
    }


def _difference(registry: Registry) -> Schema:
    resources = list(registry.records)
    version = "Its editorial version {}; null where it was not to be seen."
    return object_of(
        "A record that differs between two states.",
        seq=count("The transaction that changed it last."),
        resource={"type": "string", "enum": resources, "description": "Of which resource it is."},
        id=text("Its id.", 80),
        href=text("Its address.", 200),
        change={"type": "string", "enum": list(CHANGES), "description": "What became of it."},
        version_from=nullable(count(version.format("before"))),
        version_to=nullable(count(version.format("after"))),
        fields=list_of("The members that changed.", ref("MemberChange"), 200),
    )


def _member() -> Schema:
    return object_of(
        "A member that differs.",
        **{
            "field": text("Its name.", 80),
            "from": {"description": "Its value before."},
            "to": {"description": "Its value after."},
            "computed": {
                "type": "boolean",
                "description": "Whether it was computed again, and nobody edited it.",
            },
        },
    )
