"""What a contradiction is: its kinds, how far it can be relied on, its name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from incidents_api.estimates.figures import PLURALS, Claim, Figure
from incidents_api.model.claims import SUBJECTS
from incidents_api.model.coders import stands_for_words
from incidents_api.model.quantities import rules

NUMERIC: Final = "numeric"
REVISION: Final = "revision"
ARITHMETIC: Final = "arithmetic"
ASSERTION: Final = "assertion"
DECLARED: Final = "declared"
#: Every kind, with what it means.
KINDS: Final[Mapping[str, str]] = {
    NUMERIC: "Two claimants answer one question about the same day with ranges that do not touch.",
    REVISION: "A claimant's count since the beginning falls below what the same one said earlier.",
    ARITHMETIC: "Parts do not go with their total, or a part is greater than its whole.",
    ASSERTION: "Two claimants assert of the same day what cannot both be so.",
    DECLARED: "An editor declares that two claims cannot stand beside each other, and why.",
}
PRINTED: Final = "printed"
CODED: Final = "coded"
#: How far a contradiction can be relied on.
STRENGTHS: Final[Mapping[str, str]] = {
    PRINTED: "It follows from what was printed.",
    CODED: "It rests on a bound that the table of words made, such as 999 for hundreds, or on a "
    "number that coders put in the place of words, such as 12 for dozens.",
}

#: A bound that decides: whose it is, and the number.
Bound = tuple[Figure, int]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Claims that cannot all be true.

    Attributes:
        kind: By which rule it is found; one of :data:`KINDS`.
        strength: One of :data:`STRENGTHS`.
        subject: The resource and id of what the claims are about.
        measure: What is counted, where numbers are at odds.
        predicate: What is claimed, where assertions are at odds.
        claims: The claims, in the order in which the words name them.
        words: Why, in a sentence.

    """

    kind: str
    strength: str
    subject: tuple[str, str]
    measure: str | None
    predicate: str | None
    claims: tuple[Claim, ...]
    words: str

    @property
    def records(self) -> tuple[tuple[str, str], ...]:
        """The resource and id of each claim."""
        return tuple((claim.resource, claim.id) for claim in self.claims)

    @property
    def subjects(self) -> tuple[tuple[str, str], ...]:
        """The resource and id of everything that its claims are about, its own subject first."""
        return tuple(dict.fromkeys((self.subject, *(claim.subject for claim in self.claims))))

    @property
    def claimants(self) -> tuple[str, ...]:
        """The ids of the actors who say it."""
        known = (claim.claimant for claim in self.claims)
        return tuple(dict.fromkeys(claimant for claimant in known if claimant is not None))

    @property
    def id(self) -> str:
        """A name that follows from what it is about: the same whenever it is found."""
        told = " ".join([self.kind, "/".join(self.subject), *sorted(map("/".join, self.records))])
        return f"con-{blake2b(told.encode(), digest_size=10).hexdigest()}"

    def told(self) -> dict[str, Any]:
        """Return the contradiction as JSON."""
        about = {name: self.subject[1] for name in SUBJECTS if PLURALS[name] == self.subject[0]}
        return {
            "id": self.id,
            "kind": self.kind,
            "strength": self.strength,
            **dict.fromkeys(SUBJECTS),
            **about,
            "measure": self.measure,
            "predicate": self.predicate,
            "claimants": list(self.claimants),
            "records": [{"resource": resource, "id": name} for resource, name in self.records],
            "words": self.words,
        }


def counted(
    kind: str, claims: Iterable[Figure], deciding: Iterable[Bound], words: str
) -> Contradiction:
    """Return a contradiction between numbers, about the subject of its first figure."""
    named = tuple(claims)
    strength = CODED if any(coded(*bound) for bound in deciding) else PRINTED
    return Contradiction(kind, strength, named[0].subject, named[0].measure, None, named, words)


def coded(figure: Figure, bound: int) -> bool:
    """Return whether a bound is no number that was printed: one of the table of words or a coder's.

    What a coder's rule leaves exact counts as printed.
    """
    if stands_for_words(figure.amount, figure.coding_rule):
        return True
    printed = (figure.amount, figure.amount_to, figure.best)
    return figure.coding_rule in rules() and bound not in printed
