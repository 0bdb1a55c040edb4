"""The operations of a batch: their members, as the service takes them and the document says."""

from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model import Registry
from incidents_api.model.fields import Flag, Id, Kind, Members, Pattern
from incidents_api.storage.arguments import Choice, Query

#: So many operations may stand in one batch.
MOST: Final = 1000


class Tag(Pattern):
    """An entity tag of a record, as an answer's ETag gave it, or ``*`` for any."""

    pattern = r'^(\*|"[0-9]{1,18}-[a-z]{1,20}-[0-9]{1,9}(:[a-z]{1,20})?")$'
    shape = 'the ETag of the record, with its quotes ("12-json-1"), or *'
    length = 100


class Content(Kind):
    """The content of a record: an object that its resource checks."""

    def check(self, value: Any) -> dict[str, Any]:
        """Check that it is an object."""
        if type(value) is not dict:
            raise ValidationError("must be an object")
        return value

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return an object; the document refers to the resource's own schema instead."""
        return {"type": "object"}


class Reason(Query):
    """For what reason a record is written, in words."""

    shape = "words, with a letter or digit among them, and no control characters"
    length = 1000


REASON: Final = Reason("For what reason; it stands in the record's history.", example="misread")
REASON_GIVEN: Final = Reason(REASON.words, required=True, example="entered twice")
MERGING: Final = Members(
    "Into which record another one is merged.",
    {"into": Id("The id of the record that survives.", required=True)},
)
CASCADE: Final = Flag("Whether to withdraw what depends on it too.")


def operations(registry: Registry) -> dict[str, Members]:
    """Return the members of each kind of operation, by the value of ``op``."""
    resources = tuple(registry.records)

    def of(op: str, **more: Kind) -> Members:
        head = {
            "op": Choice("What to do.", (op,), required=True),
            "resource": Choice("Of which resource the record is.", resources, required=True),
        }
        return Members(f"{op.capitalize()} a record.", head | {"reason": REASON} | more)

    name = Id("The record's id.", required=True)
    match = Tag("In which state the record must be; needed where there is one.")
    matched = Tag("In which state the record must be.", required=True)
    content = Content("The record.", required=True)
    patch = Content("The members to change (RFC 7396).", required=True)
    return {
        "create": of("create", record=content),
        "replace": of("replace", id=name, if_match=match, record=content),
        "patch": of("patch", id=name, if_match=matched, record=patch),
        "withdraw": of("withdraw", id=name, if_match=matched, cascade=CASCADE, reason=REASON_GIVEN),
        "restore": of("restore", id=name, if_match=match),
        "merge": of("merge", id=name, if_match=matched, **MERGING.members),
    }
