"""Which other sites' pages may read and write (the CORS protocol of the Fetch standard).

Two headers on an answer and three on a preflight; a general extension spends a tenth of a whole
request on finding out that they are always the same.
"""

from typing import Final

from flask import Response, request

from incidents_api.contract import EXPOSED, IDEMPOTENCY_KEY

_PREFLIGHT: Final = {
    "Access-Control-Allow-Headers": (
        f"Accept, Authorization, Content-Type, If-Match, If-None-Match, {IDEMPOTENCY_KEY}"
    ),
    "Access-Control-Max-Age": "86400",
}


class Sites:
    """The sites whose pages may read.

    Args:
        names: ``*`` for all, or origins such as https://example.org, separated by commas.

    """

    def __init__(self, names: str) -> None:
        self._names = frozenset(name.strip() for name in names.split(","))
        self._all = "*" in self._names
        self._exposed = ", ".join(EXPOSED)

    @property
    def constant(self) -> dict[str, str]:
        """The headers that are the same for all who ask; none where it depends on who does."""
        if not self._all:
            return {}
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": self._exposed,
        }

    def allow(self, response: Response) -> None:
        """Say in an answer whether the page that asked may read it, where not all answers do."""
        headers = response.headers
        if not self._all:
            # The answer depends on who asks: caches must know, also where it is no.
            headers.add("Vary", "Origin")
            origin = request.headers.get("Origin")
            if origin not in self._names:
                return
            headers["Access-Control-Allow-Origin"] = str(origin)
            headers["Access-Control-Expose-Headers"] = self._exposed
        if request.method == "OPTIONS":
            headers.update(_PREFLIGHT)
            headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
