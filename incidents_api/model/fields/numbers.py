"""Numbers and flags."""

import math
import re
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.fields.kind import Json, Kind, Schema

#: Largest whole number that every JSON reader keeps exactly (2^53 - 1, RFC 8259 section 6).
SAFE_INTEGER: Final = 2**53 - 1


def whole_number(value: Json) -> Json:
    """Return a number without a fraction as a whole one: 3.0 is an integer in JSON Schema."""
    if type(value) is float and value.is_integer() and abs(value) <= SAFE_INTEGER:
        return int(value)
    return value


class Integer(Kind):
    """A whole number; 3.0 is one too (JSON Schema 2020-12, section 4.2.3), and is kept as 3."""

    column = "integer"
    ordered = True

    def __init__(
        self, words: str, *, low: int = 0, high: int = SAFE_INTEGER, **options: Any
    ) -> None:
        super().__init__(words, **options)
        self.low, self.high = low, high

    def check(self, value: Json) -> int:
        value = whole_number(value)
        if type(value) is not int:
            raise ValidationError(f"must be a whole number from {self.low} to {self.high}")
        if not self.low <= value <= self.high:
            raise ValidationError(f"is {value}; it must be from {self.low} to {self.high}")
        return value

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII):
            raise ValidationError(f"must be a whole number from {self.low} to {self.high}")
        return self.check(int(text))

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "integer", "format": "int64", "minimum": self.low, "maximum": self.high}

    def texts(self, value: Json) -> list[str]:
        return []


class Tally(Integer):
    """A whole number, in whose place another rule of counting may give a half."""


class Number(Kind):
    """A decimal number with its bounds, such as a latitude in degrees."""

    column = "real"
    ordered = True

    def __init__(self, words: str, *, low: float, high: float, **options: Any) -> None:
        super().__init__(words, **options)
        self.low, self.high = low, high

    def check(self, value: Json) -> float:
        if type(value) is int and abs(value) <= SAFE_INTEGER:
            value = float(value)
        if type(value) is not float or not math.isfinite(value):
            raise ValidationError(f"must be a number from {self.low:g} to {self.high:g}")
        if not self.low <= value <= self.high:
            raise ValidationError(f"is {value}; it must be from {self.low:g} to {self.high:g}")
        return value

    def parse(self, text: str) -> float:
        if len(text) > 40 or not re.fullmatch(
            r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text, re.ASCII
        ):
            raise ValidationError(f"must be a number from {self.low:g} to {self.high:g}")
        return self.check(float(text))

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


class Flag(Kind):
    """Yes or no."""

    column = "flag"

    def check(self, value: Json) -> bool:
        if type(value) is not bool:
            raise ValidationError("must be true or false")
        return value

    def parse(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise ValidationError("must be true or false")
        return text == "true"

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "boolean"}
