"""Writes that may be asked for again, as the document describes them."""

from typing import Final

from incidents_api.contract import IDEMPOTENCY_KEY, KEY_SHAPE, LONGEST_KEY, REPLAYED
from incidents_api.openapi.schemas import Schema, headers

#: What a POST that writes is given so that it is done once.
RETRY: Final[Schema] = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "description": "A name of your own for this request, such as a UUID. Sent again within 24 "
    "hours, it is not done again but answered as the first time; with another address or body, "
    f"422. One string of structured fields (RFC 9651) of 1 to {LONGEST_KEY} ASCII characters; "
    "without its quotation marks too, if it holds no space, comma or quotation mark.",
    # Twice as many, and two: each character may be escaped.
    "schema": {"type": "string", "pattern": f"^({KEY_SHAPE})$", "maxLength": 2 * LONGEST_KEY + 2},
    "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
}
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
    parameters = [*operation["parameters"], IDEMPOTENCY_KEY]
    return operation | {"parameters": parameters, "responses": responses}
