"""The kinds of value that only a query has: a cursor, a rectangle, a period, a choice of words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.fields import Kind, Moment, Number, Pattern, Text
from incidents_api.model.fields.texts import whole
from incidents_api.model.fields.times import DATE, DATE_TIME, day, instant

#: A circle: none of these parameters says anything without the others.
CIRCLE: Final = ("lat", "lon", "within_km")


class Cursor(Pattern):
    """A place in a list, as an answer gave it; empty for the beginning."""

    pattern = r"^[A-Za-z0-9_-]*$"
    shape = "the next_cursor of an earlier answer"
    length = 1000

    def check(self, value: Any) -> str:
        """Check that it is of the shape of a cursor, or empty."""
        return "" if value == "" else super().check(value)

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return the shape of a cursor."""
        return super().schema() | {"minLength": 0}


class Box(Kind):
    """A rectangle in degrees: west, south, east, north."""

    def parse(self, text: str) -> tuple[float, float, float, float]:
        """Read four numbers that are separated by commas."""
        parts = text.split(",")
        _four(parts)
        return _corners(kind.parse(part) for kind, part in zip(_BOX, parts, strict=True))

    def check(self, value: Any) -> tuple[float, float, float, float]:
        """Check a list of four numbers."""
        if type(value) is not list:
            raise ValidationError("must be a list of four numbers: west, south, east, north")
        _four(value)
        return _corners(kind.check(part) for kind, part in zip(_BOX, value, strict=True))

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return four numbers, each with its bounds."""
        return {
            "type": "array",
            "prefixItems": [kind.schema() for kind in _BOX],
            "items": {"type": "number", "minimum": -180, "maximum": 180},
            "minItems": 4,
            "maxItems": 4,
        }


LONGITUDE = Number("Longitude.", low=-180, high=180)
LATITUDE = Number("Latitude.", low=-90, high=90)
_BOX: Final = (LONGITUDE, LATITUDE, LONGITUDE, LATITUDE)


def _four(parts: Sequence[Any]) -> None:
    if len(parts) != 4:
        raise ValidationError(f"has {len(parts)} numbers; it must have four: west,south,east,north")


def _corners(numbers: Iterable[float]) -> tuple[float, float, float, float]:
    """Return west, south, east, north; of the latitudes either may come first."""
    west, south, east, north = numbers
    return west, min(south, north), east, max(south, north)


# The days that there are, from 0001-01-01 to 9999-12-31, and the times of a day: in pieces.
_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_BY_FOUR = "(0[48]|[2468][048]|[13579][26])"
_LEAP = f"([0-9]{{2}}{_BY_FOUR}|{_BY_FOUR}00)"
_LONG = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT = "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_FEBRUARY = "02-(0[1-9]|1[0-9]|2[0-8])"
_DAY = f"({_YEAR}-({_LONG}|{_SHORT}|{_FEBRUARY})|{_LEAP}-02-29)"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_MOMENT = rf"{_DAY}(T{_CLOCK}:[0-5][0-9](\.[0-9]{{1,6}})?(Z|[-+]{_CLOCK}))?"
PERIOD: Final = rf"^({_MOMENT}(/(\.\.|{_MOMENT})?)?|(\.\.)?/{_MOMENT})$"


class Period(Kind):
    """A day or an interval of days: 2022-01-20, 2022-01-01/2022-01-31, ../b, a/.."""

    def check(self, value: Any) -> tuple[str | None, str | None]:
        """Read the first and the last day; None where the interval is open."""
        if type(value) is not str or whole(PERIOD)(value) is None:
            raise ValidationError(
                "must be a day of the calendar (2022-01-20), an instant with its offset "
                "(2022-01-20T18:30:00Z), or two with a slash between; one may be .. or left out"
            )
        first, slash, last = value.partition("/")
        ends = (first, last) if slash else (first, first)
        start, end = (None if text in ("", "..") else text[:10] for text in ends)
        return start, end

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return a text of the shape of a day or an interval."""
        return {"type": "string", "minLength": 10, "maxLength": 65, "pattern": PERIOD}


#: What looks like a day or an instant.
TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?$"
#: A release's name is no number, and nothing that begins like a time.
RELEASE: Final = r"^(?![0-9]+$)(?![0-9]{4}-[0-9]{2}-[0-9]{2}($|[Tt]))[0-9A-Za-z][0-9A-Za-z._-]*$"
#: Greater than every transaction's number, and still one that SQLite takes.
_MOST: Final = 2**53 - 1


class SaidBy(Moment):
    """A day, or an instant with its offset: then its own local day counts too."""

    def parse(self, text: str) -> str:
        """Read it from an address, where a plus sign that was not encoded is a space."""
        return self.check(text.replace(" ", "+"))

    def check(self, value: Any) -> str:
        """Return the day; or the instant in UTC, a space, and the local day."""
        moment = super().check(value)
        return moment if len(moment) == 10 else f"{moment} {value[:10]}"


class KnownAt(Kind):
    """A transaction's number, a day or an instant that is past, or a release's name."""

    def parse(self, text: str) -> int | str:
        """Read it from an address, where a plus sign that was not encoded is a space."""
        if text.isascii() and text.isdecimal():
            return self.check(int(text)) if len(text) <= 16 else self.check(text)
        return self.check(text.replace(" ", "+"))

    def check(self, value: Any) -> int | str:
        """Return the number, the day, the instant in UTC, or the name."""
        if type(value) is int and 0 <= value <= _MOST:
            return value
        if type(value) is str:
            if whole(TIME)(value):
                return day(value) if len(value) == 10 else instant(value)
            if len(value) <= 100 and whole(RELEASE)(value):
                return value
        raise ValidationError(
            "must be a transaction's number (known_seq of an answer), a past day or instant with "
            "its offset, such as 2022-01-21T18:30:00Z, or the name of a release"
        )

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return a number, a day, an instant or a name."""
        number = {"type": "integer", "format": "int64", "minimum": 0, "maximum": _MOST}
        name = {"type": "string", "pattern": RELEASE, "minLength": 1, "maxLength": 100}
        return {"anyOf": [number, dict(DATE), dict(DATE_TIME), name]}


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
    given = [name for name in CIRCLE if name in values]
    if given and len(given) < len(CIRCLE):
        return {given[0]: ["lat, lon and within_km go together"]}
    if values.get("sort") == "relevance" and "q" in values and "known_at" in values:
        words = "relevance is known of the present alone: leave out known_at, or sort otherwise"
        return {"sort": [words]}
    return {}
