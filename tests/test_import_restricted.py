"""Data sets that may not be passed on: imported again and again, and shown to nobody unasked."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents_api.model import RESOURCES
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests.conftest import Base
from tests.imports import Imported, run, written
from tests.invented import acled, gtd, old_acled

Row = dict[str, Any]


class Kind(NamedTuple):
    """A format: how a row is made, the column of its name, two names, what a later release says."""

    name: str
    row: Callable[..., Row]
    key: str
    names: tuple[str, str]
    later: Row
    best: int

    def rows(self) -> list[Row]:
        """Return two rows."""
        return [self.row(**{self.key: name}) for name in self.names]

    def main(self, place: int) -> str:
        """Return the id of the incident of a row."""
        return f"{self.name}-{self.names[place].lower()}"


KINDS: Final = (
    Kind("acled", acled, "event_id_cnty", ("SYR900001", "SYR900003"), {"fatalities": "15"}, 15),
    Kind("acled", old_acled, "event_id_cnty", ("SYR900002", "SYR900004"), {"fatalities": "3"}, 3),
    Kind("gtd", gtd, "eventid", ("202403050001", "202403050002"), {"nkill": "6"}, 6),
)
kinds = pytest.mark.parametrize("kind", KINDS, ids=("acled", "old-acled", "gtd"))

NAMES: Final = tuple(record.resource for record in RESOURCES)
#: What anybody can ask for that shows records, their names, or sums of them.
PUBLIC: Final = (
    *(f"/v1/{name}?{more}" for name in NAMES for more in ("total=true", "f=csv", "f=ndjson")),
    "/v1/incidents?f=geojson&bbox=-180,-90,180,90",
    "/v1/incidents?country=SYR&q=invented",
    "/v1/search?q=invented",
    "/v1/search?q=exampleville",
    "/v1/aggregate?group_by=country",
    "/v1/aggregate?group_by=year,event_type&f=csv",
    "/v1/estimates?measure=killed",
    "/v1/contradictions",
    "/v1/changes?after=0",
    "/v1/changes?after=0&include=record",
    *(f"/v1/export?format={name}" for name in ("bundle", "sqlite")),
    *(f"/v1/export/incidents?format={name}" for name in ("csv", "geojson", "ucdp")),
)


def everything(store: Store) -> list[tuple[str, str]]:
    """Return the resource and id of all living records."""
    return [
        (name, found)
        for name in NAMES
        for (found,) in store.connection.execute(f"SELECT id FROM {name} WHERE state = 'live'")
    ]


@kinds
def test_nobody_sees_what_may_not_be_passed_on(empty: Base, tmp_path: Path, kind: Kind) -> None:
    # More attackers than all: a contradiction too.
    more = {"nkillter": "9"} if kind.name == "gtd" else {}
    Imported(empty, tmp_path, *(row | more for row in kind.rows()))
    records = everything(empty.store)
    ids = [name for _, name in records if kind.name in name and name != kind.name]
    assert len(ids) > 8
    for path in PUBLIC:
        shown = empty.get(path)
        assert shown.status_code == 200, path
        text = shown.data.decode("latin-1").casefold().replace(path.casefold(), "")
        for word in ("invented", "exampleville", "exampleton", "example g", *ids):
            assert word not in text, path
    for resource, name in records:
        assert empty.get(f"/v1/{resource}/{name}").status_code == 404
        key = f"Bearer {empty.key}"
        found = empty.get(f"/v1/{resource}/{name}", Authorization=key)
        assert (found.status_code, found.get_json()["visibility"]) == (200, "restricted")
    assert list(consistency.faults(empty.store)) == []


@kinds
def test_sums_that_everybody_sees_are_as_before(empty: Base, tmp_path: Path, kind: Kind) -> None:
    own = {"resource": "incidents", "id": "own", "title": "T", "country": "SYR"}
    killed = {"resource": "figures", "id": "f", "incident": "own", "measure": "killed", "best": 4}
    empty.put(own | {"date_start": "2024-03-05"}, killed)
    path = "/v1/aggregate?group_by=country"
    before = empty.json(path)["data"]
    Imported(empty, tmp_path, *kind.rows())
    assert empty.json(path)["data"] == before
    assert empty.ids("/v1/incidents") == ["own"]


@kinds
def test_an_actor_whom_everybody_sees_shows_nothing_of_it(
    empty: Base, tmp_path: Path, kind: Kind
) -> None:
    name = kind.row().get("actor1") or kind.row()["gname"]
    empty.put({"resource": "actors", "id": "seen", "name": name, "actor_type": "rebel_group"})
    before = empty.json("/v1/actors/seen")
    done = Imported(empty, tmp_path, *kind.rows())
    ending = "g1" if kind.name == "gtd" else "a"
    assert done.record("participations", f"{kind.main(0)}-{ending}")["actor"] == "seen"
    assert empty.json("/v1/actors/seen") == before
    for path in ("incidents", "participations", "figures", "estimates", "timeline"):
        assert empty.json(f"/v1/actors/seen/{path}")["data"] == []
    assert empty.json("/v1/incidents?actor=seen")["data"] == []
    assert [one["id"] for one in empty.json("/v1/changes?after=0")["data"]] == ["seen"]


@kinds
def test_the_same_again_changes_nothing(empty: Base, tmp_path: Path, kind: Kind) -> None:
    first = Imported(empty, tmp_path, *kind.rows()).summary
    assert (first.counts()["accepted"], first.counts()["rows"]) == (2, 2)
    again = Imported(empty, tmp_path, *kind.rows()).summary
    assert again.seq == (first.seq[1], first.seq[1])
    assert again.counts()["unchanged"] == 2


@kinds
def test_a_later_release_changes_what_it_changed(empty: Base, tmp_path: Path, kind: Kind) -> None:
    Imported(empty, tmp_path, *kind.rows())
    one, other = kind.rows()
    done = Imported(empty, tmp_path, one | kind.later, other)
    assert [row["outcome"] for row in done.rows] == ["changed", "unchanged"]
    figure = done.record("figures", f"{kind.main(0)}-killed")
    assert (figure["best"], figure["version"]) == (kind.best, 2)
    path = f"figures/{kind.main(0)}-killed/history?fields=best"
    assert done.read(path)["data"][0]["record"]["best"] == kind.best
    assert list(consistency.faults(empty.store)) == []


@kinds
def test_what_a_later_release_does_not_have_is_withdrawn_if_asked(
    empty: Base, tmp_path: Path, kind: Kind
) -> None:
    Imported(empty, tmp_path, *kind.rows())
    done = Imported(empty, tmp_path, kind.rows()[0], withdraw_missing=True)
    assert (done.summary.missing, done.summary.withdrawn) == ([kind.main(1)], 1)
    live = [name for _, name in everything(empty.store)]
    assert kind.main(0) in live
    assert not [name for name in live if name.startswith(kind.main(1))]


@kinds
def test_a_trial_writes_nothing(empty: Base, tmp_path: Path, kind: Kind) -> None:
    before = empty.store.seq()
    done = Imported(empty, tmp_path, *kind.rows(), dry_run=True)
    assert (done.summary.counts()["accepted"], done.summary.head["dry_run"]) == (2, True)
    assert empty.store.seq() == before
    assert everything(empty.store) == []


@kinds
def test_a_row_that_is_refused_leaves_the_others(empty: Base, tmp_path: Path, kind: Kind) -> None:
    one, other = kind.rows()
    done = Imported(empty, tmp_path, one, one, other | {"latitude": "north"})
    assert done.summary.counts()["accepted"] == 1
    reasons = {row["line"]: row["reasons"] for row in done.rows if row["outcome"] == "refused"}
    assert reasons == {
        3: [f"{kind.key} {kind.names[0]} is there already, at export.csv:2"],
        4: ["latitude: is 'north'; it must be a number"],
    }


@kinds
def test_the_data_set_is_a_source_with_its_terms(empty: Base, tmp_path: Path, kind: Kind) -> None:
    done = Imported(empty, tmp_path, *kind.rows())
    found = done.record("sources", kind.name)
    assert (found["redistribution"], found["visibility"], found["source_type"]) == (
        *("no", "restricted"),
        "dataset",
    )
    day = kind.row().get("event_date", "2024-03-05")
    first = "2012-01-23" if day.startswith("23") else day
    assert found["coverage"] == f"2 rows, {first} to {first}, Syria"


def test_no_release_is_read_from_the_name_of_a_file(empty: Base, tmp_path: Path) -> None:
    file = written(tmp_path / "acled_01_31_2024.csv", [acled(timestamp="")])
    assert run(empty.store, file).head["release"] is None
    figure = empty.store.get("figures", "acled-syr900001-killed")
    assert figure
    assert b'"said_at":"2026-11-30"' in figure.document


#: Cells that some export could have, and that none should.
CELLS: Final = st.one_of(
    st.sampled_from(
        [
            *("", "0", "1", "-9", "-99", "2.5", "12", "1e30", "9" * 15, "-1", "=A1", "."),
            *("Unknown", "2024-02-30", "31 February 2024", "2024-03-05", "a; b;; a", ";", " "),
            *("Battles", "Other", "Mob violence", "Civilian targeting", "x" * 700),
            *('"A," B, March 6, 2024.', '"A," B, March 66, 2024.', "Name: Somebody Invented"),
        ]
    ),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30),
)


@kinds
def test_any_row_is_taken_whole_or_refused_with_a_reason(
    empty: Base, tmp_path: Path, kind: Kind
) -> None:
    numbers = count(10)

    @given(st.dictionaries(st.sampled_from(sorted(kind.row())), CELLS, max_size=12))
    @settings(max_examples=60, deadline=None)
    def taken_or_refused(changed: Row) -> None:
        name = f"{kind.names[0][:-2]}{next(numbers)}"
        row = kind.row(**{kind.key: name}) | changed
        main = f"{kind.name}-{row[kind.key].strip().lower()}"
        before = set(everything(empty.store))
        done = Imported(empty, tmp_path, row)
        made = set(everything(empty.store)) - before - {("sources", kind.name)}
        (told,) = done.rows
        assert told["outcome"] in ("accepted", "refused", "unchanged", "changed")
        assert bool(told["reasons"]) is (told["outcome"] == "refused")
        whole = {("incidents", main), ("figures", f"{main}-killed")}
        assert whole <= made or told["outcome"] != "accepted"
        assert not made or told["outcome"] in ("accepted", "changed")

    taken_or_refused()
    assert list(consistency.faults(empty.store)) == []
    shown = [empty.store.get(resource, name) for resource, name in everything(empty.store)]
    assert len(shown) > 50
    assert all(each and b'"visibility":"restricted"' in each.document for each in shown)
