"""Reading incidents by another rule than the default one.

The flat columns hold the default rule's numbers. By another rule they are read from inside the
document, in one place, so that filters, sorts and columns follow by themselves.
"""

from collections.abc import Callable
from functools import cache

from incidents_api.model import Record
from incidents_api.model.fields import Block
from incidents_api.storage.tables import Table

#: The members of a measure that each rule gives.
BOUNDS = ("low", "best", "best_basis", "high", "high_open")


@cache
def ruled(record: type[Record]) -> bool:
    """Return whether a resource has numbers that follow from a rule."""
    return any(isinstance(kind, Block) for kind in record.kinds().values())


def by_rule(read: Callable[[str], str], table: Table, rule: str) -> Callable[[str], str]:
    """Return what to read tables from, where one resource's numbers are another rule's.

    Args:
        read: What to read them from by the default rule.
        table: The resource whose numbers they are.
        rule: The name of the rule.

    """
    changed = {leaf.name: told(leaf.path, rule) for leaf in table.leaves if told(leaf.path, rule)}
    columns = ", ".join(
        f"{changed[name]} AS {name}" if name in changed else name for name in table.names
    )
    view = f"(SELECT {columns} FROM {read(table.name)} r)"
    return lambda name: view if name == table.name else read(name)


def told(path: tuple[str, ...], rule: str) -> str:
    """Return the SQL of what another rule gives in place of a leaf; empty where it is the same."""
    match path:
        case (block, "rule"):
            return f"'{rule}'" if block == "casualties" else ""
        case (block, measure, member) if member in BOUNDS:
            return f"r.document ->> '$.{block}.{measure}.rules.{rule}.{member}'"
    return ""
