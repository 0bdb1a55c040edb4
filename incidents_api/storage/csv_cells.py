"""A value as it stands in CSV: quoted if it must be, and no formula to any spreadsheet.

A spreadsheet runs what begins as a formula does, whoever wrote it. Such a text has an apostrophe
before it (OWASP, CSV injection; CWE-1236), unless it is a number. One that has apostrophes there
already gets one more, so that the one that was added can be told and taken off again.
"""

import re
from typing import Any, Final

#: What has one of these stands in quotes.
MUST: Final = re.compile('[",\r\n]')
#: With what a text begins that may have to be guarded: all formulas do, and what looks guarded.
BEGINS: Final = "=+@\t\r'-"
_FORMULA: Final = re.compile("'*[=+@\t\r-]")
_NUMBER: Final = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def guarded(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula; numbers are none."""
    if not isinstance(value, str) or value[:1] not in BEGINS:
        return value
    if not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def unguarded(text: str) -> str:
    """Return a cell without the apostrophe that was put before it, if there is one."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def quoted(value: Any) -> Any:
    """Return a value as it stands in CSV (RFC 4180); ``csv_cell`` in SQL."""
    if isinstance(value, float):
        return repr(value)
    told = guarded(value)
    if isinstance(told, str) and MUST.search(told):
        return '"' + told.replace('"', '""') + '"'
    return told
