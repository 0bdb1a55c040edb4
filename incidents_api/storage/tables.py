"""From declarations to tables: columns, checks, indexes, and the twins that hold what was.

For each resource ``x`` there is a table ``x`` of what is and a table ``x_history`` of what was,
with the same columns and indexes. A list-valued field that lists are filtered by has a table of
its single values, with a twin too. Searchable text is in ``x_search`` (FTS5), points are in
``x_map`` (R*Tree); both hold only what the public may see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from incidents_api.model import Record, Registry
from incidents_api.model.fields import INDEXED, SCANNED, Day, Integer, Kind, Link, Number
from incidents_api.model.generalizing import ASKED
from incidents_api.model.record import Leaf, Part
from incidents_api.storage.system import SYSTEM

TYPES: Final = {
    "text": "TEXT",
    "integer": "INTEGER",
    "real": "REAL",
    "flag": "INTEGER",
    "json": "TEXT",
    "moment": "TEXT",
    "link": "INTEGER",
}

#: What every table has beside a record's own values. ``shown`` is 2 for what everybody may see,
#: 1 for what is restricted; withdrawn or merged, it is 0 for what everybody might have seen and -1
#: for what was restricted. It is the one visibility predicate.
#: ``n`` is the number of the change within its transaction ``from_seq``. ``survivor`` is no
#: foreign key: SQLite would scan the table for it at every insert (a load took 40 times as long).
KEPT: Final = (
    ("pk", "INTEGER", ""),
    ("id", "TEXT", "NOT NULL"),
    ("version", "INTEGER", "NOT NULL CHECK (version >= 1)"),
    ("from_seq", "INTEGER", "NOT NULL CHECK (from_seq >= 1)"),
    ("n", "INTEGER", "NOT NULL CHECK (n >= 1)"),
    ("state", "TEXT", "NOT NULL CHECK (state IN ('live', 'withdrawn', 'merged'))"),
    ("survivor", "INTEGER", ""),
    ("shown", "INTEGER", "NOT NULL CHECK (shown BETWEEN -1 AND 2)"),
    ("hash", "BLOB", "NOT NULL CHECK (length(hash) = 32)"),
)


@dataclass(frozen=True)
class Column:
    """A column: its name, SQLite type and constraints."""

    name: str
    type: str
    rule: str = ""

    @property
    def sql(self) -> str:
        """The column as a line of DDL."""
        return " ".join(filter(None, (self.name, self.type, self.rule)))


@dataclass(frozen=True)
class PartTable:
    """The table of the single values of one list-valued leaf."""

    part: Part
    name: str
    owner: str
    order: str
    value: Column

    def ddl(self, *, order: str) -> Iterator[str]:
        """Yield the statements that make the table and its twin."""
        head = [
            self.value.sql,
            f"ord {order}",
            "owner INTEGER NOT NULL",
            "from_seq INTEGER NOT NULL",
        ]
        lines = [*head, "PRIMARY KEY (value, ord, owner)"]
        lines.append(
            f"FOREIGN KEY (owner) REFERENCES {self.owner}(pk) DEFERRABLE INITIALLY DEFERRED"
        )
        yield _create(self.name, lines, "STRICT, WITHOUT ROWID")
        yield f"CREATE INDEX {self.name}_owner ON {self.name} (owner)"
        lines = [*head, "to_seq INTEGER NOT NULL", "PRIMARY KEY (value, ord, owner, from_seq)"]
        yield _create(f"{self.name}_history", lines, "STRICT, WITHOUT ROWID")
        yield f"CREATE INDEX {self.name}_history_owner ON {self.name}_history (owner)"


@dataclass(frozen=True)
class Index:
    """An index and the columns it is over."""

    name: str
    columns: tuple[str, ...]
    where: str = ""


class Table:
    """Everything that is stored of one resource."""

    def __init__(self, record: type[Record]) -> None:
        self.record = record
        self.name = record.resource
        self.order = record.order.lstrip("-")
        self.leaves = record.leaves()
        self.spatial = record.spatial()
        self.generalizes = ASKED in record.kinds()
        self.spans = bool(record.span and record.span[0] != record.span[1])

    @cached_property
    def searched(self) -> tuple[Leaf, ...]:
        """The leaves that full-text search reads, the title first."""
        found = [leaf for leaf in self.leaves if leaf.searched]
        return tuple(sorted(found, key=lambda leaf: leaf.name != self.record.title_member))

    @cached_property
    def indexed(self) -> frozenset[str]:
        """The members that full-text search and the map read."""
        point = ("latitude", "longitude") if self.spatial else ()
        coarse = (ASKED,) if self.generalizes else ()
        return frozenset((*(leaf.path[0] for leaf in self.searched), *point, *coarse))

    @property
    def weights(self) -> str:
        """What a match in each searched leaf is worth in the ranking: a title's, four times."""
        titles = [leaf.name == self.record.title_member for leaf in self.searched]
        return ", ".join("4.0" if title else "1.0" for title in titles)

    @cached_property
    def kept(self) -> tuple[Column, ...]:
        """The columns beside the record's own values."""
        made = [Column(*column) for column in KEPT]
        made += [Column(name, "TEXT") for name, _ in self.record.carries]
        if self.spans:
            made += [Column("span_end", "TEXT"), Column("span_days", "INTEGER")]
        if self.generalizes:
            made.append(Column("exact", "TEXT"))
        return tuple(made)

    @property
    def given(self) -> str:
        """The document as it is known, as SQL: that of everybody may show a coarser point."""
        return "coalesce(exact, document)" if self.generalizes else "document"

    @property
    def coarse(self) -> str:
        """Whether everybody sees a coarser point than is known, as SQL."""
        return "exact IS NOT NULL" if self.generalizes else "0"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns, the document last."""
        document = Column("document", "TEXT", "NOT NULL CHECK (json_valid(document))")
        return (*self.kept, *(column(leaf) for leaf in self.leaves), document)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def parts(self) -> tuple[PartTable, ...]:
        """The tables of the list-valued leaves."""
        return tuple(
            PartTable(
                part,
                f"{self.name}_{part.name}",
                self.name,
                self.order,
                Column("value", TYPES[part.kind.column], "NOT NULL" + _references(part.kind)),
            )
            for part in self.record.parts()
        )

    def part(self, name: str) -> PartTable:
        """Return the table of one list-valued leaf."""
        return next(table for table in self.parts if table.part.name == name)

    @cached_property
    def indexes(self) -> tuple[Index, ...]:
        """The indexes; each ends in what a page needs, so that filter and order are one walk."""
        made = [self._index(leaf) for leaf in self.leaves if leaf.kind.sort or _indexed(leaf)]
        made += [self._exceptions(leaf) for leaf in self.leaves if has_exceptions(leaf.kind)]
        made += [
            Index(f"{self.name}_{link}_{name}", (link, name, link_end))
            for name, _ in self.record.carries
            for link, link_end in _carried(self.record)
        ]
        made += [
            Index(f"{self.name}_{by}_{key}", (by, key, "id", "shown"), f"{key} IS NOT NULL")
            for by, key in self.record.sorted_within
        ]
        if self.spans:
            start, _ = self.record.span or ("", "")
            made.append(
                Index(f"{self.name}_long", (start, "span_end", "id", "shown"), "span_days > 31")
            )
        return tuple(made)

    def _index(self, leaf: Leaf) -> Index:
        """Index a leaf; what is unknown is left out, so that a rare member costs nothing."""
        order = () if leaf.kind.sort or self.order == "id" else (self.order,)
        beside = self.record.beside if leaf.name == self.order else ()
        known = "" if leaf.kind.required else f"{leaf.name} IS NOT NULL"
        columns = (leaf.name, *order, "id", "shown", *beside)
        return Index(f"{self.name}_{leaf.name}", columns, known)

    def _exceptions(self, leaf: Leaf) -> Index:
        """Index the few records that differ from a default: the rest need no entry."""
        order = () if self.order == "id" else (self.order,)
        columns = (leaf.name, *order, "id", "shown")
        return Index(f"{self.name}_{leaf.name}", columns, differs(leaf.kind, leaf.name))

    def ddl(self) -> Iterator[str]:
        """Yield every statement that makes this resource's tables and indexes."""
        lines = [column.sql for column in self.columns]
        lines[0] = "pk INTEGER PRIMARY KEY"
        lines[1] = "id TEXT NOT NULL UNIQUE"
        yield _create(self.name, lines, "STRICT")
        lines = [_plain(column).sql for column in self.columns]
        lines += ["to_seq INTEGER NOT NULL CHECK (to_seq > from_seq)", "PRIMARY KEY (pk, from_seq)"]
        yield _create(f"{self.name}_history", lines, "STRICT")
        yield f"CREATE INDEX {self.name}_history_id ON {self.name}_history (id)"
        for index in self.indexes:
            yield from self.index_ddl(index)
        order = next((c.type for c in self.columns if c.name == self.order), "TEXT")
        for part in self.parts:
            yield from part.ddl(order=order)
        yield from self.search_ddl()
        if self.spatial:
            yield f"CREATE VIRTUAL TABLE {self.name}_map USING rtree(pk, west, east, south, north)"

    def index_ddl(self, index: Index) -> Iterator[str]:
        """Yield the statements that make an index on the table and on its twin."""
        where = f" WHERE {index.where}" if index.where else ""
        columns = ", ".join(index.columns)
        yield f"CREATE INDEX {index.name} ON {self.name} ({columns}){where}"
        own = index.name.removeprefix(f"{self.name}_")
        yield f"CREATE INDEX {self.name}_history_{own} ON {self.name}_history ({columns}){where}"

    def search_ddl(self) -> Iterator[str]:
        """Yield the statement that makes the full-text index."""
        if self.searched:
            columns = ", ".join(leaf.name for leaf in self.searched)
            yield (
                f"CREATE VIRTUAL TABLE {self.name}_search USING fts5({columns}, content='', "
                "contentless_delete=1, tokenize='unicode61 remove_diacritics 2')"
            )


class Tables:
    """The tables of all resources."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.by_resource = {record.resource: Table(record) for record in registry}

    def __iter__(self) -> Iterator[Table]:
        return iter(self.by_resource.values())

    def __getitem__(self, resource: str) -> Table:
        return self.by_resource[resource]

    def ddl(self) -> Iterator[str]:
        """Yield every statement of the schema."""
        yield from SYSTEM
        for table in self:
            yield from table.ddl()


def column(leaf: Leaf) -> Column:
    """Return the column of a leaf, with the checks that its kind implies."""
    kind = leaf.kind
    rules = ["NOT NULL"] if kind.required else []
    if kind.many or kind.column == "json":
        empty = "{}" if kind.empty() == {} else "[]"
        rules = [f"NOT NULL DEFAULT '{empty}'", f"CHECK (json_valid({leaf.name}))"]
    elif kind.column == "flag":
        rules.append(f"CHECK ({leaf.name} IN (0, 1))")
    elif isinstance(kind, Integer | Number):
        rules.append(f"CHECK ({leaf.name} BETWEEN {kind.low} AND {kind.high})")
    elif isinstance(kind, Day):
        rules.append(f"CHECK ({leaf.name} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')")
    return Column(leaf.name, TYPES[kind.column], " ".join(rules) + _references(kind))


def has_exceptions(kind: Kind) -> bool:
    """Return whether the records that differ from a field's default have an index of their own."""
    return kind.filter == SCANNED and kind.default is not None and not kind.sort


def differs(kind: Kind, column: str) -> str:
    """Return the condition that a column differs from its field's default."""
    default = kind.default
    literal = f"'{default}'" if isinstance(default, str) else str(int(default))
    return f"{column} <> {literal}"


def moment_cell(value: str) -> str:
    """Return a moment as its column holds it: without the Z, so that text order is time order."""
    return value.removesuffix("Z")


def told(kind: Kind, sql: str) -> str:
    """Return the SQL of a column's value as the document has it."""
    if kind.column == "moment":
        return f"CASE WHEN length({sql}) > 10 THEN {sql} || 'Z' ELSE {sql} END"
    return sql


def _references(kind: Kind) -> str:
    if not isinstance(kind, Link):
        return ""
    return f" REFERENCES {kind.resource}(pk) DEFERRABLE INITIALLY DEFERRED"


def _plain(column: Column) -> Column:
    """Return a column of a twin: its rows were checked when they were written."""
    return Column(column.name, column.type, "NOT NULL" if "NOT NULL" in column.rule else "")


def _indexed(leaf: Leaf) -> bool:
    return leaf.kind.filter == INDEXED and not leaf.kind.many


def _carried(record: type[Record]) -> Iterator[tuple[str, str]]:
    """Yield the links of a link record that page the record at its other end."""
    carrier = record.carries[0][1]
    for name, link in record.links_out().items():
        if link.about and name != carrier:
            yield name, carrier


def _create(name: str, lines: list[str], options: str) -> str:
    return f"CREATE TABLE {name} (\n  " + ",\n  ".join(lines) + f"\n) {options}"
