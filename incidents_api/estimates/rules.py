"""The named rules: how claims that disagree become one number, and who does it so.

Each takes the comparison set of a question (:mod:`incidents_api.estimates.comparison`) and gives
bounds and a point value. None of them adds claimants together.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from incidents_api.estimates.bounds import UNKNOWN, Bounds
from incidents_api.estimates.comparison import Compared


class Answer(NamedTuple):
    """What a rule makes of a comparison set.

    Attributes:
        bounds: The estimate.
        best_from: The ids of the figures whose point value it is.
        no_mode: Whether ``representative`` found no number that two gave.
        stale: Whether the claimant of the preferred figure has said more since.

    """

    bounds: Bounds = UNKNOWN
    best_from: tuple[str, ...] = ()
    no_mode: bool = False
    stale: bool = False


class Rule(NamedTuple):
    """A named rule: its function, and what it does in words."""

    name: str
    words: str
    function: Callable[[Compared], Answer]


def latest(compared: Compared) -> Answer:
    """Give the newest count of each claimant."""
    return envelope(compared)


def envelope(compared: Compared) -> Answer:
    """Give the lowest and the highest number stated, and no point value."""
    lows = [figure.low for figure in compared.figures if figure.low is not None]
    tops = [top for figure in compared.figures if (top := _top(figure)) is not None]
    is_open = any(figure.high is None for figure in compared.figures)
    return Answer(Bounds(min(lows, default=None), None, None, max(tops, default=None), is_open))


def _top(figure: object) -> int | None:
    return getattr(figure, "high") or getattr(figure, "low")  # noqa: B009


_SKELETON = ("latest", "envelope", "conservative", "informative", "representative", "median")
RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {name: Rule(name, "", latest) for name in (*_SKELETON, "preferred")}
)
DEFAULT: Final = "latest"
