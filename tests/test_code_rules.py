"""What the program never does: run text as code, or ask others over the network."""

import ast
import socket
from typing import Any

import pytest

from tests.conftest import Base
from tests.test_project import imports, modules, tree

#: What asks others over the network, or runs what somebody wrote.
FORBIDDEN = {
    *("requests", "urllib3", "http", "urllib.request", "httpx", "aiohttp", "ftplib", "smtplib"),
    *("telnetlib", "pickle", "marshal", "shelve", "subprocess"),
}
CALLS = {"eval", "exec", "Markup", "render_template_string", "system", "popen"}


def forbidden(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in FORBIDDEN)


def called(module: ast.Module) -> list[str]:
    """Return the names of what a module calls that it must not."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            unsafe = name.split(".")[-1] in CALLS or name == "yaml.load"
            if unsafe or any(word.arg == "shell" for word in node.keywords):
                found.append(name)
    return found


@modules
def test_nothing_asks_others_or_runs_what_was_written(path: Any) -> None:
    assert [name for name in imports(path) if forbidden(name)] == []
    assert called(tree(path)) == []


def test_what_must_not_be_would_be_found() -> None:
    assert [name for name in ("http.client.X", "urllib.request.urlopen") if forbidden(name)]
    assert not forbidden("urllib.parse.quote")
    assert called(ast.parse("eval('1'); run('x', shell=True); Markup(x); yaml.load(x)")) == [
        *("eval", "run", "Markup", "yaml.load")
    ]


def test_no_request_makes_an_outgoing_connection(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        pytest.fail(f"connects to {given[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    paths = ("incidents", "export?format=sqlite", "export?format=bundle", "docs/", "aggregate")
    assert [base.get(f"/v1/{path}").status_code for path in paths] == [200] * len(paths)
    source = base.json("/v1/sources?limit=1")["data"][0]
    given = {"title": "A report", "source_type": source["source_type"]}
    answer = base.write("POST", "/v1/sources", given | {"url": "https://example.org/a"})
    assert answer.status_code == 201, answer.text
    with pytest.raises(pytest.fail.Exception):
        socket.create_connection(("127.0.0.1", 9))
