"""Who asks: the key of a request, by the Bearer scheme (RFC 6750).

No answer and no log repeats a key: it may have been one mistyped character away from a good one.
"""

from typing import Final

from flask import Flask, request

from incidents_api.contract import DOCS, OPEN
from incidents_api.storage import access
from incidents_api.storage.access import Key
from incidents_api.storage.levels import PUBLIC, RESTRICTED
from incidents_api.storage.store import Store, now
from incidents_api.web.problems import Refuse

#: Where a request keeps the public id of its key once that was found to be good, and that a key was
#: not: what counts requests (limits.py) looks there.
GOOD: Final = "incidents.good_key"
FAILED: Final = "incidents.failed_key"

_CHALLENGE: Final = 'Bearer realm="incidents-api"'


def bearer() -> str | None:
    """Return the key that the request brings, as it stands; None if it brings none.

    Raises:
        Refuse: Authorization is of another scheme, or damaged.

    """
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, text = given.strip().partition(" ")
    text = text.lstrip(" ")
    if scheme.lower() != "bearer":
        raise _invalid("Authorization must be of the Bearer scheme")
    if access.public_id(text) is None:
        raise _invalid("The key is damaged: copy all of it, from iak_ to the last character")
    return text


def require(store: Store, scope: str) -> Key:
    """Return the key of the request.

    Raises:
        Refuse: There is none, it is not known here, has ended, or may not do what the scope allows.

    """
    text = bearer()
    if text is None:
        words = "This needs a key: send it as Authorization: Bearer KEY"
        raise _refused("unauthorized", words, _CHALLENGE)
    key = access.find(store, text)
    if key is None:
        raise _invalid("There is no such key here")
    if ended := key.ended(now()):
        raise _invalid(f"The key {ended}")
    request.environ[GOOD] = key.id
    if not key.may(scope):
        words = f"This needs a key of scope {scope}; this one has {key.scope}"
        raise _refused("forbidden", words, _challenge("insufficient_scope", words, scope=scope))
    access.used(store, key)
    return key


def close(app: Flask, store: Store) -> None:
    """Have all of an application ask for a key, but for what a client must know to bring one."""
    opened = {rule.endpoint for rule in app.url_map.iter_rules() if _is_open(rule.rule)}

    @app.before_request
    def ask() -> None:
        if request.method != "OPTIONS" and request.endpoint not in opened:
            require(store, "read")


def _is_open(rule: str) -> bool:
    """Return whether a route is open in a service that is closed."""
    return rule == "/" or rule.startswith(DOCS) or rule.replace("<", "{").replace(">", "}") in OPEN


def may(store: Store, scope: str) -> bool:
    """Return whether the request brings a key that may do what a scope allows."""
    if "HTTP_AUTHORIZATION" not in request.environ:
        return False
    try:
        require(store, scope)
    except Refuse:
        return False
    return True


def level(store: Store) -> int:
    """Return what whoever asks may see: who may write sees what is restricted too."""
    return RESTRICTED if may(store, "write") else PUBLIC


def _invalid(words: str) -> Refuse:
    request.environ[FAILED] = True
    return _refused("unauthorized", words, _challenge("invalid_token", words))


def _challenge(error: str, words: str, **more: str) -> str:
    """Return a challenge that says what was wrong with the key (RFC 6750 section 3)."""
    told = {"error": error, "error_description": words, **more}
    return ", ".join((_CHALLENGE, *(f'{name}="{value}"' for name, value in told.items())))


def _refused(name: str, words: str, challenge: str) -> Refuse:
    return Refuse(
        name,
        f"{words}.",
        errors=[{"header": "Authorization", "detail": words}],
        headers={"WWW-Authenticate": challenge},
    )
