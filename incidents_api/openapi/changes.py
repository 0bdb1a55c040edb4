"""The change feed, as the document describes it."""

from collections.abc import Iterable
from typing import Any

from incidents_api.contract import JSON, ROOT, format_parameter
from incidents_api.model import Registry
from incidents_api.model.fields import nullable
from incidents_api.model.published import published
from incidents_api.openapi.routes import Entry
from incidents_api.openapi.schemas import Schema, count, list_of, object_of, ref, text, time
from incidents_api.storage.changes import parameters

_WORDS = (
    "Every creation, update, merge, withdrawal and restoration of all resources, what was computed "
    "again, and who may no longer see what (restrict, publish), in the order in which it was "
    "done. Complete under concurrent writers: whoever goes on from the place where he stopped "
    "misses nothing and is told nothing twice. A page may be short, or empty, and yet have a "
    "next one. 304 as long as nothing is new."
)


def change_routes(registry: Registry, refs: Any) -> Iterable[Entry]:
    """Yield the route of the feed: path, operation, summary, content, options."""
    taken = (*parameters(registry), format_parameter(("json",)))
    yield (
        f"{ROOT}/changes",
        "listChanges",
        "Follow what is changed",
        {JSON: {"schema": ref("ChangesPage")}},
        {
            "parameters": refs(taken, None, "changes"),
            "words": _WORDS,
            "listed": True,
            "clocked": True,
        },
    )


def change_schemas(registry: Registry) -> Iterable[tuple[str, Schema]]:
    """Yield the schemas of the feed by name."""
    yield "Change", _change(registry)
    yield (
        "ChangesPage",
        object_of(
            "A page of the change feed.",
            data=list_of("What was done, in order.", ref("Change"), 1000),
            links=list_of("Where to go from here.", ref("Link"), 10),
            meta=object_of(
                "About this page.",
                returned=count("How many entries it has."),
                next_cursor=nullable(
                    text("What to give as after for the next page; null on the last one.", 40)
                ),
                after=text("What to give as after another time, to go on from here.", 40),
                known_seq=count("The last transaction that is told; known_at takes it."),
            ),
        ),
    )


def _change(registry: Registry) -> Schema:
    """Return the schema of an entry; all its members are there, unless fields chose some."""
    resources, actions = list(registry.records), list(published()["action"].codes)
    members: dict[str, Schema] = {
        "seq": count("The transaction's number."),
        "n": count("The number of the change in its transaction."),
        "resource": {"type": "string", "enum": resources, "description": "Of which resource."},
        "id": text("The record's id.", 80),
        "href": text("The record's address.", 200),
        "version": count("The record's editorial version after it."),
        "action": {"type": "string", "enum": actions, "description": "What was done."},
        "changed_fields": list_of(
            "The members that changed; empty for a new record.", text("A member.", 80), 200
        ),
        "recorded_at": time("When, in UTC."),
        "who": text("On whose authority."),
        "why": nullable(text("For what reason.")),
        "record": nullable(
            {
                "type": "object",
                "description": "With include=record, the record as it stands now; null if it is "
                "not to be seen.",
            }
        ),
    }
    return object_of(
        "What was done with a record.",
        **{name: {**schema, "optional": True} for name, schema in members.items()},
    )
