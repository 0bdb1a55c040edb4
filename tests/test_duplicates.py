"""Suggested duplicates: what is like an incident is found, with reasons; nothing is merged."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents_api.model.likeness import Sketch, likeness
from incidents_api.storage import duplicates
from tests.conftest import Base
from tests.merging import merge
from tests.test_errors import problem
from tests.test_writes import Given, good

#: What an incident is compared with.
OWN: Final = {
    "resource": "incidents",
    "id": "own",
    "title": "Attack on the market of Raqqa",
    "date_start": "2019-05-10",
    "date_prec": 1,
    "country": "SYR",
    "place": "Raqqa",
    "where_prec": 1,
    "latitude": 35.95,
    "longitude": 39.01,
    "event_type": "battles",
}
#: Others that differ from it, and the kinds of likeness that are found; none if it is no candidate.
OTHERS: Final[dict[str, tuple[Given, set[str]]]] = {
    "the same again": ({}, {"days", "place", "words", "event_type"}),
    "the day after": ({"date_start": "2019-05-11"}, {"days", "place", "words", "event_type"}),
    "two days later": ({"date_start": "2019-05-12"}, set()),
    "in that week": (
        {"date_start": "2019-05-13", "date_prec": 3},
        {"days", "place", "words", "event_type"},
    ),
    "over some days": (
        {"date_start": "2019-05-01", "date_end": "2019-05-30"},
        {"days", "place", "words", "event_type"},
    ),
    "spelt otherwise": (
        {"place": "RAQQA", "title": "Ráqqa: battle", "latitude": None, "longitude": None},
        {"days", "place", "words", "event_type"},
    ),
    "near": (
        {"place": None, "latitude": 35.97, "title": "Clash"},
        {"days", "place", "event_type"},
    ),
    "far": ({"place": "Homs", "latitude": 34.73, "longitude": 36.71}, set()),
    "in another country": ({"country": "IRQ", "place": None}, set()),
    "only that day": (
        {"title": "Clash", "place": None, "latitude": None, "longitude": None, "where_prec": None},
        set(),
    ),
    "of another kind": ({"event_type": "riots"}, {"days", "place", "words"}),
}


def found(base: Base, query: str = "") -> dict[str, Given]:
    rows: list[Given] = base.json(f"/v1/incidents/own/duplicates{query}")["data"]
    return {row["id"]: row for row in rows}


def incident(name: str, **members: Any) -> Given:
    return {**OWN, "id": name, **members}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_like_an_incident_is_found_with_the_reasons(empty: Base, case: str) -> None:
    members, kinds = OTHERS[case]
    empty.put(OWN, incident("other", **members))
    rows = found(empty)
    assert set(rows) == ({"other"} if kinds else set())
    if kinds:
        row = rows["other"]
        assert {reason["kind"] for reason in row["reasons"]} == kinds
        assert all(reason["why"] for reason in row["reasons"])
        assert 0.25 < row["score"] <= 1
        assert empty.json(row["href"])["title"] == row["title"]


def test_who_and_where_in_both_make_a_candidate_of_an_unnamed_one(empty: Base) -> None:
    bare = {"title": "Clash", "place": None, "latitude": None, "longitude": None}
    empty.put(
        OWN,
        incident("actors", **bare),
        incident("facility", **bare),
        {"resource": "actors", "id": "a", "name": "A", "actor_type": "rebel_group"},
        {"resource": "facilities", "id": "m", "name": "M", "facility_type": "market"},
        *(
            {"resource": "participations", "incident": one, "actor": "a", "role": "attacker"}
            for one in ("own", "actors")
        ),
        *(
            {"resource": "sites", "incident": one, "facility": "m", "role": "target"}
            for one in ("own", "facility")
        ),
    )
    rows = found(empty)
    assert rows["actors"]["reasons"][1]["why"] == "a in both, of 1 actors in all"
    assert [reason["kind"] for reason in rows["facility"]["reasons"]][:2] == ["days", "facilities"]
    assert list(rows) == ["actors", "facility"]


def test_the_likest_comes_first_and_limit_cuts_the_rest(empty: Base) -> None:
    empty.put(
        OWN,
        incident("b"),
        incident("a"),
        incident("c", title="Clash"),
        incident("d", date_start="2019-05-11"),
    )
    assert list(found(empty)) == ["a", "b", "d", "c"]
    assert list(found(empty, "?limit=2")) == ["a", "b"]
    table = empty.get("/v1/incidents/own/duplicates?f=csv").text.splitlines()
    assert table[0] == "id,title,date_start,place,score,related,reasons"
    assert [line.split(",")[0] for line in table[1:]] == ["a", "b", "d", "c"]
    scores = [row["score"] for row in found(empty).values()]
    assert scores == sorted(scores, reverse=True)


def test_what_is_related_already_is_said_to_be(empty: Base) -> None:
    empty.put(
        {**OWN, "part_of": "whole"},
        incident("whole"),
        incident("beside", part_of="whole"),
        incident("part", part_of="own"),
        incident("twin"),
        incident("new"),
        {"resource": "relations", "type": "duplicate_of"}
        | {"from_incident": "twin", "to_incident": "own"},
    )
    assert {name: row["related"] for name, row in found(empty).items()} == {
        "whole": "part_of",
        "beside": "parts_of_one",
        "part": "part_of",
        "twin": "duplicate_of",
        "new": None,
    }


def test_what_is_not_public_or_does_not_stand_is_no_candidate(empty: Base) -> None:
    empty.put(
        OWN, incident("hidden", visibility="restricted"), incident("gone"), incident("merged")
    )
    good(empty.write("DELETE", "/v1/incidents/gone?reason=x", If_Match="*"))
    merge(empty, "incidents", "merged", "own")
    assert found(empty) == {}
    answer = empty.get("/v1/incidents/merged/duplicates?limit=2")
    assert answer.headers["Location"] == "/v1/incidents/own/duplicates?limit=2"
    assert problem(empty.get("/v1/incidents/hidden/duplicates"), 404)
    assert problem(empty.get("/v1/incidents/gone/duplicates"), 410)
    assert problem(empty.get("/v1/incidents/own/duplicates?limit=1001"), 400)


def test_what_is_withdrawn_while_it_is_looked_for_has_no_candidates(empty: Base) -> None:
    empty.put(OWN, incident("twin"))
    with empty.store.reading() as connection:
        assert duplicates.candidates(connection, "own", 5).found
    good(empty.write("DELETE", "/v1/incidents/own?reason=x", If_Match="*"))
    with empty.store.reading() as connection:
        assert duplicates.candidates(connection, "own", 5).found == []


def test_it_is_unchanged_until_something_is_written(empty: Base) -> None:
    empty.put(OWN)
    tag = empty.get("/v1/incidents/own/duplicates").headers["ETag"]
    assert empty.get("/v1/incidents/own/duplicates", If_None_Match=tag).status_code == 304
    empty.put(incident("other"))
    assert empty.get("/v1/incidents/own/duplicates", If_None_Match=tag).status_code == 200


@pytest.mark.parametrize("members", [{"date_start": "0001-01-01"}, {"date_start": "9999-12-31"}])
def test_the_ends_of_the_calendar_and_of_the_map_are_looked_around(
    empty: Base, members: Given
) -> None:
    edge = {"longitude": 179.99, "latitude": 0.0, "country": None, "place": None, **members}
    empty.put({**OWN, **edge}, incident("other", **{**edge, "longitude": -179.99}))
    assert list(found(empty)) == ["other"]


def test_a_crowded_week_is_looked_at_in_part_and_along_indexes(empty: Base) -> None:
    empty.put(OWN, *(incident(f"n{number}") for number in range(700)))
    told = empty.json("/v1/incidents/own/duplicates?limit=100")
    assert told["meta"]["returned"] == 100
    assert 100 <= told["meta"]["scored"] <= 2 * sum(duplicates.NEAREST.values())
    plans: list[str] = []
    connection = empty.store.connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    empty.json("/v1/incidents/own/duplicates")
    connection.set_trace_callback(None)
    for statement in statements:
        if "SELECT" in statement and not statement.startswith("--"):
            plans += [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert any("INDEX incidents_country" in plan for plan in plans)
    tables = ("SCAN t ", "SCAN incidents", "SCAN participations", "SCAN sites", "SCAN x")
    assert [plan for plan in plans if f"{plan} ".startswith(tables) and "INDEX" not in plan] == []


SKETCHES: Final = st.builds(
    Sketch,
    id=st.just("x"),
    title=st.text(max_size=9),
    date_start=st.sampled_from(("2022-01-20", "2022-01-21", "2022-02-20")),
    date_end=st.sampled_from((None, "2022-03-01")),
    date_prec=st.sampled_from((None, 1, 2, 3, 4, 5)),
    country=st.sampled_from((None, "SYR", "IRQ")),
    place=st.sampled_from((None, "A", "á", "B")),
    latitude=st.sampled_from((0.0, 0.1, 89.0)),
    longitude=st.sampled_from((0.0, 180.0, -180.0)),
    where_prec=st.sampled_from((None, 1, 2, 3, 4, 5, 6, 7)),
    event_type=st.sampled_from((None, "battles", "riots")),
    actors=st.frozensets(st.sampled_from("abc")),
    facilities=st.frozensets(st.sampled_from("fg")),
)


@given(one=SKETCHES, other=SKETCHES)
def test_likeness_goes_both_ways_and_is_never_more_than_one(one: Sketch, other: Sketch) -> None:
    like, back = likeness(one, other), likeness(other, one)
    assert (like is None) == (back is None)
    if like and back:
        assert like.score == back.score
        assert 0 < like.score <= 1
        assert {reason.kind for reason in like.reasons} == {reason.kind for reason in back.reasons}
        assert all(0 < reason.share <= 1 for reason in like.reasons)


@given(one=SKETCHES, other=SKETCHES)
def test_nothing_is_liker_than_itself(one: Sketch, other: Sketch) -> None:
    like, own = likeness(one, other), likeness(one, one)
    if like and own:
        assert like.score <= own.score
