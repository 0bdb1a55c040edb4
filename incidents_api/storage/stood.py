"""How a claim stood before it was retracted, refuted or disputed, as SQL."""

from typing import Final

from incidents_api.model.claims import ACTIVE

_ACTIVE: Final = f"'{ACTIVE}'"
#: The members that say how a claim stands, with what they say of one of which nothing is known.
_STOOD: Final = {"status": _ACTIVE, "status_from": "NULL", "status_reason": "NULL"}


def changed_after(day: str) -> str:
    """Return whether a claim, ``v``, stands as it does only since after a day, a text as SQL."""
    return f"(v.status_from > {day} AND v.status <> {_ACTIVE})"


def as_it_stood(day: str) -> dict[str, str]:
    """Return the columns of a claim, ``v``, that say how it stood on a day.

    ``v.made`` is whether it is superseded.
    """
    later, told = changed_after(day), "json(iif(v.made, 'true', 'false'))"
    stood = {name: f"iif({later}, {value}, v.{name})" for name, value in _STOOD.items()}
    members = ", ".join(f"'$.{name}', {value}" for name, value in stood.items())
    document = f"json_set(v.document, '$.superseded', {told}, {members})"
    return {**stood, "superseded": "v.made", "document": document}
