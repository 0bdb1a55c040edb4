"""The last release's contract, and what of the present one breaks its clients.

``python -m tests.contract`` says what breaks; with ``--release`` it writes the contract of
``openapi.yaml`` as the one that is released with this version.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from incidents_api import __version__
from tests.conftest import TOP
from tests.contract_schemas import ANY, Json, Schemas, binding, followed

RELEASED: Final = TOP / "tests" / "released"
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def breaking(old: Json, new: Json) -> list[str]:
    """Return what breaks clients of the old document in the new one: place and change."""
    return list(dict.fromkeys(_Comparison(binding(old), binding(new)).faults()))


class _Comparison:
    """Compares two documents: what was offered must be offered still, in the same terms."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old = old
        self.new = new
        self.schemas = Schemas(old, new)

    def faults(self) -> Iterator[str]:
        urls = {server["url"] for server in self.new.get("servers", [])}
        for server in self.old.get("servers", []):
            if server["url"] not in urls:
                yield f"server {server['url']}: is gone"
        paths = self.new.get("paths", {})
        for path, item in self.old.get("paths", {}).items():
            if path not in paths:
                yield f"{path}: is gone"
                continue
            for method in METHODS:
                place = f"{method.upper()} {path}"
                if method in item and method not in paths[path]:
                    yield f"{place}: is gone"
                elif method in item:
                    yield from self._operation(item, paths[path], method, place)

    def _operation(self, was: Json, now: Json, method: str, place: str) -> Iterator[str]:
        old, new = was[method], now[method]
        if "operationId" in old and old["operationId"] != new.get("operationId"):
            yield f"{place}: operationId is now {new.get('operationId')}, was {old['operationId']}"
        yield from self._security(old, new, place)
        yield from self._parameters(
            _parameters(self.old, was, old), _parameters(self.new, now, new), place
        )
        yield from self._body(old, new, place)
        answers = new.get("responses", {})
        for status, answer in old.get("responses", {}).items():
            if status not in answers:
                yield f"{place} {status}: is gone"
            else:
                yield from self._answer(answer, answers[status], f"{place} {status}")

    def _security(self, old: Json, new: Json, place: str) -> Iterator[str]:
        was, now = (
            operation.get("security", document.get("security")) or [{}]
            for document, operation in ((self.old, old), (self.new, new))
        )
        for way in was:
            if {} not in now and way not in now:
                words = f"{' and '.join(way)} is no longer enough" if way else "is no longer open"
                yield f"{place}: {words}"

    def _parameters(self, was: dict[str, Any], now: dict[str, Any], place: str) -> Iterator[str]:
        for name, given in now.items():
            if name not in was and followed(self.new, given).get("required", False):
                yield f"{place} {name}: is new and required"
        for name, given in was.items():
            if name not in now:
                yield f"{place} {name}: is gone"
                continue
            old, new, at = self.schemas.named(given, now[name], f"{place} {name}")
            if new.get("required", False) and not old.get("required", False):
                yield f"{at}: is required now"
            for word, before in _spelling(old).items():
                if before != (after := _spelling(new)[word]):
                    yield f"{at}: {word} is now {after}, was {before}"
            yield from self._schema(old, new, at, asked=True)
            yield from self._content(old, new, at, asked=True)

    def _body(self, old: Json, new: Json, place: str) -> Iterator[str]:
        place = f"{place} body"
        if "requestBody" not in old or "requestBody" not in new:
            if "requestBody" in old:
                yield f"{place}: is gone"
            elif followed(self.new, new.get("requestBody", ANY)).get("required", False):
                yield f"{place}: is new and required"
            return
        was, now, place = self.schemas.named(old["requestBody"], new["requestBody"], place)
        if now.get("required", False) and not was.get("required", False):
            yield f"{place}: is required now"
        yield from self._content(was, now, place, asked=True)

    def _answer(self, old: Json, new: Json, place: str) -> Iterator[str]:
        old, new, place = self.schemas.named(old, new, place)
        yield from self._content(old, new, place, asked=False)
        headers = {name.lower(): header for name, header in new.get("headers", {}).items()}
        for name, header in old.get("headers", {}).items():
            at = f"{place} {name}"
            if name.lower() not in headers:
                yield f"{at}: is gone"
                continue
            was, now, at = self.schemas.named(header, headers[name.lower()], at)
            if was.get("required", False) and not now.get("required", False):
                yield f"{at}: may be missing now"
            yield from self._schema(was, now, at, asked=False)

    def _content(self, old: Json, new: Json, place: str, *, asked: bool) -> Iterator[str]:
        offered = new.get("content", {})
        for type_, content in old.get("content", {}).items():
            at = f"{place} {type_}"
            if type_ not in offered:
                yield f"{at}: is gone"
            else:
                yield from self._schema(content, offered[type_], at, asked=asked)

    def _schema(self, old: Json, new: Json, place: str, *, asked: bool) -> Iterator[str]:
        way = "request" if asked else "response"
        was, now = old.get("schema", ANY), new.get("schema", ANY)
        for where, words in self.schemas.faults(was, now, place, asked=asked):
            yield f"{where} ({way}): {words}"


def _parameters(document: Json, item: Json, operation: Json) -> dict[str, Any]:
    """Return the parameters of an operation by where they stand and their name."""
    found = {}
    for given in (*item.get("parameters", []), *operation.get("parameters", [])):
        one = followed(document, given)
        name = one["name"].lower() if one["in"] == "header" else one["name"]
        found[f"{one['in']} parameter {name}"] = given
    return found


def _spelling(parameter: Json) -> Json:
    """Return how a parameter's value is written."""
    style = parameter.get("style", "form" if parameter["in"] in ("query", "cookie") else "simple")
    return {
        "style": style,
        "explode": parameter.get("explode", style == "form"),
        "allowReserved": parameter.get("allowReserved", False),
    }


def present() -> Json:
    """Return the contract of this checkout."""
    found: Json = yaml.load((TOP / "openapi.yaml").read_bytes(), Loader=LOADER)
    return found


def newest(folder: Path = RELEASED) -> Path:
    """Return the file of the contract that was released last."""
    return max(folder.glob("openapi-*.json"), key=_version)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.stem.removeprefix("openapi-").split("."))


def read(path: Path) -> Json:
    """Return a contract that was released."""
    found: Json = json.loads(path.read_bytes())
    return found


def written(document: Json) -> str:
    """Return what binds in a document as JSON: a line for each operation and each component."""
    return _lines(binding(document), 3) + "\n"


def _lines(value: Any, depth: int) -> str:
    """Return JSON in which the objects down to a depth have a line for each member."""
    if not depth or not value or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    members = (f"{json.dumps(key)}: {_lines(value[key], depth - 1)}" for key in sorted(value))
    return "{\n" + ",\n".join(members) + "\n}"


def main() -> None:
    """Say what breaks, or write the contract of a release."""
    document = present()
    if "--release" in sys.argv:
        path = RELEASED / f"openapi-{__version__}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(document), encoding="utf-8", newline="")
    elif found := breaking(read(newest()), document):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
