"""Figures for tests of the estimates: made in a line from the words as printed."""

from typing import Any, Final

from incidents_api.estimates import Estimate, Figure, Subject, estimates
from incidents_api.estimates.figures import EVERYBODY, GROUPS, Population
from incidents_api.model import quantities

#: A battle that goes on, as at Hasakah.
BATTLE: Final = Subject("incidents", "battle", "2022-01-20", None)
FIRST: Final = "2022-01-20"


def population(**terms: str) -> Population:
    """Return a population with one term in each of the members named."""
    groups = zip(GROUPS, EVERYBODY, strict=True)
    return tuple(frozenset({terms[name]}) if name in terms else empty for name, empty in groups)


def figure(name: str, words: str = "84", **members: Any) -> Figure:
    """Return a figure about the battle, its bounds those of the English words.

    Args:
        name: Its id.
        words: What is printed, such as ``at least 136``.
        members: Other attributes; ``by`` is who speaks, ``day`` the day spoken of and said on.

    """
    day = members.pop("day", "2022-01-23")
    reading = quantities.read(words, "en")
    bounds = quantities.bounds(reading)
    given: dict[str, Any] = {
        "resource": "figures",
        "subject": ("incidents", "battle"),
        "claimant": None,
        "speaks": f"actors/{members.pop('by', name)}",
        "stance": "monitor",
        "said_at": day,
        "as_of_date": day,
        "as_of_prec": 1,
        "sources": ("news",),
        "status": "active",
        "rank": "normal",
        "superseded": False,
        "contradicts": (),
        "measure": "killed",
        "unit": "persons",
        "population": EVERYBODY,
        "scope": (None, None),
        "circumstance": None,
        "method": "reported",
        "measure_kind": "cumulative",
        "low": bounds.low,
        "best": bounds.best,
        "high": bounds.high,
        "qualifier": reading.qualifier,
        "amount": reading.amount,
        "amount_to": reading.amount_to,
        "coding_rule": "words-1",
        "breakdowns": (),
    }
    empty = dict.fromkeys(Figure.__dataclass_fields__)
    return Figure(**{**empty, **given, "id": name, **members})


def increment(name: str, words: str, first: str, last: str | None = None, **members: Any) -> Figure:
    """Return a figure that counts what was added in a period; by default in one day."""
    period = {"period_start": first, "period_end": last or first, "day": last or first}
    return figure(name, words, measure_kind="incremental", **period | members)


def estimate(*figures: Figure, subject: Subject = BATTLE, **options: Any) -> Estimate:
    """Return the estimate of the only question that figures answer."""
    (answer,) = estimates(figures, subject, **options)
    return answer


def numbers(answer: Estimate) -> tuple[Any, ...]:
    """Return low, best, its basis, high, and whether the top is open."""
    return tuple(answer.bounds)
