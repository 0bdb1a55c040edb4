"""Rules between records, declared: what a record must agree on with those it is linked to.

Rules between a record's own members are in :mod:`incidents_api.model.rules`. That links lead to
living records, and that chains of them do not close, follows from the links' own declarations.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incidents_api.model.faults import Fault

Facts = Mapping[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Agreement:
    """A rule between a record and the records that it is linked to.

    Attributes:
        rule: Its name in error messages.
        function: Takes the record's own values and the facts, yields the members at fault.
        needs: The paths that it looks along, as those of a computed field do
            (:class:`incidents_api.model.fields.Computed`): a write to a record on them has the
            rule looked at again.

    """

    rule: str
    function: Callable[[Mapping[str, Any], Facts], Iterable[Fault]]
    needs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Sole:
    """Of all records that answer one question, only one may have a certain value.

    Attributes:
        rule: Its name in error messages.
        member: The member that only one may have so.
        value: Its value.
        about: Links of which each record has one; the question is about the record there.
        alike: The members that make the rest of the question.

    """

    rule: str
    member: str
    value: str
    about: tuple[str, ...]
    alike: tuple[str, ...]

    def question(self, values: Mapping[str, Any]) -> list[Any]:
        """Return what a record answers; lists in it are sets, their order says nothing."""
        return [_plain(values[name]) for name in (*self.about, *self.alike)]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return sorted(value, key=str) if isinstance(value, list) else value


def agrees(rule: str, link: str, *members: str) -> Agreement:
    """Return the rule that a record agrees with the one at the other end of a link."""

    def function(values: Mapping[str, Any], facts: Facts) -> Iterable[Fault]:
        for other in facts[link]:
            for name, theirs in zip(members, other, strict=True):
                if values[name] != theirs:
                    words = f"{values[link]} has {name} {theirs}, and this one {values[name]}"
                    yield link, f"{words}: they must be the same"

    return Agreement(rule, function, {link: members})
