"""Assertions: claims that are not numbers."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from incidents_api.model.between import Sole
from incidents_api.model.claims import SUBJECTS, Claim
from incidents_api.model.faults import Fault, Rule, over
from incidents_api.model.fields import INDEXED, Code, Language, Text
from incidents_api.model.vocabularies import vocabularies

_OUTCOMES = vocabularies()["outcome"].codes


@over("predicate", "value")
def outcome_is_a_term(values: Mapping[str, Any]) -> Iterable[Fault]:
    """The value of an outcome is a term of its vocabulary."""
    if values["predicate"] == "outcome" and values["value"] not in _OUTCOMES:
        yield "value", f"an outcome is one of {', '.join(map(str, _OUTCOMES))}"


class Assertion(Claim):
    """A claim that is not a number."""

    resource = "assertions"
    singular = "assertion"
    prefix = "asr"
    rules: ClassVar[tuple[Rule, ...]] = (*Claim.rules, outcome_is_a_term)
    soles = (Sole("one-preferred", "rank", "preferred", about=SUBJECTS, alike=("predicate",)),)

    predicate = Code("predicate", "What it is a claim about.", required=True, filter=INDEXED)
    value = Text(
        "What it claims, as a term or a short value that can be compared.",
        filter=INDEXED,
        search=True,
        length=300,
        example="repelled",
    )
    statement = Text("The claim in a sentence of our own.", search=True, length=2000)
    statement_lang = Language("Language of that sentence.")
