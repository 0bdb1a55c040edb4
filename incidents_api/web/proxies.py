"""Whom to believe that a request was made by another, at another address: named proxies.

Anybody can send ``X-Forwarded-For``. Only what a named proxy says in it counts, and of a chain
only as far as each that tells of the next is named too: a client cannot make itself another.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from incidents_api.setting_checks import UNIX, names, networks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class Proxies:
    """A WSGI application around another, which is told who asks where a proxy asks for them.

    Args:
        answer: The application that answers.
        proxies: The proxies' addresses and networks, separated by commas; ``unix`` is one on a
            Unix socket.

    """

    def __init__(self, answer: "WSGIApplication", proxies: str) -> None:
        self._answer = answer
        self._fixed = ProxyFix(answer, x_for=0, x_proto=1, x_host=1)
        self._networks = networks(proxies)
        self._unix = UNIX in names(proxies)

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a request: a proxy's as its client's, to the host and scheme that it names."""
        asking = environ.get("REMOTE_ADDR", "")
        if not self._named(asking):
            return self._answer(environ, start)
        environ["REMOTE_ADDR"] = self._client(asking, environ.get("HTTP_X_FORWARDED_FOR", ""))
        return self._fixed(environ, start)

    def _client(self, asking: str, told: str) -> str:
        """Return the nearest address that is no named proxy's; each was told of by the next one."""
        for address in reversed(told.split(",")):
            if not self._named(asking) or not _address(address.strip()):
                break
            asking = address.strip()
        return asking

    def _named(self, address: str) -> bool:
        if not address:
            return self._unix
        found = _address(address)
        return found is not None and any(found in network for network in self._networks)


def _address(text: str) -> Any:
    """Return an address; an IPv4 one that is written as an IPv6 one is itself. None for others."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def believe(app: Flask, settings: dict[str, Any]) -> None:
    """Let an application believe the proxies that the settings name, if they name any."""
    if proxies := settings["proxies"]:
        app.wsgi_app = Proxies(app.wsgi_app, proxies)  # type: ignore[method-assign, assignment]
