"""The parameters of lists: what each is called, what it may be, and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.fields import Id, Kind, Link, Moment
from incidents_api.model.record import Leaf, Part, Reach
from incidents_api.storage.operators import CONTAINS, Operator

#: After so many faults, a query is read no further.
MOST_FAULTS: Final = 20
#: So many values may be given to one filter in an address: two such lists of ids fit into a line.
MOST_VALUES: Final = 50
#: In the body of a search, so many ids, and so many other values.
MOST_IDS: Final = 10_000
MOST_OTHERS: Final = 1000


class Unreadable(Exception):
    """A query that cannot be answered: what is wrong with which parameter.

    Attributes:
        problem: The kind of problem to answer with.

    """

    problem = "invalid-query"

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        super().__init__(str(faults))
        self.faults = dict(faults)


class NoSuchRecord(Unreadable):
    """A filter names a record that is not there."""

    problem = "no-such-record"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a list.

    Attributes:
        name: Its name in the query string.
        kind: What a value may be.
        words: What it does.
        several: Whether it takes a comma-separated list.
        operator: For a filter, what it does with the values.
        target: For a filter, the leaf, part or reach that it looks at.
        via: For a filter through a link, that link's name.
        required: Whether a query without it cannot be answered.
        at_most: How many values may be given, where it is fewer than usual.

    """

    name: str
    kind: Kind
    words: str
    several: bool = False
    operator: Operator | None = None
    target: Leaf | Part | Reach | None = None
    via: str | None = None
    example: Any = None
    default: Any = None
    required: bool = False
    at_most: int | None = None

    @property
    def most(self) -> int:
        """How many values an address may give; of a few words, all."""
        return self.at_most or max(MOST_VALUES, len(getattr(self.kind, "choices", ())))

    @property
    def most_in_body(self) -> int:
        """How many values the body of a search may give.

        Each moment, and each value that must be contained, makes a condition of its own.
        """
        if isinstance(self.kind, Id | Link) and self.operator is not CONTAINS:
            return MOST_IDS
        own = self.operator in (None, CONTAINS) or isinstance(self.kind, Moment)
        return self.most if own else MOST_OTHERS

    def read(self, text: str) -> Any:
        """Read the value from a query string; a list where several may be given.

        Raises:
            ValidationError: It is not of this kind; the message says what is.

        """
        if not self.several:
            return self.kind.parse(text)
        texts = text.split(",")
        if len(texts) > self.most:
            more = " (POST …/search takes more)" if self.most_in_body > self.most else ""
            raise ValidationError(f"has {len(texts)} values; {self.most} are allowed{more}")
        return list(dict.fromkeys(self.kind.parse(one) for one in texts))

    def take(self, value: Any) -> Any:
        """Take the value from a JSON body; one value stands for a list of it.

        Raises:
            ValidationError: It is not of this kind; the messages of a list are by place.

        """
        if not self.several:
            return self.kind.check(value)
        if type(value) is not list:
            return [self.kind.check(value)]
        if not value:
            raise ValidationError("is an empty list: leave it out")
        if len(value) > self.most_in_body:
            words = f"has {len(value):,} values; {self.most_in_body:,} are allowed"
            raise ValidationError(words)
        found, faults = [], {}
        for place, one in enumerate(value):
            try:
                found.append(self.kind.check(one))
            except ValidationError as fault:
                faults[place] = fault.messages
                if len(faults) >= MOST_FAULTS:
                    break
        if faults:
            raise ValidationError(faults)
        return list(dict.fromkeys(found))
