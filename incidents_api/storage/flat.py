"""The flat projection: a record as a row of a table, for CSV, GeoJSON properties and the like.

Nested members become columns of their own, lists of values are joined by ``; ``, lists of
objects stay JSON text, identifiers elsewhere get a column for each scheme, and names stand
beside ids. Every column is always there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from incidents_api.model import Record, Registry
from incidents_api.model.fields import (
    Code,
    Day,
    Flag,
    Id,
    Integer,
    Kind,
    Link,
    Many,
    Moment,
    Number,
    Tally,
)
from incidents_api.model.identifiers import ExternalIds
from incidents_api.model.record import Leaf
from incidents_api.model.vocabularies import vocabularies
from incidents_api.storage.clocks import Source
from incidents_api.storage.tables import told

SEPARATOR: Final = "; "


@dataclass(frozen=True)
class Cell:
    """A column of the flat projection.

    Attributes:
        name: Its heading.
        member: The record's member that it comes from.
        words: What it means.
        type: integer, number, boolean or string.
        plain: Whether it never holds what CSV has to quote.
        sql: Takes the source of each table, what the reader may see, and how a value is written;
            returns the value as SQL. What is written is at the innermost, where its value is found
            once, however often that names it.

    """

    name: str
    member: str
    words: str
    type: str
    sql: "Told"
    plain: bool = False


#: Takes the SQL of a value, returns that of the value as it is written.
Written = Callable[[str], str]
Told = Callable[[Source, int, Written], str]
#: Kinds whose values are numbers, times, ids and terms of vocabularies.
PLAIN: Final = (Integer, Number, Flag, Day, Moment, Code, Id)
TYPES: Final = {"integer": "integer", "real": "number", "flag": "boolean"}


def flat(registry: Registry, record: type[Record]) -> tuple[Cell, ...]:
    """Return the columns of a resource's flat projection, in order."""
    return tuple(_cells(registry, record))


def _cells(registry: Registry, record: type[Record]) -> Iterator[Cell]:
    kinds = record.kinds()
    yield Cell("id", "id", kinds["id"].words, "string", lambda *_: "t.id", True)
    yield Cell(
        "version", "version", kinds["version"].words, "integer", lambda *_: "t.version", True
    )
    yield Cell(
        "recorded_at",
        "recorded_at",
        kinds["recorded_at"].words,
        "string",
        lambda *_: "(SELECT recorded_at FROM transactions WHERE seq = t.from_seq)",
        plain=True,
    )
    leaves = {leaf.name: leaf for leaf in record.leaves()}
    for name, kind in kinds.items():
        if name in ("id", "version", "recorded_at", "links"):
            continue
        for leaf in (leaf for leaf in leaves.values() if leaf.path[0] == name):
            yield from _leaf(registry, leaf, kind)
    for column, reverse, link, member, term in record.gathers:
        yield _gathered(registry, record, column, reverse, link, member, term)


def _leaf(registry: Registry, leaf: Leaf, kind: Kind) -> Iterator[Cell]:
    column = f"t.{leaf.name}"
    member, words = leaf.path[0], leaf.kind.words
    if isinstance(kind, ExternalIds):
        for term in vocabularies()["scheme"].terms:
            yield Cell(
                f"ext_{term.term}",
                member,
                f"Identifier elsewhere: {term.definition}",
                "string",
                _external(column, str(term.term)),
            )
    elif isinstance(leaf.kind, Link):
        sql = _linked(leaf.kind.resource, "id", column)
        yield Cell(leaf.name, member, words, "string", sql, plain=True)
        title = registry[leaf.kind.resource].title_member
        if title:
            label = f"Its {title}: {words[0].lower()}{words[1:]}"
            yield Cell(
                f"{leaf.name}_{title}",
                member,
                label,
                "string",
                _linked(leaf.kind.resource, title, column),
            )
    elif isinstance(leaf.kind, Many):
        plain = isinstance(leaf.kind.item, PLAIN)
        yield Cell(leaf.name, member, words, "string", _joined(column), plain)
    elif leaf.kind.column == "json":
        yield Cell(leaf.name, member, words, "string", _told(column))
    else:
        found = TYPES.get(leaf.kind.column, "string")
        if isinstance(leaf.kind, Tally):
            found = "number"
        plain = isinstance(leaf.kind, PLAIN)
        yield Cell(leaf.name, member, words, found, _as_is(told(leaf.kind, column)), plain)


def as_it_is(value: str) -> str:
    """Write a value as it is."""
    return value


def _as_is(column: str) -> Told:
    return lambda _, __, written: written(column)


def _told(column: str) -> Told:
    return lambda _, __, written: written(f"nullif(nullif({column}, '[]'), '{{}}')")


def _joined(column: str) -> Told:
    found = f"group_concat(value, '{SEPARATOR}')"

    def sql(_: Source, __: int, written: Written) -> str:
        values = f"SELECT {written(found)} FROM json_each({column})"
        return f"CASE {column} WHEN '[]' THEN NULL ELSE ({values}) END"

    return sql


def _external(column: str, scheme: str) -> Told:
    # What is not in the text is not in the list: looking costs less than reading the list.
    named = f"""instr({column}, '"scheme":"{scheme}"')"""
    found = f"group_concat(value ->> 'value', '{SEPARATOR}')"
    among = f"FROM json_each({column}) WHERE value ->> 'scheme' = '{scheme}'"

    def sql(_: Source, __: int, written: Written) -> str:
        return f"CASE WHEN {named} THEN (SELECT {written(found)} {among}) END"

    return sql


def _linked(resource: str, member: str, column: str) -> Told:
    """Return a member of a linked record; its id always, its name only to who may see it."""

    def sql(source: Source, level: int, written: Written) -> str:
        if member == "id":  # it never changes, and a record shows it whether in view or not
            return f"(SELECT id FROM {resource} WHERE pk = {column})"
        where = f"pk = {column} AND shown >= {level}"
        return f"(SELECT {written(member)} FROM {source(resource)} WHERE {where})"

    return sql


def _gathered(
    registry: Registry,
    record: type[Record],
    column: str,
    reverse: str,
    link: str,
    member: str,
    term: str,
) -> Cell:
    (step,) = registry.steps(record.resource, reverse)
    other = registry[step.owner].leaf(link).kind
    assert isinstance(other, Link)
    title = registry[other.resource].title_member

    names = f"group_concat(title, '{SEPARATOR}')"

    def sql(source: Source, level: int, written: Written) -> str:
        return (
            f"(SELECT {written(names)} FROM (SELECT o.{title} AS title, "
            f"p.id AS id FROM {source(step.owner)} p "
            f"JOIN {source(other.resource)} o ON o.pk = p.{link} WHERE p.{step.column} = t.pk "
            f"AND p.{member} = '{term}' AND p.shown >= {level} "
            f"AND o.shown >= {level} ORDER BY id))"
        )

    words = f"Names of the {other.resource} whose {member} is {term}."
    return Cell(column, reverse, words, "string", sql)


def select(cells: tuple[Cell, ...], source: Source, level: int, *, words: bool) -> str:
    """Return the columns as SQL; with ``words``, flags as true and false instead of 1 and 0."""
    told = in_words if words else _as_kept
    return ", ".join(told(cell, source, level) for cell in cells)


def _as_kept(cell: Cell, source: Source, level: int) -> str:
    return cell.sql(source, level, as_it_is)


def in_words(cell: Cell, source: Source, level: int, written: Written = as_it_is) -> str:
    """Return a column as SQL; a flag as true and false instead of 1 and 0."""
    sql = cell.sql(source, level, written)
    if cell.type == "boolean":
        return f"CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
    return sql
