"""The published contract as files: ``openapi.yaml``, ``schema/`` and the page of settings.

They are for people and other programs; this program never reads them. They are generated from
the declarations, committed, and checked to be what the declarations make.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from incidents_api import bundle, openapi, settings_page
from incidents_api.model import Record, Registry
from incidents_api.model.fields import Block, Code, Kind, Link, Many, Members, Rows
from incidents_api.model.published import published
from incidents_api.storage.store import Store
from incidents_api.storage.tables import Tables

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def contents(registry: Registry) -> dict[str, str]:
    """Return every published file: its path from the top of the repository, and its text."""
    made = {"openapi.yaml": openapi.to_yaml(openapi.document(registry))}
    made[settings_page.PATH] = settings_page.page()
    made["schema/tables.sql"] = ";\n\n".join(Tables(registry).ddl()) + ";\n"
    for record in registry:
        for ending, given in (("", False), (".input", True)):
            schema = {
                "$schema": JSON_SCHEMA,
                "$id": f"{record.resource}{ending}.schema.json",
                "title": openapi.name(record) + ("Input" if given else ""),
                **openapi.record_schema(record, given=given),
            }
            made[f"schema/{record.resource}{ending}.schema.json"] = _json(schema)
    made["schema/data-dictionary.csv"] = _table(
        ("resource", "field", "type", "required", "vocabulary_or_target", "default", "words"),
        (row for record in registry for row in _fields(record)),
    )
    for vocabulary in published().values():
        made[f"schema/vocabularies/{vocabulary.name}.csv"] = _table(
            ("term", "parent", "definition"),
            ((term.term, term.parent, term.definition) for term in vocabulary.terms),
        )
    return made


def generate(registry: Registry, top: Path) -> list[str]:
    """Write the published files, and return the paths of those that changed."""
    changed = _write_examples(registry, top)
    made = contents(registry)
    stale = [path for path in _present(top) if path not in made]
    for path in stale:
        (top / path).unlink()
    for path, text in made.items():
        if _write(top / path, text):
            changed.append(path)
    return changed + stale


def differences(registry: Registry, top: Path) -> list[str]:
    """Return the published files that are not what the declarations make."""
    made = contents(registry)
    present = set(_present(top))
    return sorted(
        {path for path, text in made.items() if path not in present or _read(top / path) != text}
        | (present - set(made))
    )


def sample_examples(registry: Registry) -> str:
    """Return a record of each resource of the sample knowledge base, as the service shows it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.make(Path(folder) / "sample.db", registry)
        bundle.load(store, [bundle.sample()], who="example")
        found: dict[str, Any] = {}
        for line in bundle.read([bundle.sample()], registry, []):
            if line.resource not in found:
                record = store.get(line.resource, line.values["id"])
                assert record
                found[line.resource] = orjson.loads(record.document) | {
                    "recorded_at": "2026-11-23T09:00:00.000000Z"
                }
        store.close()
    return _json(found)


def _write_examples(registry: Registry, top: Path) -> list[str]:
    path = "incidents_api/knowledge/examples.json"
    if not (top / path).parent.is_dir():
        return []
    return [path] if _write(top / path, sample_examples(registry)) else []


def _present(top: Path) -> Iterator[str]:
    for pattern in ("openapi.yaml", "schema/**/*", settings_page.PATH):
        for path in top.glob(pattern):
            if path.is_file():
                yield path.relative_to(top).as_posix()


def _write(path: Path, text: str) -> bool:
    if path.exists() and _read(path) == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return True


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n"


def _table(header: tuple[str, ...], rows: Any) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def _fields(record: type[Record]) -> Iterator[tuple[Any, ...]]:
    for name, kind in record.kinds().items():
        yield from _field(record.resource, name, kind)


def _field(resource: str, name: str, kind: Kind) -> Iterator[tuple[Any, ...]]:
    target = ""
    inner = kind.item if isinstance(kind, Many) else kind
    if isinstance(inner, Code):
        target = inner.vocabulary.name
    elif isinstance(inner, Link):
        target = inner.resource
    what = type(inner).__name__.lower()
    type_ = f"list of {what}" if isinstance(kind, Many) else what
    how = "set by the service" if kind.readonly else "yes" if kind.required else "no"
    yield resource, name, type_, how, target, kind.default, kind.words
    if isinstance(kind, Members | Rows):
        for member, inside in kind.members.items():
            yield from _field(resource, f"{name}.{member}", inside)
    if isinstance(kind, Block):
        for path, inside in kind.leaves.values():
            yield from _field(resource, ".".join((name, *path)), inside)
