"""Objects that the service makes, with values in them that are columns of their own."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from incidents_api.model.fields.kind import Json, Kind, Schema


class Block(Kind):
    """An object that the service computes whole; some values inside are leaves of the record.

    Args:
        words: What it means.
        leaves: By the name of the column, the path inside the object and the kind of the value.
            A value whose path ends early is not known.
        shape: The JSON Schema of the object.
        nothing: The object where nothing is known.

    """

    column = "object"

    def __init__(
        self,
        words: str,
        *,
        leaves: Mapping[str, tuple[tuple[str, ...], Kind]],
        shape: Schema,
        nothing: Mapping[str, Json],
        **options: Any,
    ) -> None:
        super().__init__(words, readonly=True, **options)
        self.leaves = dict(leaves)
        self.shape = shape
        self.nothing = dict(nothing)

    def empty(self) -> Json:
        return dict(self.nothing)

    def check(self, value: Json) -> dict[str, Json]:
        if type(value) is not dict:
            raise ValidationError("must be an object, as reading gave it")
        return value

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "object"} if given else self.shape

    def texts(self, value: Json) -> list[str]:
        return []
