"""Curl lines of the README, done by the test client: the few options that stand there."""

import re
import shlex
from typing import Any

from werkzeug.test import TestResponse

from tests.conftest import Base

HOME = "http://127.0.0.1:8000"


def run(base: Base, line: str, environment: dict[str, str]) -> str:
    """Run a curl line and return what curl prints.

    Args:
        base: The service.
        line: The command, as it stands; ``\\`` at line ends allowed.
        environment: The shell's variables.

    """
    given = shlex.split(re.sub(r"\\\n\s*", " ", line))
    assert given[:2] == ["curl", "-s"], line
    asked: dict[str, Any] = {"method": "GET", "headers": {}}
    printed = ""
    rest = iter(given[2:])
    for word in rest:
        if word == "-X":
            asked["method"] = next(rest)
        elif word == "-H":
            name, _, value = _filled(next(rest), environment).partition(": ")
            asked["headers"][name] = value
        elif word == "-d":
            asked["data"] = next(rest)
        elif word == "-o":
            assert next(rest) == "/dev/null"
        elif word == "-w":
            printed = next(rest)
        else:
            asked["path"] = word.removeprefix(HOME)
    path = asked.pop("path")
    response = base.client.open(path, **asked)
    return _written(printed, response) if printed else response.text


def _filled(text: str, environment: dict[str, str]) -> str:
    """Put a shell's variables into a text."""
    return re.sub(r"\$(\w+)", lambda found: environment[found[1]], text)


def _written(wanted: str, response: TestResponse) -> str:
    """Return what -w prints: the status and headers."""
    text = wanted.replace("%{http_code}", str(response.status_code)).replace("\\n", "\n")
    return re.sub(r"%header\{([\w-]+)\}", lambda found: response.headers.get(found[1], ""), text)
