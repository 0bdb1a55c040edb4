"""The limits that the settings set, asked where something may be beyond them.

What the released contract fixes, such as the lengths of a record's texts and lists, stands with the
fields; docs/limits.md has both. A setting may allow less than the contract, never more.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import current_app

from incidents_api.storage.grammar import MOST
from incidents_api.storage.parameters import Unreadable
from incidents_api.web import bodies

#: The parameters that say how many records to answer with.
_PAGED: Final = ("limit", "sample")


def allowed(name: str) -> int:
    """Return what a setting of this name allows."""
    return int(current_app.extensions["incidents"].settings[name])


def body(types: Sequence[str], name: str) -> tuple[Any, list[bodies.Fault]]:
    """Read the request's body as JSON, no longer than a setting allows.

    Args:
        types: The media types that are taken.
        name: The setting's name.

    Raises:
        Refuse: As :func:`incidents_api.web.bodies.read` does.

    """
    return within(types, allowed(name))


def within(types: Sequence[str], most: int) -> tuple[Any, list[bodies.Fault]]:
    """Read the request's body as JSON, of so many bytes at most.

    Raises:
        Refuse: As :func:`incidents_api.web.bodies.read` does.

    """
    return bodies.read(types, most, allowed("json_depth"))


def check_search(given: Any) -> None:
    """Refuse the body of a search that has more parameters, or asks for more, than is allowed.

    Raises:
        Unreadable: It does.

    """
    if type(given) is dict:
        if len(given) > (most := allowed("query_parameters")):
            raise Unreadable({"": [f"has {len(given):,} parameters; {most} are allowed"]})
        check_page(given.items())


def check_page(given: Iterable[tuple[str, Any]]) -> None:
    """Refuse a page that is larger than is allowed here, where that is less than anywhere.

    Args:
        given: The parameters as they were given; whatever is no number is refused elsewhere.

    Raises:
        Unreadable: It is larger.

    """
    most = allowed("page_records")
    faults = {
        name: [f"is {value}; it must be from 1 to {most} here"]
        for name, value in given
        if name in _PAGED and most < _number(value) <= MOST
    }
    if faults:
        raise Unreadable(faults)


def _number(value: Any) -> int:
    """Return a number that is given as itself or as text; 0 for what is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
