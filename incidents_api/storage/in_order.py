"""Whether a range is looked up in its own index, or checked on a walk in the list's order.

What is in a range stands in no order of the list and has to be sorted; a walk passes over what is
not in it. Few are sorted quickly, and of many a walk soon meets a page.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

from incidents_api.storage.conditions import Plain


def in_order(connection: Any, table: str, plain: Sequence[Plain]) -> list[Plain]:
    """Return conditions as a page in the list's order is found by them soonest.

    Args:
        connection: To count with.
        table: The name of the table.
        plain: The conditions.

    """
    ranges = [condition for condition in plain if condition.passing]
    if not ranges:
        return list(plain)
    few = sorted_sooner(connection, table)
    if any(_at_most(few, connection, table, condition) for condition in ranges):
        return list(plain)
    return [replace(one, sql=one.passing) if one.passing else one for one in plain]


def sorted_sooner(connection: Any, table: str) -> int:
    """Return how many records are sorted sooner than a walk along all meets fifty of them.

    Of n records, sorting m costs about what the walk costs when 2n is m squared.
    """
    (records,) = connection.execute(f"SELECT coalesce(max(pk), 0) FROM {table}").fetchone()
    return isqrt(2 * records)


def _at_most(few: int, connection: Any, table: str, condition: Plain) -> bool:
    found = f"SELECT 1 FROM {table} t WHERE {condition.sql} LIMIT {few + 1}"
    sql = f"SELECT count(*) FROM ({found})"
    return bool(connection.execute(sql, condition.params).fetchone()[0] <= few)
