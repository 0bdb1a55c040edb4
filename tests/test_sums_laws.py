"""Laws of sums over incidents: who counts, what is added, and which data sets are kept apart."""

import csv
import io
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents_api.estimates import RULES
from incidents_api.estimates.counting import Ties, left_out
from incidents_api.storage.keepers import KEEPERS
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base

NAMES: Final = [f"i{number}" for number in range(7)]
#: A condition that holds for all, and that the sums that are kept cannot answer.
COMPUTED: Final = "&date_start__gte=1900-01-01"

incidents = st.fixed_dictionaries(
    {
        "country": st.sampled_from(["SYR", "IRQ", None]),
        "dataset": st.sampled_from([None, "d1", "d2"]),
        "event_type": st.sampled_from(["battles", "riots", None]),
        "date_start": st.sampled_from(["2021-12-30", "2022-01-20"]),
        "date_end": st.sampled_from([None, "2022-01-31", "2022-02-02"]),
        "date_prec": st.sampled_from([1, 5]),
        "visibility": st.sampled_from(["public", "public", "public", "public", "restricted"]),
        "wider": st.sampled_from([0, 1, 2, 3, 4, 5, None]),
    }
)
figures = st.fixed_dictionaries(
    {
        "incident": st.sampled_from(NAMES),
        "claimant": st.sampled_from(["a1", "a2", "a3", None]),
        "measure": st.sampled_from(["killed", "killed", "injured", "escaped"]),
        "said": st.sampled_from(["3", "7", "at least 12", "up to 50", "hundreds", "unknown"]),
        "rank": st.sampled_from(["normal", "normal", "preferred", "deprecated"]),
        "status": st.sampled_from(["active", "active", "active", "retracted"]),
        "as_of_date": st.sampled_from([None, "2022-01-21", "2022-02-01"]),
    }
)
duplicates = st.tuples(st.sampled_from(range(7)), st.sampled_from(range(7)))
#: Edits, one transaction each: an incident again, figures, a duplicate, a withdrawal.
edits = st.one_of(
    st.tuples(st.just("incident"), st.sampled_from(range(7)), incidents),
    st.tuples(st.just("figure"), st.sampled_from(range(6)), figures),
    st.tuples(st.just("duplicate"), st.sampled_from(range(3)), duplicates),
    st.tuples(st.just("withdraw"), st.sampled_from(range(6)), st.none()),
)
WORDS: Final[dict[str, dict[str, Any]]] = {
    "3": {"qualifier": "exact", "amount": 3},
    "7": {"qualifier": "exact", "amount": 7},
    "at least 12": {"qualifier": "at_least", "amount": 12},
    "up to 50": {"qualifier": "at_most", "amount": 50},
    "hundreds": {"qualifier": "hundreds"},
    "unknown": {"qualifier": "unknown_count"},
}


def incident(number: int, made: dict[str, Any]) -> dict[str, Any]:
    """Return an incident; it is part of none but those before it."""
    wider = made["wider"]
    part_of = NAMES[wider] if wider is not None and wider < number else None
    rest = {key: value for key, value in made.items() if key != "wider"}
    if rest["date_end"] and rest["date_end"] < rest["date_start"]:
        rest["date_end"] = None
    name = NAMES[number]
    return {"resource": "incidents", "id": name, "title": name, "part_of": part_of, **rest}


def figure(number: int, made: dict[str, Any]) -> dict[str, Any]:
    """Return a figure; only one is preferred."""
    rest = {key: value for key, value in made.items() if key != "said"}
    if number and rest["rank"] == "preferred":
        rest["rank"] = "normal"
    return {"resource": "figures", "id": f"f{number}", **rest, **WORDS[made["said"]]}


def duplicate(number: int, ends: tuple[int, int]) -> dict[str, Any] | None:
    """Return a duplicate of one before it; None where both are one."""
    low, high = sorted(ends)
    if low == high:
        return None
    both = {"from_incident": NAMES[high], "to_incident": NAMES[low]}
    return {"resource": "relations", "id": f"r{number}", "type": "duplicate_of", **both}


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return what is there before any edit: seven incidents, figures, duplicates."""
    made = [incident(number, draw(incidents)) for number in range(7)]
    made += [figure(number, draw(figures)) for number in range(draw(st.integers(8, 12)))]
    ties = [duplicate(number, draw(duplicates)) for number in range(draw(st.integers(1, 3)))]
    return [*made, *(tie for tie in ties if tie)]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("laws") / "first.db"
    Store.make(path).close()
    base = open_base(path)
    for name in ("a1", "a2", "a3"):
        base.put({"resource": "actors", "id": name, "name": name, "actor_type": "media"})
    for name in ("d1", "d2"):
        base.put({"resource": "sources", "id": name, "title": name, "source_type": "dataset"})
    base.store.close()
    return path


def edited(base: Base, work: list[Any]) -> None:
    """Do the edits."""
    for kind, number, made in work:
        if kind == "withdraw":
            for resource in ("figures", "relations"):
                path = f"/v1/{resource}/{resource[0]}{number}?reason=gone"
                base.write("DELETE", path, If_Match="*")
            continue
        makers: dict[str, Any] = {"incident": incident, "figure": figure, "duplicate": duplicate}
        record = makers[kind](number, made)
        if record:
            path = f"/v1/{record.pop('resource')}/{record['id']}"
            answer = base.write("PUT", path, record, If_Match="*")
            if answer.status_code in (409, 412):
                base.write("PUT", path, record)
                base.write("POST", f"{path}/restore")


def brute(base: Base, measure: str, rule: str) -> dict[Any, list[Any]]:
    """Count from the records alone, by data set and month: an own, slower way."""
    shown = {one["id"]: one for one in base.json("/v1/incidents?limit=1000")["data"]}
    pairs = [
        (one["from_incident"], one["to_incident"])
        for one in base.json("/v1/relations?limit=1000")["data"]
        if {one["from_incident"], one["to_incident"]} <= shown.keys()
    ]
    up = {(name, one["part_of"]) for name, one in shown.items() if one["part_of"] in shown}
    up |= {*pairs, *((target, name) for name, target in pairs)}
    above, targets = closed(up, shown), closed(set(pairs), shown)
    rank = {name: (len(targets[name]), name) for name in shown}
    groups: dict[Any, list[Any]] = {}
    for name, one in shown.items():
        told = one["casualties"].get(measure)
        counts = not told or not any(
            shown[other]["casualties"].get(measure)
            and (name not in above[other] or rank[other] < rank[name])
            for other in above[name] - {name}
        )
        bounds = told if not told or rule == "latest" else told["rules"][rule]
        groups.setdefault((one["dataset"], one["date_start"][:7]), []).append((one, bounds, counts))
    return groups


def closed(pairs: set[Any], names: Any) -> dict[str, set[str]]:
    """Return all that each name leads to."""
    found = {name: {end for begin, end in pairs if begin == name} for name in names}
    for _ in names:
        for reached in found.values():
            reached |= {end for name in list(reached) for end in found[name]}
    return found


def added(own: list[Any]) -> dict[str, Any]:
    """Return what a group comes to."""
    counted = [(one, bounds) for one, bounds, counts in own if counts and bounds]
    bounds = [bounds for _, bounds in counted]
    told: dict[str, Any] = {
        "n_incidents": len(own),
        "n_counted": len(counted),
        "parts_left_out": sum(not counts for _, _, counts in own),
        "n_unknown": sum(counts and not bounds for _, bounds, counts in own),
        "n_no_best": sum(one["best"] is None for one in bounds),
        "n_open": sum(one["high_open"] or one["high"] is None for one in bounds),
        "n_spanning": sum(_spans(one) for one, _ in counted),
        "n_imprecise": sum(one["date_prec"] == 5 for one, _ in counted),
    }
    for name in ("low", "best", "high"):
        known = [one[name] for one in bounds if one[name] is not None]
        told[name] = sum(known) if known else None
    return told


def _spans(one: dict[str, Any]) -> bool:
    return bool((one["date_end"] or one["date_start"])[:7] > one["date_start"][:7])


def found(base: Base, path: str) -> dict[Any, dict[str, Any]]:
    """Return the groups of an answer in JSON, after the same in CSV said the same."""
    rows: list[dict[str, Any]] = base.json(path)["data"]
    table = list(csv.DictReader(io.StringIO(base.get(f"{path}&f=csv").text)))
    as_text = [{key: "" if v is None else str(v) for key, v in row.items()} for row in rows]
    assert table == as_text
    return {(row["dataset"], row["month"]): row for row in rows}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds(), work=st.lists(edits, max_size=6))
def test_sums_are_what_the_records_make_of_them(
    first: Path, tmp_path: Path, world: list[Any], work: list[Any]
) -> None:
    base = open_base(Path(shutil.copy(first, tmp_path / "work.db")))
    base.put(*world)
    edited(base, work)
    for measure in ("killed", "injured", "escaped"):
        for rule in RULES if measure == "killed" else ("latest", "median"):
            path = f"/v1/aggregate?group_by=month&measure={measure}&rule={rule}"
            wanted = {key: added(own) for key, own in brute(base, measure, rule).items()}
            for answer in (found(base, path), found(base, path + COMPUTED)):
                assert answer.keys() == wanted.keys()
                for key, told in wanted.items():
                    assert told == {name: answer[key][name] for name in told}, (rule, key)
    with base.store.reading() as connection:
        for keeper in KEEPERS:
            assert not list(keeper(base.store.tables, connection, 0).faults())
    base.store.close()


@settings(max_examples=200, deadline=None)
@given(
    wider=st.dictionaries(st.integers(1, 6), st.integers(0, 5), max_size=6),
    pairs=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5)), max_size=4),
    known=st.sets(st.integers(0, 6)),
)
def test_one_counts_of_each_that_hang_together_and_none_with_its_parts(
    wider: dict[int, int], pairs: list[tuple[int, int]], known: set[int]
) -> None:
    parts = {NAMES[low]: NAMES[up] for low, up in wider.items() if up < low}
    twins = [(NAMES[low], NAMES[up]) for low, up in pairs if up < low]
    measured = {NAMES[number]: {"killed"} for number in known}
    ties = Ties(parts, twins)
    counts = {name for name in measured if not left_out(name, ties, measured)}
    for name in counts:
        assert not counts & ties.above(name)
    for name in measured.keys() - counts:
        assert counts & ties.above(name)
    assert all(not left_out(name, ties, measured) for name in set(NAMES) - measured.keys())
