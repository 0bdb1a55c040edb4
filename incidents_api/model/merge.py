"""JSON Merge Patch (RFC 7396): a change of a record, written as the part that is to differ."""

from typing import Any


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
