"""What the clocks ``as_of`` and ``said_by`` look at in a record."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Clocked:
    """From which day on a record is in view; without any of this, it always is.

    Attributes:
        day: The first of these members that is known is the day from which on it is in view of
            ``as_of``; where none is known, it is not.
        in_force: It is in view of ``as_of`` from the one to the other, open where not known.
        said: When it was said or published: from then on it is in view of ``said_by``; where
            that is not known, it is not.
        follows: The link to the record with which it comes into view.

    """

    day: tuple[str, ...] = ()
    in_force: tuple[str, str] | None = None
    said: str | None = None
    follows: str | None = None
