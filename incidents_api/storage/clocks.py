"""Reading a table as a transaction left it: what is, and what was."""

from collections.abc import Callable, Sequence

from incidents_api.storage.tables import Tables

Source = Callable[[str], str]


def source(pin: int | None, tables: Tables) -> Source:
    """Return what to read a table from: itself, or its state at a transaction."""

    def read(name: str) -> str:
        if pin is None:
            return name
        columns = ", ".join(_columns(tables, name))
        return (
            f"(SELECT {columns} FROM {name} WHERE from_seq <= {int(pin)} UNION ALL "
            f"SELECT {columns} FROM {name}_history WHERE from_seq <= {int(pin)} "
            f"AND to_seq > {int(pin)})"
        )

    return read


def _columns(tables: Tables, name: str) -> Sequence[str]:
    for table in tables:
        if table.name == name:
            return table.names
    return ("value", "ord", "owner", "from_seq")
