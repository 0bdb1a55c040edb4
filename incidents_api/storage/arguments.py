"""The kinds of value that only a query has: a cursor, a rectangle, a period, a choice of words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.fields import Day, Instant, Kind, Number, Pattern, Text


class Cursor(Pattern):
    """A place in a list, as an answer gave it."""

    pattern = r"^[A-Za-z0-9_-]+$"
    shape = "the next_cursor of an earlier answer"
    length = 1000


class Box(Kind):
    """A rectangle in degrees: west, south, east, north."""

    def check(self, value: Any) -> tuple[float, float, float, float]:
        """Read four numbers; west may be greater than east where it crosses the antimeridian."""
        parts = str(value).split(",")
        if len(parts) != 4:
            raise ValidationError(
                f"has {len(parts)} numbers; it must have four: west,south,east,north"
            )
        west, south, east, north = (
            kind.parse(part.strip()) for kind, part in zip(_BOX, parts, strict=True)
        )
        if south > north:
            raise ValidationError(
                f"has south {south:g} above north {north:g}; the order is west,south,east,north"
            )
        return west, south, east, north

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return four numbers, separated by commas."""
        return {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


LONGITUDE = Number("Longitude.", low=-180, high=180)
LATITUDE = Number("Latitude.", low=-90, high=90)
_BOX: Final = (LONGITUDE, LATITUDE, LONGITUDE, LATITUDE)


_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{5,15}(Z|[-+][0-9]{2}:[0-9]{2}))?"
PERIOD: Final = rf"^({_MOMENT}|{_MOMENT}/(\.\.|{_MOMENT})?|(\.\.)?/{_MOMENT})$"


class Period(Kind):
    """A day or an interval of days: 2022-01-20, 2022-01-01/2022-01-31, ../b, a/.."""

    def check(self, value: Any) -> tuple[str | None, str | None]:
        """Read the first and the last day; None where the interval is open."""
        parts = str(value).split("/")
        if len(parts) > 2:
            raise ValidationError("must be a day, or two separated by one slash")
        days = [None if part in ("", "..") and len(parts) == 2 else _day(part) for part in parts]
        first, last = days[0], days[-1]
        if first is None and last is None:
            raise ValidationError("must have at least one end: a/b, ../b or a/..")
        if first and last and last < first:
            raise ValidationError(f"ends on {last}, before it begins on {first}")
        return first, last

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return a text of the shape of a day or an interval."""
        return {"type": "string", "minLength": 10, "maxLength": 41, "pattern": PERIOD}


def _day(text: str) -> str:
    """Read a day, or the day of an instant."""
    if "T" in text:
        Instant("An instant.").check(text)
    return str(Day("A day.").check(text[:10] if "T" in text else text))


class Query(Pattern):
    """Words to search for: at least one letter or digit among them."""

    pattern = (
        r"^[^\u0000-\u001f\u007f]*"
        "[0-9A-Za-z\u00c0-\U0010fffd]"  # the characters themselves: no escape suits all readers
        r"[^\u0000-\u001f\u007f]*$"
    )
    shape = "words to search for, with a letter or digit among them, and no control characters"
    length = 500


class Choice(Text):
    """One of a few words."""

    def __init__(self, words: str, choices: Sequence[str], **options: Any) -> None:
        super().__init__(words, **options)
        self.choices = tuple(choices)

    def check(self, value: Any) -> str:
        """Check that it is one of them."""
        if value not in self.choices:
            raise ValidationError(f"{str(value)[:60]!r} is not one of {', '.join(self.choices)}")
        return str(value)

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return the words as an enumeration."""
        return {"type": "string", "enum": list(self.choices)}


def together(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Check parameters that go together."""
    faults: dict[str, list[str]] = {}
    circle = [name for name in ("lat", "lon", "within_km") if name in values]
    if circle and len(circle) < 3:
        faults[circle[0]] = ["lat, lon and within_km go together"]
    if "datetime" in values and ("from" in values or "to" in values):
        faults["datetime"] = ["does not go with from and to"]
    if values.get("from", "") > values.get("to", "9999-12-31"):
        faults["to"] = [f"is {values['to']}, before from {values['from']}"]
    sort = values.get("sort", [])
    if "relevance" in sort and "q" not in values:
        faults["sort"] = ["relevance goes with q"]
    if len(sort) > 2 or (len(sort) == 2 and (sort[1] not in ("id", "-id") or "relevance" in sort)):
        faults["sort"] = ["takes one member, and id or -id after it"]
    single = "sample" in values or "relevance" in sort
    if single and "cursor" in values:
        faults["cursor"] = ["does not go with sample or sort=relevance: they answer in one page"]
    if "sample" in values and ("limit" in values or "sort" in values):
        faults["sample"] = ["does not go with limit or sort"]
    return faults
