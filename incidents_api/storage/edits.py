"""What editors ask for, what it did, and why it was not done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from incidents_api.model.faults import Path
from incidents_api.storage.write import Written

Action = Literal["create", "replace", "patch", "withdraw", "restore", "merge"]
#: The transactions one of which must have written the record last; ``*`` for any; None: not said.
Match = frozenset[int] | Literal["*"] | None
#: What is wrong with an edit: no such record, withdrawn, its id taken, its state not as expected
#: or not said, its content, or a rule between records.
Kind = Literal["missing", "gone", "taken", "stale", "unconditional", "invalid", "rule"]


@dataclass(frozen=True)
class Edit:
    """What is to be done with one record.

    Attributes:
        action: What.
        resource: Of which resource it is.
        id: Its id; None where one is to be minted.
        given: For create and replace the checked values, for patch the patch (RFC 7396).
        sent: For replace, the record as it was sent: members that were computed and come back as
            they were read say nothing of their own, and are computed again.
        match: In which state the record must be.
        absent: Whether there may be no record of this id yet.
        why: For what reason.
        cascade: Whether to withdraw what depends on it too.
        into: The id of the record into which it is to be merged.
        broken: What is wrong with its content by itself: told once it is known that the
            record is in the state that the editor expects.

    """

    action: Action
    resource: str
    id: str | None
    given: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] = field(default_factory=dict)
    match: Match = None
    absent: bool = False
    why: str | None = None
    cascade: bool = False
    into: str = ""
    broken: tuple["Cause", ...] = ()


@dataclass(frozen=True)
class Cause:
    """Why edits were not done.

    Attributes:
        kind: What kind of fault.
        words: What is wrong.
        place: Which edit is at fault, counted from 0; None where none of them is by itself.
        path: Where in its content.
        rule: The name of the rule that is broken.
        other: Another record that stands in the way, as ``resource/id``; or empty.

    """

    kind: Kind
    words: str
    place: int | None = None
    path: Path = ()
    rule: str = ""
    other: str = ""


class NotDone(Exception):
    """Edits that cannot be done: nothing is written."""

    def __init__(self, causes: list[Cause]) -> None:
        super().__init__("; ".join(cause.words for cause in causes))
        self.causes = causes


@dataclass(frozen=True)
class Done:
    """What an edit did.

    Attributes:
        resource: Of which resource the record is.
        id: Its id.
        action: created, replaced, patched, withdrawn, restored, merged; unchanged where it was so
            already.
        written: The record as it stands now.
        withdrawn: What was withdrawn with it, as pairs of resource and id.
        moved: Whose links moved by a merge, or moved back, as pairs of resource and id.
        into: The id of the record into which it was merged.

    """

    resource: str
    id: str
    action: str
    written: Written
    withdrawn: tuple[tuple[str, str], ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    into: str = ""


def content_cause(path: Path, words: str, place: int | None = None) -> Cause:
    """Return the cause for a fault in a record's content: a rule that it breaks, or its shape."""
    rule = getattr(words, "rule", "")
    return Cause("rule" if rule else "invalid", words, place, path, rule)
