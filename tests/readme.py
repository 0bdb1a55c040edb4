"""The README's curl lines and their answers: read, run, and written anew.

``python -m tests.readme --write`` puts the present answers into README.md.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson

from incidents_api import bundle
from incidents_api.storage import access
from incidents_api.storage.store import Store
from tests import curl
from tests.conftest import TOP, Base, open_base

README = TOP / "README.md"
#: A block with one plain question.
BLOCK = re.compile(r"```console\n\$ curl -s 'http://127\.0\.0\.1:8000([^']+)'\n(.*?)```", re.DOTALL)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each curl line's path and the answer printed below it."""
    for match in BLOCK.finditer(text):
        yield match[1], match[2]


def answer(base: Base, path: str) -> str:
    """Return what the service answers, as the README prints it: a member or record a line."""
    response = base.get(path)
    if "json" not in response.content_type:
        return response.text.replace("\r\n", "\n")
    return pretty(response.get_json()) + "\n"


def pretty(value: object, indent: str = "") -> str:
    """Return JSON with short objects on one line."""
    line = orjson.dumps(value).decode()
    if len(line) + len(indent) <= 110 or not value or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{orjson.dumps(k).decode()}: {pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner + item for item in items) + f"\n{indent}}}"
    items = [pretty(item, inner) for item in value]
    return "[\n" + ",\n".join(inner + item for item in items) + f"\n{indent}]"


def written(text: str, base: Base) -> str:
    """Return the README with the present answers."""

    def renew(match: re.Match[str]) -> str:
        line = f"$ curl -s 'http://127.0.0.1:8000{match[1]}'"
        return f"```console\n{line}\n{answer(base, match[1])}```"

    return BLOCK.sub(renew, text)


#: A curl line with options, over one or several lines.
WRITE = re.compile(r"\$ (curl -s (?:[^\n]*\\\n)*[^\n]*)\n((?:(?!\$ |```)[^\n]*\n)*)")
DAY = re.compile(r"## An editor's day\n.*?\n## ", re.DOTALL)
TIME = re.compile(r'"recorded_at":"[^"]*"')


def day(text: str, base: Base) -> str:
    """Return the README with the present answers of the editor's day, run line by line."""
    _, key = access.create(base.store, "Desk 2", "write")

    def renew(match: re.Match[str]) -> str:
        told = curl.run(base, match[1], {"KEY": key})
        if told.startswith("{"):
            shown = TIME.sub('"recorded_at":"2026-11-23T09:30:00.000000Z"', told)
            told = pretty(orjson.loads(shown)) + "\n"
        return f"$ {match[1]}\n{told}"

    return DAY.sub(lambda section: WRITE.sub(renew, section[0]), text)


def main() -> None:
    """Check the README, or write it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.make(Path(folder) / "sample.db")
        bundle.load(store, [bundle.sample()], who="readme")
        store.close()
        base = open_base(Path(folder) / "sample.db")
        text = README.read_text(encoding="utf-8")
        fresh = day(written(text, base), base)
        base.store.close()
    if "--write" in sys.argv:
        README.write_text(fresh, encoding="utf-8")
    elif fresh != text:
        raise SystemExit("README.md is out of date: python -m tests.readme --write")


if __name__ == "__main__":
    main()
