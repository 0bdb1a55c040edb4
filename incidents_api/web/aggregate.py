"""Counts and sums over incidents."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response

from incidents_api.contract import ROOT, TABLES, format_parameter
from incidents_api.estimates.bounds import Number, plain
from incidents_api.storage.aggregate_parameters import LIMIT, asked, bound_to, parameters
from incidents_api.storage.aggregates import Asked, Sum, Sums, aggregate
from incidents_api.storage.contributions import Row
from incidents_api.storage.cursors import written
from incidents_api.storage.groups import LAST, Group
from incidents_api.storage.lists import Lists
from incidents_api.web import answers, tables

_CAUTION: Final = (
    "Sums of lower and upper bounds are not a confidence interval: they would be reached only if "
    "every incident were at its bound. What is unknown is counted, never taken for zero."
)
#: What each group is told with, after its names.
ADDED: Final = (
    "n_incidents", "n_counted", "parts_left_out", "n_unknown", "low", "best", "high",
    "n_no_best", "n_open", "n_spanning", "n_imprecise",
)  # fmt: skip


class Aggregate:
    """The route of counts and sums.

    Args:
        lists: The lists of incidents.

    """

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._parameters = (*parameters(lists.grammar), format_parameter(TABLES))

    def blueprint(self) -> Blueprint:
        """Return the route."""
        made = Blueprint("aggregate", __name__, url_prefix=ROOT)
        made.add_url_rule("/aggregate", "aggregate", self.aggregate)
        return made

    def aggregate(self) -> Response:
        """Answer with groups of incidents, and what is known of them together."""
        values = answers.read(self._parameters, records=False)
        format_ = answers.choose(TABLES, values.get("f"))
        question = asked(values, LIMIT if format_.name == "json" else None)
        if had := answers.seen(answers.etag(self._lists.store.seq(), format_.name)):
            return answers.unchanged(had)
        found = aggregate(self._lists, question)
        tag = answers.etag(found.seq, format_.name)
        rows = (_row(question, question.groups, one, found) for one in found.groups)
        cursor = None
        if found.more:
            cursor = written(bound_to(values), list(found.groups[-1].names))
        if format_.name == "csv":
            headers = answers.known(found.known_seq)
            if cursor is not None:
                headers |= answers.next_link(answers.address(cursor))
            return tables.table("aggregate", _columns(question), rows, tag, headers)
        return tables.page(list(rows), tag, self._meta(question, found), cursor)

    def _meta(self, question: Asked, found: Sums) -> dict[str, Any]:
        """Return what is said of the answer as a whole."""
        meta: dict[str, Any] = {
            "known_seq": found.known_seq,
            "group_by": [group.name for group in question.groups],
            "measure": question.measure,
            "rule": question.rule,
            "set": "all" if question.every else "newest",
            "overlapping": question.overlapping,
            "looked_up": found.looked_up,
            "seconds_allowed": self._lists.store.read_seconds,
            "caution": _CAUTION,
        }
        if question.overlapping:
            totals = (_row(question, question.once, one, found) for one in found.totals)
            meta["totals"] = list(totals)
        return meta


def _columns(question: Asked) -> list[str]:
    names = [member for group in question.groups for member in group.members]
    return [*names, "measure", "rule", *ADDED]


def _row(question: Asked, groups: Sequence[Group], one: Sum, found: Sums) -> dict[str, Any]:
    """Return a group as it is told."""
    row, names = Row._make(one.numbers), {group.name for group in question.groups}
    spanning = row.n_over_month if "month" in names else row.n_over_year if "year" in names else 0
    return {
        **_names(groups, one, found),
        "measure": question.measure,
        "rule": question.rule,
        "n_incidents": one.n_incidents,
        "n_counted": row.n_counted,
        "parts_left_out": row.n_left_out,
        "n_unknown": one.n_incidents - row.n_counted - row.n_left_out,
        "low": _number(row.low, row.n_low),
        "best": _number(row.best, row.n_best),
        "high": _number(row.high, row.n_high),
        "n_no_best": row.n_counted - row.n_best,
        "n_open": row.n_open,
        "n_spanning": spanning,
        "n_imprecise": row.n_imprecise,
    }


def _names(groups: Sequence[Group], one: Sum, found: Sums) -> dict[str, Any]:
    """Return what a group is called: of a record its id and its name, and what else there is."""
    told: dict[str, Any] = {}
    names = iter(one.names)
    for group in groups:
        name = next(names)
        told[group.name] = None if name == group.last else name
        if group.resource:
            told[group.members[1]] = found.titles[group.name].get(name)
        for member in group.more:
            other = next(names)
            told[member] = None if other == LAST else other
    return told


def _number(added: float, known: int) -> Number | None:
    """Return a sum; null where nothing was known."""
    return plain(added) if known else None
