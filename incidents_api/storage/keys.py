"""From ids to keys, within one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

Referrer = tuple[str, str, str]
#: So many who refer to one record that never came are named; more would say no more.
MOST_NAMED: Final = 100


class Keys:
    """Knows the key of every record that a transaction meets.

    A record may be referred to before it is written: its key is reserved, with who asked for it,
    and whatever has not arrived at the end is a link that leads nowhere.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._next: dict[str, int] = {}
        self._awaited: dict[tuple[str, str], dict[Referrer, None]] = {}

    def learn(self, resource: str, keys: Mapping[str, int]) -> None:
        """Remember the keys of records that are stored."""
        self._known[resource].update(keys)

    def find(self, resource: str, names: Iterable[str]) -> dict[int, str]:
        """Look up the records whose keys are not known yet, and return their states by key."""
        known = self._known[resource]
        missing = [name for name in names if name not in known]
        states: dict[int, str] = {}
        if missing:
            sql = (
                f"SELECT id, pk, state FROM {resource} WHERE id IN (SELECT value FROM json_each(?))"
            )
            for name, key, state in self._connection.execute(
                sql, (orjson.dumps(missing).decode(),)
            ):
                known[name] = key
                states[key] = state
        return states

    def reserve(self, resource: str, name: str, referrer: Referrer | None = None) -> int:
        """Return the key of a record, a new one if it is not there (yet)."""
        known = self._known[resource]
        key = known.get(name)
        if key is None:
            key = known[name] = self._new(resource)
            if referrer:
                self._awaited[resource, name] = {}
        if referrer and self._awaited:
            waiting = self._awaited.get((resource, name))
            if waiting is not None and len(waiting) < MOST_NAMED:
                waiting[referrer] = None
        return key

    def _new(self, resource: str) -> int:
        if resource not in self._next:
            sql = f"SELECT coalesce(max(pk), 0) FROM {resource}"
            self._next[resource] = self._connection.execute(sql).fetchone()[0]
        self._next[resource] += 1
        return self._next[resource]

    def arrived(self, resource: str, name: str) -> bool:
        """Note that a record is there, and return whether another referred to it before it came."""
        return bool(self._awaited) and self._awaited.pop((resource, name), None) is not None

    def dangling(self) -> list[tuple[str, str, Referrer]]:
        """Return the records that were referred to and never came, with who refers to them."""
        return [
            (resource, name, who)
            for (resource, name), waiting in self._awaited.items()
            for who in waiting
        ]
