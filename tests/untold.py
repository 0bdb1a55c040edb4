"""What no log and no answer may tell, whatever happens: keys, paths, SQL and tracebacks.

The whole suite is watched: every answer of 400 and more that a client of the tests gets, and every
line that a server of the tests printed, is looked through here.
"""

import re
from pathlib import Path
from typing import Any, Final

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

#: Of the engine, of the program's files, of the libraries.
UNTOLD: Final = (
    *("SELECT", "INSERT INTO", "UPDATE ", "Traceback", 'File "', "site-packages"),
    *("incidents_api/", ".py", "sqlite3."),
)
#: A whole key, with its secret; its public beginning alone may be told.
KEY: Final = re.compile(r"iak_[0-9A-Za-z]{8}_[0-9A-Za-z]{20,}")


def found_in(text: str, *, path: Path | str | None = None, asked: str = "") -> list[str]:
    """Return what a text tells that nobody may be told.

    Args:
        text: An answer, or what a server printed.
        path: The database, or its folder.
        asked: What the client sent: nobody but he can read his own words back.

    """
    hidden = [*UNTOLD, *([str(path)] if path else [])]
    told = [words for words in hidden if words in text and words not in asked]
    return told + ["a key" for key in KEY.findall(text) if key not in asked]


class Watched(FlaskClient):
    """A client that looks through each refusal it is given."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask, and look through the answer if it is a refusal."""
        answer = super().open(*args, **kwargs)
        if answer.status_code >= 400 and not answer.is_streamed:
            asked = f"{args} {kwargs.get('data')} {kwargs.get('json')}"
            path = self.application.extensions["incidents"].store.path
            shown = f"{answer.headers} {answer.text}"
            told = found_in(shown, path=path, asked=asked)
            assert not told, f"{asked[:200]} was told {told}: {shown}"
        return answer


def assert_untold(log: Path, *, path: Path) -> None:
    """Look through all that a server printed about a database."""
    told = found_in(log.read_text(encoding="utf-8", errors="replace"), path=path)
    assert not told, f"{log} tells {told}"
