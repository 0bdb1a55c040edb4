"""A value as it stands in CSV, where SQL would have to name it more than once to say so."""

import re
from typing import Any, Final

#: What has one of these stands in quotes.
MUST: Final = re.compile('[",\r\n]')


def quoted(value: Any) -> Any:
    """Return a value as it stands in CSV (RFC 4180); ``csv_cell`` in SQL."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str) and MUST.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value
