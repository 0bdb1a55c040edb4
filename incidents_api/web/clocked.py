"""Single records under clocks: whether one is there, and in view."""

from collections.abc import Mapping
from typing import Any

from incidents_api.contract import ROOT
from incidents_api.model import Record
from incidents_api.storage.clocks import CLOCK_NAMES, Clocks, source, standing
from incidents_api.storage.store import Store
from incidents_api.web.finding import follow, may_see, readable
from incidents_api.web.problems import Refuse


def require(
    store: Store,
    record: type[Record],
    name: str,
    values: Mapping[str, Any],
    *,
    writers: bool = False,
) -> None:
    """Refuse what is asked about a record that cannot be read under a query's clocks.

    Args:
        store: The knowledge base.
        record: Of which resource it is.
        name: Its id.
        values: The query.
        writers: Whether those who may write see what is restricted.

    Raises:
        Refuse: It is not there, has been withdrawn, or is not in view.
        Elsewhere: It has been merged.
        Unreadable: The clocks cannot be told.

    """
    if values.keys().isdisjoint(CLOCK_NAMES):
        readable(store, record.resource, name, writers=writers)
    else:
        _in_time(store, record, name, values, writers=writers)


def _in_time(
    store: Store, record: type[Record], name: str, values: Mapping[str, Any], *, writers: bool
) -> None:
    """Refuse a record that could not be read under the clocks of a query."""
    with store.reading() as connection:
        found = standing(connection, store.tables, record.resource, name, values)
    plural, shown, then = record.resource, repr(name[:80]), f"at transaction {found.known_seq}"
    if found.state is None or not may_see(store, found.shown, writers=writers):
        raise Refuse("not-found", f"There is no record {shown} among the {plural} {then}.")
    if found.state == "merged":
        with store.reading() as connection:
            held = source(Clocks(found.known_seq), store.tables)
            follow(store, plural, name, held, connection)
    if found.state != "live":
        where = f"{ROOT}/{plural}/{name}/history"
        raise Refuse("gone", f"{shown} had been withdrawn {then}; see {where}.")
    if not found.in_view:
        raise Refuse("not-found", f"{shown} is not in view: {_in_view(record)}.")


def _in_view(record: type[Record]) -> str:
    """Say what as_of and said_by leave in view of a resource."""
    clocked, plural = record.clocked, record.resource
    words = []
    if clocked.day:
        days = " or ".join(clocked.day)
        words.append(f"as_of shows {plural} whose {days} is known and not later")
    if clocked.in_force:
        words.append(f"as_of shows {plural} from {' to '.join(clocked.in_force)}")
    if clocked.follows:
        words.append(f"as_of shows {plural} whose {clocked.follows} is in view")
    if clocked.said:
        words.append(f"said_by shows {plural} whose {clocked.said} is known and not later")
    return ", ".join(words)
