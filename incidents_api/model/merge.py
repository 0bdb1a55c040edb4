"""JSON Merge Patch (RFC 7396): a change of a record, written as the part that is to differ."""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents_api.model.faults import Path
from incidents_api.model.fields import Kind, Members


def merged(target: Any, patch: Any) -> Any:
    """Return a JSON value as a patch changes it: null takes a member away, a list is replaced.

    Neither argument is changed; the result may share parts with both.
    """
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value)
    return made


def strange(kinds: Mapping[str, Kind], patch: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the members that a patch takes away but no record has: merging passes over them."""
    for name, value in patch.items():
        kind = kinds.get(name)
        if kind is None and value is None:
            yield (name,)
        elif isinstance(kind, Members) and isinstance(value, dict):
            yield from ((name, *path) for path in strange(kind.members, value))
