"""What the HTTP service promises beside the resources: formats, problems, common parameters.

The service answers by these tables and the OpenAPI document is made from them.
"""

from dataclasses import dataclass
from typing import Final

from incidents_api import operations
from incidents_api.model import Record, Registry
from incidents_api.model.fields import Integer
from incidents_api.storage.arguments import Choice, Cursor, Query
from incidents_api.storage.clocks import CLOCK_NAMES, CLOCKS
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.parameters import Parameter

ROOT: Final = "/v1"
PROBLEM: Final = "application/problem+json"
JSON: Final = "application/json"
CSV: Final = "text/csv"
MERGE_PATCH: Final = "application/merge-patch+json"
YAML: Final = "application/yaml"
PLAIN: Final = "text/plain"


#: Where the page of the documentation is.
DOCS: Final = f"{ROOT}/docs"
#: What is open even where reading takes a key: nothing of the data is in it.
OPEN: Final = frozenset(
    f"{ROOT}/{path}"
    for path in ("health", "ready", "problems", "problems/{name}", "openapi.json", "openapi.yaml")
)
#: The headers of security that every answer has: none of them is a page, or asks for anything.
SECURITY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    # What is public is for every site's pages; what they may read is said by CORS.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass(frozen=True)
class Format:
    """A format of answers: its short name for ``f=``, its media type, what it is good for."""

    name: str
    type: str
    words: str

    @property
    def header(self) -> str:
        """The value of Content-Type."""
        return f"{self.type}; charset=utf-8; header=present" if self.type == CSV else self.type


FORMATS: Final = {
    made.name: made
    for made in (
        Format("json", JSON, "Whole records and links, a page at a time."),
        Format("csv", CSV, "The flat projection with a header row (RFC 4180)."),
        Format("ndjson", "application/x-ndjson", "One record a line."),
        Format("geojson", "application/geo+json", "Features with a point (RFC 7946)."),
    )
}
#: The formats of answers that are no records.
TABLES: Final = ("json", "csv")


@dataclass(frozen=True)
class Problem:
    """A kind of problem (RFC 9457): the last part of its address, its status, title and words."""

    name: str
    status: int
    title: str
    words: str


PROBLEMS: Final = {
    made.name: made
    for made in (
        Problem(
            "bad-request",
            400,
            "The request cannot be read",
            "The request line, a header or the encoding is damaged.",
        ),
        Problem(
            "invalid-query",
            400,
            "The query cannot be answered as it stands",
            "A parameter is unknown, given twice, of the wrong type, out of range, or names a "
            "term that is not there. Every fault is listed with what is allowed.",
        ),
        Problem(
            "unauthorized",
            401,
            "A key is needed",
            "Writing needs a key, as Authorization: Bearer KEY, and the request brings none, a "
            "damaged one, or one that is not known here.",
        ),
        Problem(
            "forbidden",
            403,
            "The key does not allow this",
            "The key is known, but its scope is too narrow; the WWW-Authenticate header names the "
            "one that is needed.",
        ),
        Problem(
            "invalid-json",
            400,
            "The body is not JSON",
            "A body sent is empty, is not UTF-8, breaks the grammar of JSON (RFC 8259), is nested "
            "too deep, or holds a number or text that cannot be kept. The errors say where.",
        ),
        Problem(
            "not-found",
            404,
            "There is nothing at this address",
            "No route or record has this address, or you may not see it.",
        ),
        Problem(
            "no-such-record",
            404,
            "The query names a record or a state that is not there",
            "A filter names a record that is not there, or that you may not see, or known_at names "
            "a state that is not there, or not yet: an empty list would hide the mistake.",
        ),
        Problem(
            "method-not-allowed",
            405,
            "This method is not allowed here",
            "The Allow header lists the methods that are.",
        ),
        Problem(
            "not-acceptable",
            406,
            "No format that is offered is accepted",
            "None of the media types in the Accept header is offered here.",
        ),
        Problem(
            "cursor-of-another-query",
            409,
            "The cursor is another query's",
            "A cursor goes on with the query that it came from: keep all other parameters but "
            "limit as they were, or begin again without it.",
        ),
        Problem(
            "too-large",
            413,
            "The body is too large",
            "The detail says how many bytes a body may have here: send less at a time.",
        ),
        Problem(
            "too-long",
            414,
            "The address is too long",
            "A request line may have 8,190 characters: narrow the query, or ask in parts.",
        ),
        Problem(
            "unsupported-media-type",
            415,
            "A body of this kind is not taken",
            "The Accept header of the answer lists the media types that are taken; bodies are "
            "UTF-8, uncompressed.",
        ),
        Problem(
            "invalid-search",
            422,
            "The search cannot be answered as it stands",
            "A member of the body is no parameter of the list, is of the wrong type, out of range, "
            "or names a term that is not there. Every fault is listed with what is allowed.",
        ),
        Problem(
            "headers-too-large",
            431,
            "A header is too large",
            "A header field may have 8,190 characters.",
        ),
        Problem(
            "gone",
            410,
            "The record has been withdrawn",
            "It was here, and its history stays readable at /history.",
        ),
        Problem(
            "too-many-requests",
            429,
            "Too many requests",
            "More requests came from your address, or with your key, than one client may make in a "
            "minute, or more keys that are not good: then ask without one. Retry-After says in how "
            "many seconds to try again. /v1/health and /v1/ready are not counted.",
        ),
        Problem(
            "conflict",
            409,
            "The record breaks a rule or does not go with another",
            "Each fault names the rule: members that contradict each other, a link that leads "
            "nowhere or to what is withdrawn, a circle of links, an id that is taken, a record "
            "that others depend on, a second preferred claim. Or the states that are to be "
            "compared stand in the wrong order.",
        ),
        Problem(
            "stale",
            412,
            "The record is not in the state that you expect",
            "It has been changed since you read it, or is there already: read it again, and edit "
            "that.",
        ),
        Problem(
            "invalid-record",
            422,
            "The record is not as it should be",
            "A member is unknown, missing, given twice, or of the wrong type. Every fault is "
            "listed with its place and what is allowed.",
        ),
        Problem(
            "idempotency-key-reused",
            422,
            "The Idempotency-Key was given to another request",
            "A key names one request: with another address or body it needs another key. Nothing "
            "of this one was done.",
        ),
        Problem(
            "condition-missing",
            428,
            "Say which state you edit",
            "A record that is there is edited under the condition that nobody has changed it "
            "since: send its ETag in If-Match (RFC 6585).",
        ),
        Problem(
            "internal-error",
            500,
            "The service made a mistake",
            "An error in the program; it has been logged.",
        ),
        Problem(
            "too-slow",
            503,
            "The query took too long",
            "It was stopped so that others are answered. Narrow it by an indexed filter, or ask "
            "for smaller pages.",
        ),
        Problem(
            "exporting",
            503,
            "Too many exports are being sent",
            "Each takes a thread until its client has read it. Try again soon, or ask for pages by "
            "limit.",
        ),
        Problem(
            "busy",
            503,
            "Too many are writing",
            "Another write took too long; nothing of this one was done. Try again.",
        ),
        Problem(
            "not-ready",
            503,
            "The service is not ready",
            "The database does not answer, or its schema is not this program's.",
        ),
        Problem(
            "not-writable",
            503,
            "Nothing can be written now",
            "The database can only be read at present; nothing of this write was done.",
        ),
        Problem(
            "no-room",
            507,
            "There is no room for this write",
            "The disk takes no more, and nothing of this write was done. Reading goes on; writing "
            "does as soon as there is room.",
        ),
    )
}

#: The longest If-None-Match that is read, in characters.
LONGEST_TAGS: Final = 1000

#: The header by which a client names a write, so that it is done once; how long a name may be, and
#: its shape: a string of structured fields (RFC 9651), or the same without quotation marks. Bare it
#: has no comma either, by which a header that is sent twice is joined.
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
LONGEST_KEY: Final = 255
KEY_SHAPE: Final = rf'"(?:[ !#-\[\]-~]|\\["\\]){{1,{LONGEST_KEY}}}"|[!#-+\--~]{{1,{LONGEST_KEY}}}'
#: The header of an answer that was given before.
REPLAYED: Final = "Idempotency-Replayed"

#: Headers that a program on another site may read.
EXPOSED: Final = (
    "ETag",
    "Link",
    "Known-Seq",
    "Location",
    "Content-Disposition",
    "WWW-Authenticate",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    REPLAYED,
)


def format_parameter(names: tuple[str, ...]) -> Parameter:
    """Return the parameter that chooses a format where a client cannot set Accept."""
    return Parameter(
        "f",
        Choice("Format of the answer.", names),
        "Format of the answer, for browsers and spreadsheets; it goes before Accept.",
        example=names[0],
    )


SEARCH: Final = (
    Parameter(
        "q",
        Query("Words to search for."),
        "Words that a record must hold, in any of its searched members.",
        example="Hasakah prison",
        required=True,
    ),
    Parameter(
        "limit", Integer("Page size.", low=1, high=1000), "How many to answer with.", default=50
    ),
    *CLOCKS,
)

#: What can be asked of suggested duplicates: as many as of a search.
DUPLICATES: Final = (SEARCH[1], format_parameter(TABLES))

HISTORY: Final = (
    Parameter(
        "limit",
        Integer("Page size.", low=1, high=1000),
        "How many versions a page has.",
        default=50,
    ),
    Parameter(
        "cursor",
        Cursor("Where to go on."),
        "Where to go on: next_cursor of the page before; empty, the beginning.",
    ),
    *(clock for clock in CLOCKS if clock.name == "known_at"),
    format_parameter(("json",)),
)


RELEASES: Final = (SEARCH[1], HISTORY[1], format_parameter(("json",)))
REASON: Final = (
    Parameter("reason", operations.REASON, operations.REASON.words, example="typing error"),
)
WITHDRAWING: Final = (
    Parameter(
        "reason",
        operations.REASON_GIVEN,
        operations.REASON_GIVEN.words,
        example="entered twice",
        required=True,
    ),
    Parameter("cascade", operations.CASCADE, operations.CASCADE.words, default=False),
)


def formats(record: type[Record]) -> tuple[str, ...]:
    """Return the formats in which a resource is offered; only what has a point has GeoJSON."""
    return tuple(name for name in FORMATS if record.spatial() or name != "geojson")


def grammar(registry: Registry, record: type[Record]) -> Grammar:
    """Return what can be asked of a resource's lists, with the choice of format."""
    made = Grammar(registry, record)
    made.parameters["f"] = format_parameter(formats(record))
    return made


def history_parameters(grammar: Grammar) -> tuple[Parameter, ...]:
    """Return what can be asked of a record's history."""
    return (*HISTORY, grammar.parameters["fields"])


def record_parameters(grammar: Grammar) -> tuple[Parameter, ...]:
    """Return what can be asked of a single record."""
    wanted = ("f", "fields", "include", *CLOCK_NAMES)
    return tuple(grammar.parameters[name] for name in wanted if name in grammar.parameters)
