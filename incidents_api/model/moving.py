"""Links that move from one record to another: in a record's values, and back again."""

from collections.abc import Callable, Mapping
from typing import Any

from incidents_api.model.fields import Kind, Link, Many, Members, Rows
from incidents_api.model.record import Record

Values = dict[str, Any]
Rename = Callable[[Link, Any], Any]


def moved(
    record: type[Record], values: Mapping[str, Any], resource: str, old: str, new: str
) -> Values:
    """Return a record's values with its links to one record leading to another.

    An entry of a list that the new record has already is not doubled.

    Args:
        record: The resource of the record that links.
        values: Its values, as given.
        resource: The resource of the records that are linked to.
        old: The id from which the links move.
        new: The id to which they move.

    """
    return renamed(record, values, _renaming(resource, old, new))


def renamed(record: type[Record], values: Mapping[str, Any], rename: Rename) -> Values:
    """Return a record's values with each of its links leading where it is told to.

    Args:
        record: The resource of the record that links.
        values: Its values, as given.
        rename: Returns to which id a link is to lead, from its declaration and its present id.

    """
    kinds = record.kinds()
    return {name: _mapped(kinds[name], value, rename) for name, value in values.items()}


def moved_back(
    record: type[Record],
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    resource: str,
    old: str,
    new: str,
) -> Values:
    """Return a record's values with the links that :func:`moved` moved as they were before.

    A link that has been changed since stays as it is.

    Args:
        record: The resource of the record that links.
        before: Its values before the links moved.
        now: Its values now.
        resource: The resource of the records that are linked to.
        old: The id from which the links moved.
        new: The id to which they moved.

    """
    rename = _renaming(resource, old, new)
    kinds = record.kinds()
    return {name: _back(kinds[name], before[name], value, rename) for name, value in now.items()}


def _renaming(resource: str, old: str, new: str) -> Rename:
    return lambda link, value: new if link.resource == resource and value == old else value


def _mapped(kind: Kind, value: Any, rename: Rename) -> Any:
    """Return a value with every link in it renamed; a list in which one was, without doubles."""
    if isinstance(kind, Link):
        return rename(kind, value)
    if isinstance(kind, Members):
        return {name: _mapped(kind.members[name], item, rename) for name, item in value.items()}
    if not isinstance(kind, Many | Rows):
        return value
    of_item = _item(kind) if value else kind
    made = [_mapped(of_item, item, rename) for item in value]
    return value if made == value else _distinct(made)


def _item(kind: Any) -> Kind:
    return kind.item if isinstance(kind, Many) else Members("", kind.members)


def _distinct(items: list[Any]) -> list[Any]:
    return [item for place, item in enumerate(items) if item not in items[:place]]


def _back(kind: Kind, before: Any, now: Any, rename: Rename) -> Any:
    after = _mapped(kind, before, rename)
    if before == after:
        return now
    if now == after:
        return before
    if isinstance(kind, Members):
        return {
            name: _back(kind.members[name], before[name], item, rename)
            for name, item in now.items()
        }
    return _entries_back(_item(kind), before, now, rename) if kind.many else now


def _entries_back(kind: Kind, before: list[Any], now: list[Any], rename: Rename) -> list[Any]:
    """Return a list that has been edited since: what moved and is still in it goes back."""
    pairs = [(item, _mapped(kind, item, rename)) for item in before]
    here = [(item, new) for item, new in pairs if item != new and new in now]
    gone = [new for _, new in here if new not in before]
    back = [item for item, _ in here if item not in now]
    return [item for item in now if item not in gone] + back
