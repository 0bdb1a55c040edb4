"""Days and instants."""

import re
from datetime import UTC, date, datetime
from typing import Final

from marshmallow import ValidationError

from incidents_api.model.fields.kind import Json, Kind, Schema

DATE: Final = {"type": "string", "format": "date", "minLength": 10, "maxLength": 10}
#: In the first and the last years of the calendar, some instants have no day in UTC.
DATE_TIME: Final = {
    "type": "string",
    "format": "date-time",
    "minLength": 20,
    "maxLength": 35,
    "pattern": "^[1-8][0-9]{3}-",
}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z").match
_INSTANT = re.compile(
    r"[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,15})?"
    r"([Zz]|[-+][0-9]{2}:[0-9]{2})\Z"
).match


def day(value: Json) -> str:
    """Check a calendar day written YYYY-MM-DD."""
    if type(value) is not str or _DAY(value) is None:
        raise ValidationError("must be a day written YYYY-MM-DD")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValidationError(f"{value} is not a day of the calendar") from None
    return value


def instant(value: Json) -> str:
    """Check an RFC 3339 instant with its offset, and write it in UTC, to the microsecond."""
    if type(value) is not str or len(value) > 35 or _INSTANT(value) is None:
        raise ValidationError(
            "must be an instant with its offset, such as 2022-01-21T18:30:00Z (RFC 3339)"
        )
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except ValueError:
        raise ValidationError(f"{value} is not an instant of the calendar") from None
    return moment.isoformat().replace("+00:00", "Z")


class Day(Kind):
    """A calendar day, local to the place it speaks about."""

    ordered = True

    def check(self, value: Json) -> str:
        return day(value)

    def schema(self, *, given: bool = False) -> Schema:
        return dict(DATE)

    def texts(self, value: Json) -> list[str]:
        return []


class Moment(Kind):
    """A calendar day, or an instant where the time of day is known; instants are kept in UTC."""

    column = "moment"
    ordered = True

    def check(self, value: Json) -> str:
        if type(value) is str and len(value) == 10:
            return day(value)
        if type(value) is str and _INSTANT(value):
            return instant(value)
        raise ValidationError(
            "must be a day written YYYY-MM-DD, or an instant with its offset, "
            "such as 2022-01-21T18:30:00Z (RFC 3339)"
        )

    def schema(self, *, given: bool = False) -> Schema:
        return {"anyOf": [dict(DATE), dict(DATE_TIME)]}

    def texts(self, value: Json) -> list[str]:
        return []


class Instant(Kind):
    """A point in time, kept in UTC."""

    ordered = True

    def check(self, value: Json) -> str:
        return instant(value)

    def schema(self, *, given: bool = False) -> Schema:
        return dict(DATE_TIME)
