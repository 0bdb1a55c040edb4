"""What every field kind has: one check, a schema, a column, words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from marshmallow import fields, missing

Json = Any
Schema = dict[str, Any]

INDEXED: Final = "indexed"
SCANNED: Final = "scanned"
Filtered = Literal["indexed", "scanned"]


#: Takes a record's own values and the facts by their paths, returns a value.
Computing = Callable[[Mapping[str, Any], Mapping[str, list[tuple[Any, ...]]]], Any]
#: Instead of a member: the record as a whole, as its document shows it.
WHOLE: Final = "document"


@dataclass(frozen=True)
class Computed:
    """How a member that was not given follows from other records.

    Attributes:
        function: Takes the record's own values and the facts, returns the value; or the name of
            one that the model does not know, for it looks at more than records.
        needs: Paths over links and reverse links to the members it looks at, such as
            ``{"sources": ("published_at",)}``; :data:`WHOLE` stands for all of them. They are also
            the list of what must be computed again when one of those records is written.
        unread: Of what is looked at as a whole, members from which nothing follows.

    """

    function: Computing | str
    needs: Mapping[str, tuple[str, ...]]
    unread: frozenset[str] = frozenset()


class Kind(fields.Field[Any]):
    """A field kind: what a value may be, and what follows from declaring one.

    Args:
        words: What the field means, for people: the description in every published contract.
        required: Whether a record without it is refused.
        search: Whether full-text search reads it.
        sort: Whether lists can be sorted by it.
        filter: ``INDEXED`` or ``SCANNED`` where lists can be filtered by it.
        readonly: Set by the service; ignored on input.
        computed: How the value follows from other records where it was not given.
        example: A value for the documentation.
        parameter: The name of the filter where it differs from the field's.
        default: The value of a record that does not say; null where there is none.

    """

    column: ClassVar[str] = "text"
    many: ClassVar[bool] = False
    ordered: ClassVar[bool] = False
    default_error_messages = {"required": "is required", "null": "may not be null"}

    def __init__(
        self,
        words: str,
        *,
        required: bool = False,
        search: bool = False,
        sort: bool = False,
        filter: Filtered | None = None,  # noqa: A002 - the word users know
        readonly: bool = False,
        computed: Computed | None = None,
        example: Json = None,
        parameter: str | None = None,
        default: Json = None,
    ) -> None:
        self.default = default
        super().__init__(
            required=required,
            allow_none=not required,
            load_default=missing if required else self.empty,
            dump_only=readonly,
            metadata={"description": words},
        )
        self.words = words
        self.search = search
        self.sort = sort
        self.filter = filter
        self.readonly = readonly
        self.computed = computed
        self.example = example
        self.parameter = parameter

    def __repr__(self) -> str:
        # marshmallow's own shows load_default, our bound method, which would show this field again.
        return f"<{type(self).__name__}: {self.words}>"

    def bound(self, resource: str) -> "Kind":
        """Return this field as declared in a resource, its own name filled in for ``{plural}``."""
        return self

    def empty(self) -> Json:
        """Return the value of a record that does not give this field."""
        return self.default

    def check(self, value: Json) -> Json:
        """Return the value in its canonical form.

        Raises:
            ValidationError: The value is not of this kind; the message says what is.

        """
        raise NotImplementedError

    def parse(self, text: str) -> Json:
        """Read a value from a query string; raises as :meth:`check` does."""
        return self.check(text)

    def schema(self, *, given: bool = False) -> Schema:
        """Return the JSON Schema (2020-12) of a known value; ``given`` as a client may send it."""
        raise NotImplementedError

    def given(self, value: Json) -> Json:
        """Return what a value says, without what it leaves open."""
        return value

    def texts(self, value: Json) -> list[str]:
        """Return what full-text search reads of a value."""
        return [] if value is None else [str(value)]

    def deserialize(
        self, value: Json, attr: str | None = None, data: Any = None, **kwargs: Any
    ) -> Json:
        if value is None and not self.required:
            return self.empty()
        return super().deserialize(value, attr, data, **kwargs)

    def _deserialize(self, value: Json, attr: str | None, data: Any, **kwargs: Any) -> Json:
        return self.check(value)


def shown(value: Json) -> str:
    """Return a value as an error message quotes it: not too long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
