"""Checking a record that is to have a certain id."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.faults import Broken
from incidents_api.model.record import Record

#: The rule that a record keeps its id.
SAME_ID: Final = "same-id"


def checked(
    record: type[Record], given: Mapping[str, Any], name: str | None = None
) -> dict[str, Any]:
    """Return the checked values of a record.

    Args:
        record: The resource.
        given: The record as a client gives it.
        name: The id that it must have.

    Raises:
        ValidationError: With every fault.

    """
    values: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    try:
        values = record.read(given)
    except ValidationError as fault:
        faults = {**fault.messages_dict}
    if name is not None and given.get("id") != name and "id" not in faults:
        faults["id"] = [Broken(f"must be {name!r}: a record keeps its id", SAME_ID)]
    if faults:
        raise ValidationError(faults)
    return values
