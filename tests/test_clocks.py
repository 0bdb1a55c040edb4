"""The clocks as_of and said_by: every list shows what a few lines of Python say it must."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents_api import estimates
from incidents_api.estimates import DEFAULT, RULES, Figure
from incidents_api.model import RESOURCES
from incidents_api.model.claims import STANDING, Claim
from incidents_api.storage.casualties import subject
from tests.test_plans import World, open_world

Given = dict[str, Any]
Docs = dict[str, Given]

NAMES: Final = [record.resource for record in RESOURCES]
CLAIMS: Final = [record.resource for record in RESOURCES if issubclass(record, Claim)]
DAYS: Final = st.sampled_from([f"2022-01-{n:02}" for n in range(1, 32)] + ["2019-07-16"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A random world, to read."""
    made = open_world(tmp_path_factory.mktemp("clocks"))
    yield made
    made.base.store.close()


def spoke_by(doc: Given, day: str) -> bool:
    """Return whether a claim speaks of a day or an earlier one."""
    of = doc["as_of_date"] or (doc["said_at"] or "9999")[:10]
    return bool(of <= day)


def in_force(doc: Given, day: str) -> bool:
    """Return whether something was in force on a day, open where its days are not known."""
    return (doc["valid_from"] or day) <= day <= (doc["valid_to"] or day)


def out_by(at: str | None, until: str) -> bool:
    """Return whether what was said or published at a day or an instant was out by the end of one.

    Args:
        at: The day or instant; None where it is not known.
        until: A day, or an instant in UTC.

    """
    if at is None:
        return False
    if len(at) == 10 or len(until) == 10:
        return at[:10] <= until[:10]
    return at.removesuffix("Z") <= until.removesuffix("Z")


def in_view(world: World, name: str, day: str | None, said: str | None) -> Docs:
    """Return the public records in view of as_of and said_by."""
    incidents = world.docs["incidents"]

    def seen(doc: Given) -> bool:
        if name in CLAIMS:
            of = day is None or spoke_by(doc, day)
            return of and (said is None or out_by(doc["said_at"], said))
        if name == "sources":
            return said is None or out_by(doc["published_at"], said)
        if day is None:
            return True
        if name == "incidents":
            return bool(doc["date_start"] <= day)
        if name in ("participations", "sites"):
            return bool(incidents[doc["incident"]]["date_start"] <= day)
        return name not in ("controls", "relations") or in_force(doc, day)

    return {key: doc for key, doc in world.docs[name].items() if seen(doc)}


def as_it_stood(doc: Given, day: str | None, said: str | None) -> Given:
    """Return a claim as it stood before it was taken back or disputed, if that was later."""
    last = min(one[:10] for one in (day, said) if one) if day or said else "9999"
    if doc["status"] == "active" or (doc["status_from"] or "") <= last:
        return doc
    return doc | {"status": "active", "status_from": None, "status_reason": None}


def as_seen(world: World, name: str, day: str | None, said: str | None) -> Docs:
    """Return them with what follows from the claims in view."""
    found = in_view(world, name, day, said)
    if name in CLAIMS:
        found = {key: as_it_stood(doc, day, said) for key, doc in found.items()}
        corrected = {d["supersedes"] for d in found.values() if d["status"] in STANDING}
        return {key: doc | {"superseded": key in corrected} for key, doc in found.items()}
    if name == "incidents":
        claims = as_seen(world, "figures", day, said).values()
        return {key: doc | {"casualties": counted(doc, claims)} for key, doc in found.items()}
    return found


def counted(incident: Given, claims: Any) -> Given:
    """Return an incident's casualties by these figures."""
    own = [Figure.of(doc) for doc in claims if doc["incident"] == incident["id"]]
    return estimates.casualties(own, subject(incident))


def query(day: str | None, said: str | None) -> str:
    """Return the clocks as parameters."""
    told = {"as_of": day, "said_by": said}
    return "&".join(f"{name}={value}" for name, value in told.items() if value)


@settings(max_examples=8, deadline=None)
@given(
    day=st.none() | DAYS,
    said=st.none() | DAYS | DAYS.map(lambda day: f"{day}T11:30:00Z"),
)
@pytest.mark.parametrize("name", NAMES)
def test_a_list_shows_what_is_in_view_and_what_follows_from_it(
    world: World, name: str, day: str | None, said: str | None
) -> None:
    wanted = as_seen(world, name, day, said)
    lines = world.base.get(f"/v1/{name}?f=ndjson&{query(day, said)}").text.splitlines()
    found = {doc["id"]: doc for doc in map(orjson.loads, lines)}
    assert found == wanted


def rows(world: World, path: str) -> Docs:
    """Return the rows of a CSV answer by id."""
    told = csv.DictReader(io.StringIO(world.base.get(path).text, newline=""))
    return {row["id"]: row for row in told}


@pytest.mark.parametrize(
    "clocks", [("2022-01-20", None), (None, "2022-01-25"), ("2022-01-28",) * 2]
)
def test_columns_filters_and_sorts_are_those_of_what_is_in_view(
    world: World, clocks: tuple[str | None, str | None]
) -> None:
    asked = query(*clocks)
    figures = as_seen(world, "figures", *clocks)
    superseded = {key for key, doc in figures.items() if doc["superseded"]}
    assert set(rows(world, f"/v1/figures?f=csv&superseded=true&{asked}")) == superseded
    known = {
        key: killed["low"]
        for key, doc in as_seen(world, "incidents", *clocks).items()
        if (killed := doc["casualties"]["killed"])
    }
    assert known
    least = sorted(known.values())[len(known) // 2]
    found = rows(world, f"/v1/incidents?f=csv&killed_low__gte={least}&{asked}")
    assert {key: int(row["killed_low"]) for key, row in found.items()} == {
        key: low for key, low in known.items() if low is not None and low >= least
    }
    ordered = world.base.ids(f"/v1/incidents?sort=-killed_low&limit=20&{asked}")
    lows = [known[key] for key in ordered if known.get(key) is not None]
    assert lows == sorted(lows, reverse=True) == [known[key] for key in ordered[: len(lows)]]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != DEFAULT])
def test_columns_by_another_rule_are_those_of_what_is_in_view(world: World, rule: str) -> None:
    clocks = "2022-01-20", "2022-01-28"
    found = rows(world, f"/v1/incidents?f=csv&rule={rule}&{query(*clocks)}")
    docs = as_seen(world, "incidents", *clocks)
    assert set(found) == set(docs)
    for key, row in found.items():
        killed = docs[key]["casualties"]["killed"]
        told = killed and killed["rules"][rule]
        assert row["killed_high"] == (str(told["high"]) if told else ""), key


def test_what_is_superseded_or_counted_differs_with_the_clocks(world: World) -> None:
    late, early = ((None, None), ("2022-01-20", None))
    now, then = as_seen(world, "figures", *late), as_seen(world, "figures", *early)
    assert any(now[key]["superseded"] != doc["superseded"] for key, doc in then.items())
    incidents = as_seen(world, "incidents", *early).items()
    assert any(doc != world.docs["incidents"][key] for key, doc in incidents)


SUBLISTS: Final = [
    (record.resource, item.name)
    for record in RESOURCES
    for item in RESOURCES.sublists(record.resource)
]


@pytest.mark.parametrize(("name", "sublist"), SUBLISTS)
def test_sub_lists_and_embedded_records_are_in_view_too(
    world: World, name: str, sublist: str
) -> None:
    item = next(one for one in RESOURCES.sublists(name) if one.name == sublist)
    day, said = "2022-01-20", "2022-01-26T11:30:00Z"
    there = as_seen(world, item.resource, day, said)
    asked = query(day, said)
    mine = list(in_view(world, name, day, said))[:12]
    assert mine
    for key in mine:
        now = set(world.base.ids(f"/v1/{name}/{key}/{sublist}?limit=1000"))
        found = world.base.json(f"/v1/{name}/{key}/{sublist}?limit=1000&{asked}")["data"]
        assert {doc["id"] for doc in found} <= now & set(there)
        if item.parameter not in ("actor", "facility", "claimant", "source"):
            # By these a record may be found over another one, which may not be in view.
            assert {doc["id"] for doc in found} == now & set(there)
        embedded = world.base.json(f"/v1/{name}/{key}?include={sublist}&{asked}")["embedded"]
        by_id = sorted(embedded[sublist], key=lambda doc: doc["id"])
        assert by_id == sorted(found, key=lambda doc: doc["id"])


@pytest.mark.parametrize("name", NAMES)
def test_a_single_record_is_the_one_of_the_list_or_is_not_in_view(world: World, name: str) -> None:
    day, said = "2022-01-18", "2022-01-26"
    wanted = as_seen(world, name, day, said)
    for key in sorted(world.docs[name])[:15]:
        answer = world.base.get(f"/v1/{name}/{key}?{query(day, said)}")
        if key in wanted:
            assert (answer.status_code, answer.get_json()) == (200, wanted[key])
        else:
            assert answer.status_code == 404
            assert "is not in view" in answer.get_json()["detail"]
            assert world.base.get(f"/v1/{name}/{key}?f=csv&{query(day, said)}").status_code == 404


def test_a_filter_through_a_link_looks_at_what_is_in_view(world: World) -> None:
    day = "2022-01-12"
    seen = in_view(world, "incidents", day, None)
    for country in {doc["country"] for doc in seen.values()} - {None}:
        inside = {key for key, doc in seen.items() if doc["country"] == country}
        wanted = {
            key
            for key, doc in in_view(world, "figures", day, None).items()
            if doc["incident"] in inside
        }
        found = world.base.ids(f"/v1/figures?incident__country={country}&as_of={day}&limit=1000")
        assert set(found) == wanted


def test_a_search_finds_what_is_in_view_alone(world: World) -> None:
    day, said = "2022-01-20", "2022-01-26"
    path = "/v1/search?q=hasakah&limit=1000"
    now = {(one["resource"], one["record"]["id"]) for one in world.base.json(path)["data"]}
    seen = {(name, key) for name in NAMES for key in in_view(world, name, day, said)}
    told = world.base.json(f"{path}&{query(day, said)}")["data"]
    found = {(one["resource"], one["record"]["id"]) for one in told}
    assert found == now & seen
    assert found < now
    scores = [one["score"] for one in told]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] > 0  # they are told apart, as without clocks


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
@pytest.mark.parametrize("name", ["incidents", "actors", "facilities", "sites", "participations"])
def test_a_clock_that_leaves_all_in_view_changes_no_byte(
    world: World, name: str, format_: str
) -> None:
    now = world.base.get(f"/v1/{name}?f={format_}")
    end = world.base.get(f"/v1/{name}?f={format_}&as_of=9999-12-31")
    assert len(now.data) > 1000
    assert end.data == now.data
