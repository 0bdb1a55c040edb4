"""A route that reads, as the document describes it."""

from typing import Any, NamedTuple

from incidents_api.openapi.schemas import Schema


class Route(NamedTuple):
    """A reading operation: its path, name, tag, words, parameters, content, and other options."""

    path: str
    operation: str
    tag: str
    summary: str
    words: str
    parameters: list[Any]
    content: Schema
    options: dict[str, Any]


#: A route of the service: its path, name, summary, content, and options with words and parameters.
Entry = tuple[str, str, str, Schema, dict[str, Any]]


def of_service(entry: Entry, tag: str = "service") -> Route:
    """Return a route of the service; its summary stands for words where it has none."""
    path, operation, summary, content, given = entry
    options = dict(given)
    words = options.pop("words", f"{summary}.")
    parameters = options.pop("parameters", [])
    return Route(path, operation, tag, summary, words, parameters, content, options)
