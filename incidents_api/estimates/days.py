"""The days of which claims speak, as exactly as they are known."""

from datetime import date
from typing import Final

from incidents_api.estimates.figures import Claim, Figure

#: How many days a claim's day may be off, by how exactly it is known (UCDP's date_prec).
_OFF: Final = {1: 0, 2: 5, 3: 6, 4: 30, 5: 365}


def day(claim: Claim) -> str | None:
    """Return the day of which a claim speaks; where it is not told, the day when it was said."""
    ends = claim.period_end if isinstance(claim, Figure) else None
    told = claim.as_of_date or ends or claim.said_at
    return None if told is None else told[:10]


def order(claim: Claim) -> tuple[str, str]:
    """Return what puts the claims of one claimant in order: their days, then when each was said."""
    return day(claim) or "", claim.said_at or ""


def same_day(one: Claim, other: Claim) -> bool:
    """Return whether two claims may speak of the same day; without a day nobody knows."""
    first, second = day(one), day(other)
    if first is None or second is None:
        return False
    if first == second:
        return True
    start, end = _window(first, one.as_of_prec)
    other_start, other_end = _window(second, other.as_of_prec)
    return start <= other_end and other_start <= end


def _window(told: str, prec: int | None) -> tuple[int, int]:
    middle = date.fromisoformat(told).toordinal()
    off = _OFF[prec or 1]
    return middle - off, middle + off
