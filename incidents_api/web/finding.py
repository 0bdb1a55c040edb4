"""Finding the record that an address names: there, withdrawn, merged into another, or hidden."""

from typing import Any

from incidents_api.contract import ROOT
from incidents_api.storage.clocks import Source
from incidents_api.storage.levels import is_public
from incidents_api.storage.store import Found, Store
from incidents_api.storage.survivors import survivor
from incidents_api.web import access, answers
from incidents_api.web.problems import Elsewhere, Refuse


def readable(store: Store, resource: str, name: str, *, writers: bool = False) -> Found:
    """Return a record that stands and that whoever asks may see.

    Args:
        store: The knowledge base.
        resource: Of which resource it is.
        name: Its id.
        writers: Whether those who may write see what is restricted.

    Raises:
        Refuse: It is not there, or has been withdrawn.
        Elsewhere: It has been merged.

    """
    found = visible(store, resource, name, writers=writers)
    if found.state == "merged":
        follow(store, resource, name)
    if found.state != "live":
        words = f"{name!r} has been withdrawn; see {ROOT}/{resource}/{name}/history."
        raise Refuse("gone", words)
    return found


def visible(store: Store, resource: str, name: str, *, writers: bool = False) -> Found:
    """Return a record that everybody may see, or might have seen before it was withdrawn.

    Args:
        store: The knowledge base.
        resource: Of which resource it is.
        name: Its id.
        writers: Whether those who may write see what is restricted: they could not edit it
            without its state.

    Raises:
        Refuse: It is not there.

    """
    found = store.get(resource, name)
    if found is None or not may_see(store, found.shown, writers=writers):
        raise Refuse("not-found", f"There is no record {name[:80]!r} among the {resource}.")
    return found


def may_see(store: Store, shown: int, *, writers: bool) -> bool:
    """Return whether whoever asks may see a record of a level, or might before it was withdrawn.

    Args:
        store: The knowledge base.
        shown: The level.
        writers: Whether those who may write see what is restricted.

    """
    return is_public(shown) or (writers and access.may(store, "write"))


def follow(
    store: Store, resource: str, name: str, read: Source = str, connection: Any = None
) -> None:
    """Send a reader of a merged record on to the record that survives it.

    Args:
        store: The knowledge base.
        resource: Of which resource the record is.
        name: The id of the record, which may have been merged.
        read: What to read each table from: under ``known_at``, what was known then.
        connection: The connection to read with, if not the reader's own.

    Raises:
        Elsewhere: It has been merged.
        Refuse: It has been, but whoever asks may not see the survivor.

    """
    last = survivor(connection or store.connection, read, resource, name)
    if last is None:
        return
    if not may_see(store, last.shown, writers=True):
        raise Refuse("not-found", f"There is no record {name[:80]!r} among the {resource}.")
    address = answers.address()
    raise Elsewhere(last.id, address.replace(f"/{resource}/{name}", f"/{resource}/{last.id}", 1))
