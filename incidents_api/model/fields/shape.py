"""What records and the objects in them have in common: declared members, checked at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError

from incidents_api.model.fields.kind import Json, Kind

NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


class Shape:
    """The declared members of an object.

    Args:
        members: Their kinds, in the order in which the object shows them.

    """

    def __init__(self, members: Mapping[str, Kind]) -> None:
        self._members = members
        self._names = frozenset(members)
        self._checks = {name: kind.check for name, kind in members.items()}
        self._required = [name for name, kind in members.items() if kind.required]
        self._nothing = {n: None if k.required else k.empty() for n, k in members.items()}
        # Each object gets lists and objects of its own.
        own = ((n, empty) for n, empty in self._nothing.items() if isinstance(empty, list | dict))
        self._own = [(n, members[n].empty if empty else type(empty)) for n, empty in own]

    def empty(self, given: Mapping[str, Json] = NOTHING) -> dict[str, Json]:
        """Return an empty value for every member, but lists and objects only if not given."""
        found = self._nothing.copy()
        for name, empty in self._own:
            if given.get(name) is None:
                found[name] = empty()
        return found

    def taken(self, given: Mapping[str, Json]) -> dict[str, Json]:
        """Return a value for every member; those that are not given are empty.

        What is no declared member is passed over.

        Raises:
            ValidationError: With the first fault, or all members that are missing.

        """
        found, checks = self.empty(given), self._checks
        for name, value in given.items():
            if value is not None and name in checks:
                found[name] = checks[name](value)
        if missing := [name for name in self._required if found[name] is None]:
            raise ValidationError({name: ["is required"] for name in missing})
        return found

    def check(self, value: Json) -> dict[str, Json]:
        """Return a value for every member.

        Raises:
            ValidationError: With every fault, by the member's name.

        """
        try:
            if type(value) is dict and self._names.issuperset(value):
                return self.taken(value)
        except ValidationError:
            pass
        raise ValidationError(self._faults(value))

    def _faults(self, value: Json) -> Any:
        if type(value) is not dict:
            return f"must be an object with the members {', '.join(self._members)}"
        faults: dict[str, Any] = {
            name: [f"is not a member; there are {', '.join(self._members)}"]
            for name in value
            if name not in self._members
        }
        for name, kind in self._members.items():
            given = value.get(name)
            try:
                if given is not None:
                    kind.check(given)
                elif kind.required:
                    faults[name] = ["is required"]
            except ValidationError as fault:
                faults[name] = fault.messages
        return faults
