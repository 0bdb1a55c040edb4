"""Who may read and write: keys, of which the database holds a hash and nothing else.

A key is ``iak_``, eight characters of public id, ``_``, 32 random characters and the CRC-32 of all
before it. What is damaged or no key at all is refused without asking the database. One round of
SHA-256 is enough at rest: slow hashes protect words that people choose, and nobody goes through
190 random bits.

A key ends on its day, or when it is revoked; one that is replaced goes on beside the new one for a
while, so that whoever uses it loses no request. What is done with keys stands in the audit trail.
"""

import hmac
import re
import secrets
import string
import unicodedata
import zlib
from contextlib import suppress
from dataclasses import astuple, dataclass, fields, replace
from hashlib import sha256
from typing import Any, Final

from incidents_api.storage import audit
from incidents_api.storage.failures import Busy, NoRoom, Unusable
from incidents_api.storage.store import Store, now

#: What a key may do; each includes those before it.
SCOPES: Final = ("read", "write", "admin")
LONGEST_OWNER: Final = 100

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SHAPE: Final = re.compile(r"(iak_([0-9A-Za-z]{8})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})")
#: Unicode categories that an owner's name may not hold: controls, broken characters, line ends.
_UNSHOWN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


class WrongOwner(Exception):
    """A name that cannot be an owner's; the message says why."""


class NoSuchKey(Exception):
    """There is no key of this public id, or it has ended; the message says which."""


@dataclass(frozen=True)
class Key:
    """A key that is known, without its secret. Times are in UTC.

    Attributes:
        id: The part of it that may be told.
        owner: Whose it is; the history shows it.
        scope: The most that it may do, one of ``SCOPES``.
        created_at: When it was made.
        expires_at: When it ends; None if it does not.
        revoked_at: When it was revoked; None if it was not.
        last_used_at: The hour in which it was last used; None if it never was.
        replaces: The public id of the key that it was made to replace.

    """

    id: str
    owner: str
    scope: str
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None
    replaces: str | None = None

    def may(self, scope: str) -> bool:
        """Return whether it may do what a scope allows."""
        return SCOPES.index(scope) <= SCOPES.index(self.scope)

    def ended(self, time: str) -> str | None:
        """Return since when and why it is good for nothing any more, or None while it is good."""
        if self.revoked_at:
            return f"was revoked on {self.revoked_at[:19]}Z"
        if self.expires_at and self.expires_at <= time:
            return f"expired on {self.expires_at[:19]}Z"
        return None


_COLUMNS: Final = ", ".join(member.name for member in fields(Key))


def create(
    store: Store,
    owner: str,
    scope: str,
    *,
    expires_at: str | None = None,
    who: str = "incidents-api",
    why: str | None = None,
) -> tuple[Key, str]:
    """Make a key, and return it with its text, which is kept nowhere.

    It is no transaction of the knowledge base: it has no number and is no change.

    Args:
        store: The knowledge base.
        owner: Whose it is.
        scope: What it may do.
        expires_at: When it ends, in UTC; None if it does not.
        who: On whose authority it is made, for the audit trail.
        why: For what reason.

    Raises:
        WrongOwner: The owner is empty, too long, or holds control characters.

    """
    key, text = _made(_checked(owner), scope, expires_at)
    with store.exclusive() as connection:
        _enter(connection, key, text)
        audit.note(connection, "create key", who, about=key.id, why=why)
        connection.execute("COMMIT")
    return key, text


def rotate(
    store: Store, name: str, ends_at: str, *, who: str = "incidents-api", why: str | None = None
) -> tuple[Key, str]:
    """Make a key in the place of another, of the same owner and scope; both are good for a while.

    Args:
        store: The knowledge base.
        name: The public id of the key to be replaced.
        ends_at: When that one ends, in UTC, if it does not end before.
        who: On whose authority.
        why: For what reason.

    Raises:
        NoSuchKey: It is not there, or has ended.

    """
    with store.exclusive() as connection:
        old = _standing(connection, name)
        key, text = _made(old.owner, old.scope, old.expires_at)
        key = replace(key, replaces=name)
        _enter(connection, key, text)
        ends = min(ends_at, old.expires_at or ends_at)
        connection.execute("UPDATE keys SET expires_at = ? WHERE id = ?", (ends, name))
        audit.note(connection, "rotate key", who, about=f"{name} to {key.id}", why=why)
        connection.execute("COMMIT")
    return key, text


def revoke(store: Store, name: str, *, who: str = "incidents-api", why: str | None = None) -> None:
    """End a key at once.

    Raises:
        NoSuchKey: It is not there, or has ended.

    """
    with store.exclusive() as connection:
        _standing(connection, name)
        connection.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", (now(), name))
        audit.note(connection, "revoke key", who, about=name, why=why)
        connection.execute("COMMIT")


def listed(store: Store) -> list[Key]:
    """Return all keys, those that have ended too, the oldest first."""
    sql = f"SELECT {_COLUMNS} FROM keys ORDER BY created_at, id"
    return [Key(*row) for row in store.connection.execute(sql)]


def find(store: Store, text: str) -> Key | None:
    """Return the key that this is the text of, even if it has ended, or None if there is none."""
    name = public_id(text)
    if name is None:
        return None
    sql = f"SELECT hash, {_COLUMNS} FROM keys WHERE id = ?"
    row = store.connection.execute(sql, (name,)).fetchone()
    if row is None or not hmac.compare_digest(row[0], _hash(text)):
        return None
    return Key(*row[1:])


def used(store: Store, key: Key) -> None:
    """Note the hour in which a key is used, unless others are writing just now.

    Whoever reads never waits for it, and where nothing can be written nothing is noted.
    """
    hour = now()[:13]
    if (key.last_used_at or "")[:13] == hour:
        return
    with suppress(Busy, NoRoom, Unusable), store.exclusive(patience=0) as connection:
        sql = "UPDATE keys SET last_used_at = ? WHERE id = ?"
        connection.execute(sql, (f"{hour}:00:00.000000Z", key.id))
        connection.execute("COMMIT")


def _made(owner: str, scope: str, expires_at: str | None) -> tuple[Key, str]:
    """Return a new key and its text."""
    key = Key(_random(8), owner, scope, now(), expires_at)
    text = f"iak_{key.id}_{_random(32)}"
    return key, text + _checksum(text)


def _enter(connection: Any, key: Key, text: str) -> None:
    marks = ", ".join("?" * len(fields(Key)))
    sql = f"INSERT INTO keys (hash, {_COLUMNS}) VALUES (?, {marks})"
    connection.execute(sql, (_hash(text), *astuple(key)))


def _standing(connection: Any, name: str) -> Key:
    """Return a key that has not ended.

    Raises:
        NoSuchKey: It is not there, or has ended.

    """
    sql = f"SELECT {_COLUMNS} FROM keys WHERE id = ?"
    row = connection.execute(sql, (name,)).fetchone()
    if row is None:
        raise NoSuchKey(f"there is no key {name!r}: incidents-api keys list shows their ids")
    key = Key(*row)
    if words := key.ended(now()):
        raise NoSuchKey(f"the key {name} {words}")
    return key


def public_id(text: str) -> str | None:
    """Return the public id in a key's text, or None if it is damaged or no key at all."""
    found = _SHAPE.fullmatch(text)
    return found[2] if found and _checksum(found[1]) == found[3] else None


def _checked(owner: str) -> str:
    owner = owner.strip()
    if not owner:
        raise WrongOwner("the owner is empty: say whose key it is")
    if len(owner) > LONGEST_OWNER:
        raise WrongOwner(f"the owner has {len(owner)} characters; {LONGEST_OWNER} are allowed")
    if any(unicodedata.category(character) in _UNSHOWN for character in owner):
        raise WrongOwner("the owner must be text without control characters")
    return owner


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(text: str) -> str:
    """Return the CRC-32 of an ASCII text in six base62 characters."""
    number = zlib.crc32(text.encode())
    found = ""
    for _ in range(6):
        number, digit = divmod(number, len(_ALPHABET))
        found = _ALPHABET[digit] + found
    return found


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()
