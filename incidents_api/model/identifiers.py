"""What other registers call a record."""

from typing import Any

from marshmallow import ValidationError

from incidents_api.model.fields import INDEXED, Code, Rows, Text
from incidents_api.model.vocabularies import vocabularies


class ExternalIds(Rows):
    """What other registers call this record."""

    def __init__(self) -> None:
        super().__init__(
            "What other registers and data sets call this record.",
            {
                "scheme": Code("scheme", "Whose identifier it is.", required=True),
                "value": Text("The identifier.", required=True, length=300),
            },
            filter=INDEXED,
            example=[{"scheme": "wikidata", "value": "Q110649467"}],
        )


class Identifier(Text):
    """An identifier in another register, as scheme:value."""

    def check(self, value: Any) -> str:
        """Check that the scheme is one that is known."""
        text = super().check(value)
        schemes = vocabularies()["scheme"].codes
        scheme, separator, rest = text.partition(":")
        if not separator or not rest or scheme not in schemes:
            known = ", ".join(map(str, schemes))
            raise ValidationError(f"must be scheme:value, the scheme one of {known}")
        return text

    def schema(self, *, given: bool = False) -> dict[str, Any]:
        """Return the shape of an identifier."""
        schemes = "|".join(map(str, vocabularies()["scheme"].codes))
        pattern = rf"^({schemes}):[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]+$"
        return {"type": "string", "minLength": 3, "maxLength": self.length, "pattern": pattern}
