"""Long lists of terms are named once in the document, and referred to."""

from typing import Any, Final

from incidents_api.model.published import published
from incidents_api.openapi.schemas import ref, term_name

#: Vocabularies with more terms than this are named once and referred to.
LARGE: Final = 60


def referred(value: Any) -> Any:
    """Replace the long lists of terms by references to the schema that names them once."""
    large = {
        vocabulary.codes: term_name(vocabulary.name)
        for vocabulary in published().values()
        if len(vocabulary.codes) > LARGE
    }
    return _replaced(value, large, top=True)


def _replaced(value: Any, large: dict[tuple[Any, ...], str], *, top: bool = False) -> Any:
    if isinstance(value, list):
        return [_replaced(item, large) for item in value]
    if not isinstance(value, dict):
        return value
    enum = value.get("enum")
    if isinstance(enum, list) and "$ref" not in value and not top and len(enum) > LARGE:
        codes = tuple(code for code in enum if code is not None)
        if (
            codes in large
            and value.get("description") != published()[_named(large[codes])].description
        ):
            rest = {key: item for key, item in value.items() if key not in ("type", "enum")}
            if None in enum:
                return {"anyOf": [ref(large[codes]), {"type": "null"}]} | rest
            return ref(large[codes]) | rest
    return {key: _replaced(item, large) for key, item in value.items()}


def _named(term_schema: str) -> str:
    return next(one for one in published() if term_name(one) == term_schema)
