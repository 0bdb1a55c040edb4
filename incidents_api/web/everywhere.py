"""The headers that every answer has, whatever it is: added where the answer leaves the program.

They are constant, so a step around the whole application appends them to a list. Put into each
answer, each of them would be looked at four times, and together cost as much as the query.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from incidents_api.contract import DOCS, SECURITY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

#: The page of the documentation runs the scripts that are here, and nothing that stands in it.
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
PAGE: Final = SECURITY | {"Content-Security-Policy": _PAGE_POLICY}


class Everywhere:
    """A WSGI application around another, which adds headers to all of its answers.

    Args:
        answer: The application that answers.
        more: Headers that all answers have besides those of security.

    """

    def __init__(self, answer: "WSGIApplication", more: Mapping[str, str]) -> None:
        self.answer = answer
        self._data = [*more.items(), *SECURITY.items()]
        self._page = [*more.items(), *PAGE.items()]

    def __call__(self, environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        added = self._page if environ["PATH_INFO"].startswith(DOCS) else self._data

        def started(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            return start(status, headers + added, *fault)

        return self.answer(environ, started)


def add(app: Flask, more: Mapping[str, str]) -> None:
    """Have all answers of an application leave with these headers and those of security."""
    app.wsgi_app = Everywhere(app.wsgi_app, more)  # type: ignore[method-assign, assignment]
