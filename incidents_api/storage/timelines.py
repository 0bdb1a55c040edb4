"""Timelines: figures in order of the day of which they speak, each beside the one before it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Final

import orjson

from incidents_api.estimates.series import Point, series
from incidents_api.storage.claims import MEMBERS, Claiming
from incidents_api.storage.clocks import clocks_of, source
from incidents_api.storage.estimating import question_id
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.lists import Lists, Page, documents
from incidents_api.storage.store import Store

#: Of which records there is a timeline, and which member of a figure leads to them.
TIMELINES: Final = {"incidents": "incident", "actors": "claimant"}
#: The order of every timeline.
ORDER: Final = "as_of_date"
#: The members of a figure that a timeline shows beside its place in its series.
SHOWN: Final = (
    "claimant",
    "claimant_label",
    "claimant_stance",
    "as_of_date",
    "as_of_prec",
    "said_at",
    "measure_kind",
    "period_start",
    "period_end",
    "value_text",
    "qualifier",
    "amount",
    "low",
    "best",
    "high",
    "status",
    "rank",
)
#: What a list can be asked that a timeline cannot: it has its own order, members and formats.
_LEFT_OUT: Final = ("sort", "sample", "seed", "fields", "include", "f")

Row = dict[str, Any]


def timeline_grammar(grammar: Grammar) -> Grammar:
    """Return what can be asked of a timeline: the filters of the list of figures."""
    made = copy(grammar)
    kept = {name: one for name, one in grammar.parameters.items() if name not in _LEFT_OUT}
    made.parameters = kept
    return made


class Timelines:
    """Reads timelines."""

    def __init__(self, store: Store, lists: Lists) -> None:
        self._store = store
        self._lists = lists

    def page(self, values: Mapping[str, Any]) -> tuple[list[Row], Page]:
        """Return a page of a timeline.

        Args:
            values: The parameters of the list of figures by their names.

        Raises:
            Unreadable: A filter names what is not there, or the cursor is not this query's.
            TooSlow: It took too long.

        """
        page = self._lists.page({**values, "sort": ORDER}, PUBLIC, documents)
        return self._rows(page.rows, values, page.known_seq), page

    def everything(self, values: Mapping[str, Any]) -> tuple[Page, Iterator[Row]]:
        """Return a whole timeline, as it stood when this began."""
        page, chunks = self._lists.everything({**values, "sort": ORDER}, PUBLIC, documents)
        rows = (row for some in chunks for row in self._rows(some, values, page.known_seq))
        return page, rows

    def _rows(
        self, found: Sequence[tuple[Any, ...]], values: Mapping[str, Any], known_seq: int
    ) -> list[Row]:
        """Return figures as rows of a timeline."""
        shown = [orjson.loads(document) for _, document in found]
        with self._store.reading() as connection:
            clocks = replace(clocks_of(connection, values), pin=known_seq).present(connection)
            claiming = Claiming(connection, source(clocks, self._store.tables))
            points: dict[str, Point] = {}
            for resource, member in MEMBERS.items():
                names = {figure[member] for figure in shown if figure[member] is not None}
                points |= _points(connection, claiming, resource, names)
        return [_row(figure, points[figure["id"]]) for figure in shown if figure["id"] in points]


def _points(
    connection: Any, claiming: Claiming, resource: str, names: set[str]
) -> dict[str, Point]:
    """Return the points of all figures about the subjects of these ids."""
    sql = f"SELECT pk FROM {resource} WHERE id IN (SELECT value FROM json_each(?))"
    keys = [key for (key,) in connection.execute(sql, (orjson.dumps(sorted(names)).decode(),))]
    found: dict[str, Point] = {}
    if keys:
        for claims in claiming.about(resource, keys, figures_only=True).values():
            found |= series(claims.figures, claims.actor_types)
    return found


def _row(shown: Mapping[str, Any], point: Point) -> Row:
    change = point.change or dict.fromkeys(("low", "best", "high"))
    return {
        "figure": shown["id"],
        **{member: shown[member] for member in MEMBERS.values()},
        "series": point.series,
        "question_id": question_id(point.question),
        "question": point.question.told(),
        **{member: shown[member] for member in SHOWN},
        "stands": point.stands,
        "corrects": shown["supersedes"],
        "corrected_by": list(point.corrected_by),
        "derives_from": shown["derives_from"],
        "part_of": shown["part_of"],
        "before": None if point.before is None else point.before.id,
        **{f"change_{name}": number for name, number in change.items()},
    }
