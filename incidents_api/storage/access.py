"""Who may write: keys, of which the database holds a hash and nothing else.

A key is ``iak_``, eight characters of public id, ``_``, 32 random characters and the CRC-32 of all
before it. What is damaged or no key at all is refused without asking the database. One round of
SHA-256 is enough at rest: slow hashes protect words that people choose, and nobody goes through
190 random bits.
"""

import hmac
import re
import secrets
import string
import unicodedata
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

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


@dataclass(frozen=True)
class Key:
    """A key that is known, without its secret.

    Attributes:
        id: The part of it that may be told.
        owner: Whose it is; the history shows it.
        scope: The most that it may do, one of ``SCOPES``.
        created_at: When it was made, in UTC.

    """

    id: str
    owner: str
    scope: str
    created_at: str

    def may(self, scope: str) -> bool:
        """Return whether it may do what a scope allows."""
        return SCOPES.index(scope) <= SCOPES.index(self.scope)


def create(store: Store, owner: str, scope: str) -> tuple[Key, str]:
    """Make a key, and return it with its text, which is kept nowhere.

    It is no transaction of the knowledge base: it has no number and is no change.

    Raises:
        WrongOwner: The owner is empty, too long, or holds control characters.

    """
    key = Key(_random(8), _checked(owner), scope, now())
    text = f"iak_{key.id}_{_random(32)}"
    text += _checksum(text)
    with store.exclusive() as connection:
        connection.execute(
            "INSERT INTO keys (id, hash, owner, scope, created_at) VALUES (?, ?, ?, ?, ?)",
            (key.id, _hash(text), key.owner, key.scope, key.created_at),
        )
        connection.execute("COMMIT")
    return key, text


def find(store: Store, text: str) -> Key | None:
    """Return the key that this is the text of, or None if there is none."""
    name = public_id(text)
    if name is None:
        return None
    sql = "SELECT hash, owner, scope, created_at FROM keys WHERE id = ?"
    row = store.connection.execute(sql, (name,)).fetchone()
    if row is None or not hmac.compare_digest(row[0], _hash(text)):
        return None
    return Key(name, *row[1:])


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
