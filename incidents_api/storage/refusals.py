"""Why a transaction is given up: which record, which member, which rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why a record cannot be written.

    Attributes:
        resource: Of which resource it is.
        id: Its id.
        member: The member at fault, by the flat name of its leaf; empty for the whole record.
        words: What is wrong, in words.
        rule: The name of the rule that is broken.
        other: Another record that stands in the way, as ``resource/id``; or empty.

    """

    resource: str
    id: str
    member: str
    words: str
    rule: str
    other: str = ""


class Refused(Exception):
    """The transaction was given up; nothing of it is written."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(f"{r.resource}/{r.id} {r.member}: {r.words}" for r in refusals))
        self.refusals = refusals
