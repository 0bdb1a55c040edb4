"""What points elsewhere: to a term of a vocabulary, to another record."""

import re
from copy import copy
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.fields.kind import INDEXED, Json, Kind, Schema, shown
from incidents_api.model.fields.numbers import whole_number
from incidents_api.model.fields.texts import ID_PATTERN, Id, whole
from incidents_api.model.vocabularies import Vocabulary, vocabularies

#: What a term may be: true is none, though it equals 1.
_WRITTEN: Final = frozenset({str, int})


class Code(Kind):
    """A term of a controlled vocabulary."""

    def __init__(self, vocabulary: str, words: str, **options: Any) -> None:
        super().__init__(words, **options)
        self.vocabulary: Vocabulary = vocabularies()[vocabulary]
        self.codes = frozenset(self.vocabulary.codes)
        self.numeric = self.vocabulary.numeric
        self.column = "integer" if self.numeric else "text"  # type: ignore[misc]
        self.ordered = self.numeric  # type: ignore[misc]

    def check(self, value: Json) -> str | int:
        if type(value) is float:
            value = whole_number(value)
        if type(value) in _WRITTEN and value in self.codes:
            return value  # type: ignore[no-any-return]
        raise ValidationError(self._refusal(value))

    def parse(self, text: str) -> str | int:
        if self.numeric and re.fullmatch(r"[0-9]{1,4}", text, re.ASCII):
            return self.check(int(text))
        return self.check(text)

    def _refusal(self, value: Json) -> str:
        codes = self.vocabulary.codes
        terms = (
            f"one of {', '.join(map(str, codes))}"
            if len(codes) <= 60
            else f"one of the {len(codes)} terms at /v1/vocabularies/{self.vocabulary.name}"
        )
        words = f"{shown(value)} is not a term of {self.vocabulary.name}; it must be {terms}"
        meant = [code for code in codes if str(code).lower() == str(value).lower()]
        return f"{words}; did you mean {meant[0]}?" if meant else words

    def schema(self, *, given: bool = False) -> Schema:
        codes = list(self.vocabulary.codes)
        if not self.numeric:
            return {"type": "string", "enum": codes}
        return {
            "type": "integer",
            "format": "int32",
            "minimum": codes[0],
            "maximum": codes[-1],
            "enum": codes,
        }

    def texts(self, value: Json) -> list[str]:
        return [] if value is None else [str(value).replace("_", " ")]


class Link(Kind):
    """A reference to another record, by its id.

    Args:
        resource: What is referred to.
        reverse: The name of the sub-list of the other record that this link makes.
        about: Whether this record is about the other one: it can be seen by nobody who may not
            see that one.
        acyclic: Whether a chain of these links may not lead back to where it began.
        through: Whether lists can be filtered by the other record's members.

    """

    def __init__(
        self,
        resource: str,
        words: str,
        *,
        reverse: str | None = None,
        about: bool = False,
        acyclic: bool = False,
        through: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(words, **{"filter": INDEXED} | options)
        self.resource = resource
        self.reverse = reverse
        self.about = about
        self.acyclic = acyclic
        self.through = through

    column = "link"

    def bound(self, resource: str) -> "Link":
        made = copy(self)
        made.resource = self.resource.format(plural=resource)
        made.reverse = self.reverse and self.reverse.format(plural=resource)
        return made

    def check(self, value: Json) -> str:
        if type(value) is not str or whole(ID_PATTERN)(value) is None:
            raise ValidationError(f"must be the id of one of the {self.resource}: {Id.shape}")
        return value

    def schema(self, *, given: bool = False) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": Id.length, "pattern": ID_PATTERN}

    def texts(self, value: Json) -> list[str]:
        return []
