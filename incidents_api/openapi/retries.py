"""Writes that may be asked for again, as the document describes them."""

from typing import Final

from incidents_api.contract import IDEMPOTENCY_KEY, LONGEST_KEY, REPLAYED
from incidents_api.openapi.schemas import Schema, headers

#: What is said of every POST that writes. It is said in words, not as a parameter: that no two
#: requests may have the same name is nothing that a schema can say, and whoever makes requests from
#: the document alone (a page to try it out, a fuzzer) gives one to all, and is refused with 422.
RETRY: Final = (
    f"To be safe to send again, give the request a header {IDEMPOTENCY_KEY}: a name of its own, "
    "such as a UUID. Within 24 hours it is not done again but answered as the first time; with "
    "another address or body, 422. One string of structured fields (RFC 9651) of 1 to "
    f"{LONGEST_KEY} ASCII characters; without its quotation marks too, if it holds no space, comma "
    "or quotation mark."
)
#: The header that an answer has which was given before.
AGAIN: Final = (
    f"True where this is the answer of an earlier request with this {IDEMPOTENCY_KEY}.",
    {"type": "string", "enum": ["true"]},
)


def once(operation: Schema) -> Schema:
    """Return an operation as one that can be asked for again."""
    responses = {
        status: answer | {"headers": answer["headers"] | headers(REPLAYED)}
        if status.startswith("2")
        else answer
        for status, answer in operation["responses"].items()
    }
    words = f"{operation['description'].rstrip()}\n\n{RETRY}"
    return operation | {"description": words, "responses": responses}
