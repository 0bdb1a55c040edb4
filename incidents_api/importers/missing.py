"""What a data set had here and its files do not have any more."""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from incidents_api.importers.formats import Format
from incidents_api.importers.survey import EVENTS, Coverage
from incidents_api.storage.lists import Chosen, Lists
from incidents_api.storage.scratch import Scratch
from incidents_api.storage.store import Store

#: Who imports sees what is restricted too.
RESTRICTED: Final = 1
#: So many events are withdrawn in one transaction.
TOGETHER: Final = 200


def scope(format_: Format, coverage: Coverage, countries: set[str]) -> dict[str, Any]:
    """Return what the files cover, as filters of the list of incidents.

    Of a file about one country only that country is looked at; and only the years, or the months,
    from the first to the last event.

    Args:
        format_: The format.
        coverage: What the columns of the files tell.
        countries: The countries of the events that were read.

    """
    found: dict[str, Any] = {}
    if len(coverage.countries) == 1 and len(countries) == 1:
        found["country"] = ",".join(countries)
    if coverage.first and format_.resource == "incidents":
        month = 7 if format_.by_month else 4
        first, last = ("-01", "-31") if format_.by_month else ("-01-01", "-12-31")
        found["date_start__gte"] = coverage.first[:month] + first
        found["date_start__lte"] = _last_day(coverage.last[:month] + last)
    return found


def _last_day(day: str) -> str:
    """Return the last day of a month, given as its 31st."""
    year, month = int(day[:4]), int(day[5:7])
    return f"{day[:8]}{monthrange(year, month)[1]}"


def check_covers(store: Store, format_: Format, covers: Mapping[str, str]) -> None:
    """Refuse what the files are said to cover before anything is written.

    Raises:
        Unreadable: The filters cannot be read.

    """
    Lists(store, store.registry[format_.resource]).grammar.read([*covers.items()])


def missing(
    store: Store,
    format_: Format,
    covers: Mapping[str, str],
    divisions: Sequence[str],
    scratch: Scratch,
) -> Iterator[str]:
    """Yield the ids of the data set's events that are here and not in the files.

    Args:
        store: The knowledge base.
        format_: The format.
        covers: What the files cover, as filters of the list.
        divisions: The first-order divisions that they name; of one alone, only that is looked at.
        scratch: What events the files have.

    Raises:
        Unreadable: The filters cannot be read.

    """
    lists = Lists(store, store.registry[format_.resource])
    pairs = [*covers.items(), ("dataset", ",".join(_data_sets(store, format_)))]
    values = lists.grammar.read(pairs)
    one = divisions[0] if len(divisions) == 1 and divisions[0] else None
    _, chunks = lists.everything(values, RESTRICTED, _division(format_))
    for rows in chunks:
        for row in rows:
            name, division = row
            elsewhere = one is not None and (division or "").casefold() != one
            if not elsewhere and not scratch.met(EVENTS, name):
                yield name


def _data_sets(store: Store, format_: Format) -> list[str]:
    """Return the data sets whose events a file without them leaves out: provisional ones too."""
    names = (format_.dataset, *format_.succeeds) if format_.resource == "incidents" else ()
    return [name for name in names or (format_.dataset,) if store.get("sources", name)]


def _division(format_: Format) -> Chosen:
    """Return what to select beside the id."""
    column = "t.admin1" if format_.resource == "incidents" else "NULL"
    return lambda _: column
