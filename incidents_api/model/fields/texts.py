"""Texts, and texts of a fixed shape."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Final

from marshmallow import ValidationError

from incidents_api.model.fields.kind import Json, Kind, Schema

ID_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,79}$"
TEXT_PATTERN: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]+$"


@cache
def whole(pattern: str) -> Callable[[str], "re.Match[str] | None"]:
    """Return the test that a text as a whole has a shape; ``$`` alone lets a line end through."""
    return re.compile(pattern.removesuffix("$") + r"\Z").match


#: Half a character: no UTF-8 can carry it. (In no pattern, for not all regex engines know it.)
broken = re.compile("[\ud800-\udfff]").search


class Pattern(Kind):
    """A text of a fixed shape."""

    pattern: ClassVar[str] = TEXT_PATTERN
    shape: ClassVar[str] = "text without control characters"
    length: ClassVar[int] = 500
    format: ClassVar[str | None] = None

    def check(self, value: Json) -> str:
        if type(value) is not str:
            raise ValidationError(f"must be a text: {self.shape}")
        if not value:
            raise ValidationError("is empty: leave it out")
        if len(value) > self.length:
            raise ValidationError(f"has {len(value):,} characters; {self.length:,} are allowed")
        if whole(self.pattern)(value) is None or broken(value):
            raise ValidationError(f"must be {self.shape}")
        return value

    def schema(self, *, given: bool = False) -> Schema:
        made: Schema = {"type": "string", "minLength": 1, "maxLength": self.length}
        if self.format:
            made["format"] = self.format
        return made | {"pattern": self.pattern}


class Text(Pattern):
    """A text of at most a given number of characters."""

    def __init__(self, words: str, *, length: int = 500, **options: Any) -> None:
        super().__init__(words, **options)
        self.length = length  # type: ignore[misc]

    def check(self, value: Json) -> str:
        # What Python calls printable has no control characters and no halves of characters.
        if type(value) is str and 0 < len(value) <= self.length and value.isprintable():
            return value
        return super().check(value)


class Label(Pattern):
    """A short text without commas, so that lists of them can be asked for."""

    pattern = r"^[^,;\u0000-\u001f\u007f]+$"
    shape = "text without commas, semicolons and control characters"
    length = 60


class Id(Pattern):
    """The stable name of a record."""

    pattern = ID_PATTERN
    shape = "1 to 80 of the characters a-z 0-9 . _ -, the first a letter or digit"
    length = 80


class Language(Pattern):
    """A language tag, well-formed by RFC 5646."""

    pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
    shape = "a language tag such as nl, en or ar-SY (RFC 5646)"
    length = 35


class Url(Pattern):
    """A web address."""

    pattern = r"^https?://[!-~]+$"
    shape = "a web address that begins with http:// or https://, in ASCII characters"
    length = 2000


class Sha256(Pattern):
    """A SHA-256 digest."""

    pattern = r"^[0-9a-f]{64}$"
    shape = "64 hexadecimal digits, in lower case"
    length = 64


class Word(Pattern):
    """A name that serves as a code but has no fixed list, such as a breakdown's."""

    pattern = r"^[a-z0-9][a-z0-9_]{0,39}$"
    shape = "1 to 40 of the characters a-z 0-9 _"
    length = 40
