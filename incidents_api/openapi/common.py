"""What all answers share: problems, links, the service's own schemas, headers."""

from collections.abc import Iterable
from typing import Any, Final

from incidents_api.contract import REPLAYED, ROOT
from incidents_api.model.fields import nullable
from incidents_api.openapi.retries import AGAIN
from incidents_api.openapi.schemas import Schema, count, list_of, object_of, ref, text

COMMON: Final[dict[str, Schema]] = {
    "Link": object_of(
        "Where to go from here.",
        rel=text("What the target is to this.", 60),
        href=text("Address, relative to the root of the server.", 8190),
        type=text("Media type.", 100),
    ),
    "PageMeta": object_of(
        "About this page.",
        returned=count("How many records it has."),
        next_cursor=nullable(text("The cursor of the next page; null on the last one.", 1000)),
        known_seq=count("The last transaction whose state is shown; known_at takes it."),
        total={**count("How many match, where total asked for it."), "optional": True},
        total_is_minimum={
            "type": "boolean",
            "description": "Whether counting stopped there.",
            "optional": True,
        },
        ranked={**text("Which matches were ranked.", 60), "optional": True},
        sample={**count("Size of the sample asked for."), "optional": True},
        seed={**count("Its seed."), "optional": True},
    ),
    "Point": object_of(
        "A point (RFC 7946).",
        type={"type": "string", "enum": ["Point"], "description": "Always Point."},
        coordinates={
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "number"},
            "description": "Longitude and latitude in degrees, WGS 84.",
        },
    ),
    "Problem": object_of(
        "What went wrong (RFC 9457).",
        type=text("Address of the kind of problem.", 200),
        title=text("The kind of problem.", 200),
        status={**count("The HTTP status."), "minimum": 400, "maximum": 599},
        detail=text("What is wrong here.", 4000),
        instance={
            **text("Address of the request, where it could be read.", 8190),
            "optional": True,
        },
        request_id={
            **text("The id of the request: that of X-Request-Id, or one of ours.", 64),
            "optional": True,
        },
        errors={
            **list_of(
                "Every fault.",
                object_of(
                    "A fault.",
                    parameter={**text("The parameter it is in.", 200), "optional": True},
                    header={**text("The header it is in.", 200), "optional": True},
                    pointer={**text("The JSON pointer to it.", 1000), "optional": True},
                    index={**count("The operation it is in, from 0."), "optional": True},
                    rule={**text("The name of the rule that is broken.", 60), "optional": True},
                    record={
                        **text("The address of a record that stands in the way.", 200),
                        "optional": True,
                    },
                    detail=text("What is wrong, and what is allowed.", 10_000),
                ),
            ),
            "optional": True,
        },
    ),
    "ProblemKind": object_of(
        "A kind of problem.",
        type=text("Its address.", 200),
        title=text("Its title.", 200),
        status={**count("The HTTP status."), "minimum": 400, "maximum": 599},
        description=text("What it means."),
    ),
    "ProblemKinds": object_of(
        "Every kind of problem.", data=list_of("The kinds.", ref("ProblemKind"))
    ),
    "Vocabulary": object_of(
        "A controlled vocabulary.",
        id=text("Its name.", 80),
        title=text("Its title."),
        description=text("What its terms classify."),
        source=text("The standard it follows."),
        terms=list_of(
            "Its terms.",
            object_of(
                "A term.",
                term={
                    "anyOf": [{"type": "string", "maxLength": 200}, count("A numeric code.")],
                    "description": "The code.",
                },
                parent=nullable(text("The term of the wider vocabulary.", 200)),
                definition=text("What it means."),
            ),
        ),
        links={**list_of("Where to go from here.", ref("Link"), 10), "optional": True},
    ),
    "Vocabularies": object_of(
        "All vocabularies.",
        data=list_of("The vocabularies.", ref("Vocabulary")),
        links=list_of("Where to go from here.", ref("Link"), 10),
    ),
    "SearchPage": object_of(
        "Matches of all resources, best first.",
        data=list_of(
            "The matches.",
            object_of(
                "A match.",
                resource=text("Of which resource.", 80),
                score={"type": "number", "description": "How well it matches; more is better."},
                record={
                    "type": "object",
                    "description": "The record, by the schema of its resource.",
                    "required": ["id"],
                    "properties": {"id": text("The record's id.", 80)},
                },
            ),
            1000,
        ),
        links=list_of("Where to go from here.", ref("Link"), 10),
        meta=object_of(
            "About this answer.",
            returned=count("How many matches it has."),
            known_seq=count("The last transaction whose state is shown; known_at takes it."),
            ranked=text("Which matches were ranked.", 80),
            more_matches=list_of(
                "Resources with more matches than were ranked.", text("A resource.", 80), 100
            ),
        ),
    ),
    "Index": object_of(
        "What is here.",
        title=text("Name of the service."),
        description=text("What it is."),
        version=text("Its version.", 40),
        seq=count("The number of the last transaction."),
        counts={
            "type": "object",
            "description": "How many records of each resource there are.",
            "additionalProperties": count("A number of records."),
            "maxProperties": 100,
        },
        datasets=list_of(
            "The data sets.",
            object_of(
                "A data set that records were imported from.",
                id=text("Its source's id.", 80),
                title=text("Its title."),
                licence=nullable(text("Its licence.")),
                citation=nullable(text("How to cite it.")),
                coverage=nullable(text("What it covers.")),
            ),
        ),
        corrections=text("Where to report an error in the data."),
        links=list_of("Where to go from here.", ref("Link"), 100),
    ),
    "State": object_of(
        "How the service is.",
        status={"type": "string", "enum": ["alive", "ready"], "description": "How it is."},
        seq={**count("The number of the last transaction."), "optional": True},
        writable={
            "type": "boolean",
            "description": "Whether the database may be written.",
            "optional": True,
        },
        warnings={
            **list_of("What whoever runs the service should look at.", text("What it is.", 200)),
            "optional": True,
        },
    ),
}

#: The component that describes each error.
ERRORS: Final = {
    400: "Refused",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Gone",
    412: "Stale",
    413: "TooLarge",
    414: "TooLong",
    415: "UnsupportedMediaType",
    422: "Invalid",
    428: "ConditionMissing",
    429: "TooMany",
    431: "HeadersTooLarge",
    500: "Mistake",
    503: "Busy",
    507: "NoRoom",
}
#: Of several kinds of problem with one status, the ones that stand first and as the example.
FOREMOST: Final = ("invalid-query", "conflict", "invalid-record", "too-slow")
#: Faults as they are told in an example.
FAULTS: Final[dict[str, list[Schema]]] = {
    "invalid-query": [{"parameter": "limit", "detail": "is 5000; it must be from 1 to 1000"}],
    "conflict": [
        {
            "pointer": "/sources",
            "detail": "there is no record 'x' among the sources",
            "rule": "link-leads-nowhere",
            "record": f"{ROOT}/sources/x",
        },
        {"pointer": "/high", "detail": "is 3, below best 9", "rule": "ordered-bounds"},
    ],
    "invalid-record": [
        {"pointer": "/low", "detail": "must be a whole number from 0 to 1000000000000"},
        {"pointer": "/colour", "detail": "is not a member of this record"},
    ],
    "stale": [{"header": "If-Match", "detail": "incidents/x has changed since"}],
}
#: The headers of single errors.
MORE_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    415: ("Accept", "Accept-Patch", "Accept-Encoding"),
    429: ("Retry-After",),
    503: ("Retry-After",),
}

HEADERS: Final[dict[str, tuple[str, Schema]]] = {
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
    "Known-Seq": (
        "The last transaction whose state is shown, as known_seq says it in JSON.",
        {"type": "string", "maxLength": 20, "pattern": "^[0-9]+$"},
    ),
    "Content-Disposition": (
        "A dated file name, for formats that are saved.",
        {"type": "string", "maxLength": 200},
    ),
    "RateLimit": (
        (
            "How many requests are left (r) for how many seconds (t), once more than half are "
            "used: those of the client, that is its network, or of its key; or how many "
            "failed-keys. Never at /v1/health and /v1/ready, which are not counted."
        ),
        {"type": "string", "maxLength": 100, "examples": ['"client";r=149999;t=23']},
    ),
    "RateLimit-Policy": (
        (
            "How many requests a client or a key may make, or how many keys may fail, (q) in so "
            "many seconds (w); sent with RateLimit."
        ),
        {"type": "string", "maxLength": 100, "examples": ['"client";q=300000;w=60']},
    ),
    "Location": (
        "The address of the new record, or of the one that survives the one asked for.",
        {"type": "string", "maxLength": 8190},
    ),
    "WWW-Authenticate": ("How to show a key (RFC 6750).", {"type": "string", "maxLength": 500}),
    "Accept": ("The media types that are taken.", {"type": "string", "maxLength": 200}),
    "Accept-Patch": (
        "The media types of patches that are taken (RFC 5789), where PATCH was asked.",
        {"type": "string", "maxLength": 200},
    ),
    "Accept-Encoding": (
        "The content codings that are taken (RFC 9110), where another one was sent.",
        {"type": "string", "maxLength": 200},
    ),
    REPLAYED: AGAIN,
    "Retry-After": ("After how many seconds to try again.", {"type": "string", "maxLength": 20}),
}

#: What any answer may have.
ANY: Final = ("Cache-Control", "Vary", "RateLimit", "RateLimit-Policy")


#: What every operation can answer with.
ALWAYS: Final = (400, 414, 429, 431, 500, 503)


def problem(kind: Any) -> Schema:
    """Return an example of a kind of problem."""
    return {
        "type": f"{ROOT}/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.words,
        "instance": f"{ROOT}/incidents",
    } | ({"errors": FAULTS[kind.name]} if kind.name in FAULTS else {})


def responses_of(good: Schema | str, errors: Iterable[int]) -> Schema:
    """Return what an operation answers with: the good answer, or its name, and its errors."""
    return {"200": good} | {str(status): ERRORS[status] for status in sorted(errors)}
