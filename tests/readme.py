"""The curl lines of the README and of docs/, and their answers: read, run, and written anew.

``python -m tests.readme --write`` puts the present answers there.
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
#: Every page whose curl lines are run over the sample knowledge base.
PAGES = [README, *sorted((TOP / "docs").glob("*.md"))]
#: A block with one plain question.
BLOCK = re.compile(r"```console\n\$ curl -s 'http://127\.0\.0\.1:8000([^']+)'\n(.*?)```", re.DOTALL)


#: What differs from one run to the next, and what the pages show in its place.
CHANGING = {
    re.compile(r'"recorded_at":"[^"]*"'): '"recorded_at":"2026-11-23T09:30:00.000000Z"',
    re.compile(r'"request_id":"[^"]*"'): '"request_id":"6f1d0c92b85e47a3"',
}


def steady(text: str) -> str:
    """Return an answer in which what differs from one run to the next is constant."""
    for changing, shown in CHANGING.items():
        text = changing.sub(shown, text)
    return text


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield each curl line's path and the answer printed below it."""
    for match in BLOCK.finditer(text):
        yield match[1], match[2]


def answer(base: Base, path: str) -> str:
    """Return what the service answers, as the README prints it: a member or record a line."""
    response = base.get(path)
    if "json" not in response.content_type:
        return response.text.replace("\r\n", "\n")
    return pretty(orjson.loads(steady(response.text))) + "\n"


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


def day(text: str, base: Base) -> str:
    """Return the README with the present answers of the editor's day, run line by line."""
    _, key = access.create(base.store, "Desk 2", "write")

    def renew(match: re.Match[str]) -> str:
        told = curl.run(base, match[1], {"KEY": key})
        if told.startswith("{"):
            told = pretty(orjson.loads(steady(told))) + "\n"
        return f"$ {match[1]}\n{told}"

    return DAY.sub(lambda section: WRITE.sub(renew, section[0]), text)


def main() -> None:
    """Check the pages, or write them."""
    with tempfile.TemporaryDirectory() as folder:
        stale = [page for page in PAGES if not _renewed(page, Path(folder) / f"{page.stem}.db")]
    if stale and "--write" not in sys.argv:
        names = ", ".join(page.name for page in stale)
        raise SystemExit(f"{names} out of date: python -m tests.readme --write")


def _renewed(page: Path, database: Path) -> bool:
    """Return whether a page is as it should be; write it if asked to."""
    store = Store.make(database)
    bundle.load(store, [bundle.sample()], who="readme")
    store.close()
    base = open_base(database)
    text = page.read_text(encoding="utf-8")
    fresh = day(written(text, base), base)
    base.store.close()
    if "--write" in sys.argv:
        page.write_text(fresh, encoding="utf-8")
    return fresh == text


if __name__ == "__main__":
    main()
