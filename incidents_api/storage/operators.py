"""The operators of the query grammar, as one table.

A filter is ``field=value`` or ``field__operator=value``. Each operator has its SQL, its words,
and the kinds of field that it applies to.
"""

from dataclasses import dataclass
from typing import Final

from incidents_api.model.fields import Kind, Moment
from incidents_api.storage.tables import moment_cell


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        suffix: What follows the field's name; empty for equality.
        sql: The condition; ``{c}`` is the column, ``{v}`` the value's mark or list of marks.
        words: What it does, after the field's words.
        takes: Which fields it applies to: all, ordered, nullable or many.
        several: Whether it takes a comma-separated list.

    """

    suffix: str
    sql: str
    words: str
    takes: str
    several: bool = False

    def name(self, field: str) -> str:
        """Return the parameter that applies this operator to a field."""
        return f"{field}__{self.suffix}" if self.suffix else field

    def applies(self, kind: Kind, *, part: bool) -> bool:
        """Return whether this operator can be used on a field."""
        return {
            "all": True,
            "plain": not part,
            "ordered": kind.ordered and not part,
            "nullable": not kind.required and kind.default is None,
            "many": part,
        }[self.takes]


EQUAL: Final = Operator(
    "", "{c} IN ({v})", "Equals the value, or one of several separated by commas.", "all", True
)
NOT: Final = Operator(
    "not",
    "({c} IS NULL OR {c} NOT IN ({v}))",
    "Differs from the value, or from all of several; what is unknown differs.",
    "all",
    True,
)
CONTAINS: Final = Operator(
    "contains", "", "Contains the value, or all of several separated by commas.", "many", True
)
EXISTS: Final = Operator("exists", "", "true: something is known; false: nothing is.", "nullable")

OPERATORS: Final = (
    EQUAL,
    NOT,
    Operator("gt", "{c} > {v}", "Greater than, or later than, the value.", "ordered"),
    Operator("gte", "{c} >= {v}", "The value, greater or later.", "ordered"),
    Operator("lt", "{c} < {v}", "Less than, or earlier than, the value.", "ordered"),
    Operator("lte", "{c} <= {v}", "The value, less or earlier.", "ordered"),
    CONTAINS,
    EXISTS,
)

#: Later than every instant of a day, as text: a day as a bound means the whole day.
END_OF_DAY: Final = "T~"


def bound(kind: Kind, operator: Operator, value: object) -> object:
    """Return a value as a bound: a day stands for all its instants."""
    if not isinstance(kind, Moment):
        return value
    if operator.suffix in ("gt", "lte") and len(str(value)) == 10:
        return f"{value}{END_OF_DAY}"
    return moment_cell(str(value))
