"""SQLite: a plain file with a table for each resource, to open in Datasette, R or pandas."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from incidents_api.exporting.export import Export
from incidents_api.storage.plain_file import PlainFile, datasets_of


def build(export: Export, path: Path) -> None:
    """Write the file, to a place where there is none."""
    with PlainFile(path) as file:
        for resource in export.resources:
            record = export.store.registry[resource]
            chunks = export.flat(resource, words=False)
            file.add(record, export.columns(resource), chunks)
        found = datasets_of(export.store, export.known_seq, export.level)
        file.tell(about(export), found)


def about(export: Export) -> dict[str, Any]:
    """Return what an export says of itself."""
    return {
        "title": f"Incidents API, export of transaction {export.known_seq}",
        "known_seq": export.known_seq,
        "recorded_at": export.recorded_at,
        "query": export.question,
        "version": version("incidents-api"),
        "licence": "Of each data set its own: see the licence and citation of each.",
    }
