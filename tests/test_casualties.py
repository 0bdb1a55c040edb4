"""The casualties of an incident: revised with every claim, filtered, sorted, in columns."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import pytest

from incidents_api.estimates import RULES
from incidents_api.storage import consistency
from tests.conftest import Base
from tests.test_plans import World, open_world

PATH: Final = "/v1/incidents/i"
OTHER_RULES: Final = [rule for rule in RULES if rule != "latest"]
MEMBERS: Final = ("low", "best", "best_basis", "high", "high_open")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("casualties"))
    yield made
    made.base.store.close()


@pytest.fixture
def one(empty: Base) -> Base:
    """A base with an incident, its actors, and a source."""
    empty.put(
        {"resource": "actors", "id": "a", "name": "A", "actor_type": "monitor_ngo"},
        {"resource": "actors", "id": "b", "name": "B", "actor_type": "media"},
        {"resource": "incidents", "id": "i", "title": "I", "date_start": "2022-01-20"},
        {
            "resource": "sources",
            "id": "s",
            "title": "S",
            "source_type": "other",
            "published_at": "2022-01-22",
        },
    )
    return empty


def said(name: str, number: int, **more: Any) -> dict[str, Any]:
    """Return what ``a`` says of all who were killed, unless more is said."""
    plain = {"id": name, "incident": "i", "claimant": "a", "measure": "killed"}
    return {"resource": "figures", **plain, "qualifier": "exact", "amount": number, **more}


def best(base: Base, rule: str = "latest") -> Any:
    """Return how many were killed by a rule; None where nobody says."""
    told = base.json(PATH)["casualties"]["killed"]
    told = told if told is None or rule == "latest" else told["rules"][rule]
    return told and told["best"]


def test_an_incident_without_figures_knows_nothing(one: Base) -> None:
    told = one.json(PATH)["casualties"]
    assert told == {"rule": "latest", "disputed": False, "killed": None, "injured": None}


def test_casualties_follow_every_write_that_changes_them(one: Base) -> None:
    one.put(said("f", 10))
    assert best(one) == 10
    one.put(said("g", 12, supersedes="f"))
    assert best(one) == 12
    one.put(said("g", 12, supersedes="f", status="retracted"))
    assert best(one) == 10
    one.put(said("f", 10, visibility="restricted"))
    assert best(one) is None
    one.put(said("f", 10))
    assert best(one) == 10
    one.write("DELETE", "/v1/figures/f?reason=wrong", If_Match="*")
    one.write("DELETE", "/v1/figures/g?reason=wrong&cascade=true", If_Match="*")
    one.write("DELETE", "/v1/figures/f?reason=wrong", If_Match="*")
    assert best(one) is None


def test_casualties_follow_the_date_of_a_source(one: Base) -> None:
    one.put(
        said("f", 10, said_at="2022-01-21", as_of_date="2022-01-21"),
        said("g", 12, as_of_date="2022-01-21", sources=[{"source": "s", "locator": "1"}]),
    )
    assert best(one) == 12
    source = one.store.registry["sources"]
    given = {"id": "s", "title": "S", "source_type": "other", "published_at": "2022-01-20"}
    with one.store.writing("test") as transaction:
        transaction.put("sources", source.read(given))
    assert best(one) == 10


def test_a_day_that_was_given_stays_given_where_the_source_comes_to_say_the_same(one: Base) -> None:
    source = {"resource": "sources", "id": "s", "title": "S", "source_type": "other"}
    one.put(said("f", 3, sources=[{"source": "s"}], said_at="2022-01-24"))
    for day in ("2022-01-24", "2022-01-26"):
        one.put({**source, "published_at": day})
        assert list(consistency.faults(one.store)) == []
        told = one.json("/v1/figures/f")
        assert (told["said_at"], "said_at" in told["computed"]) == ("2022-01-24", False)


def test_claims_that_contradict_each_other_make_a_measure_disputed(one: Base) -> None:
    day = {"as_of_date": "2022-01-21"}
    one.put(said("f", 10, **day), said("g", 30, claimant="b", **day))
    one.put(said("h", 3, measure="injured", **day))
    told = one.json(PATH)["casualties"]
    assert [told["disputed"], told["killed"]["disputed"]] == [True, True]
    assert told["injured"]["disputed"] is False
    assert one.ids("/v1/incidents?disputed=true&killed_disputed=true") == ["i"]
    one.put(said("g", 30, claimant="b", status="retracted", **day))
    assert one.ids("/v1/incidents?disputed=true") == []


def test_an_incident_that_is_restricted_shows_nothing_of_its_figures(one: Base) -> None:
    hidden = {"id": "i", "title": "I", "date_start": "2022-01-20", "visibility": "restricted"}
    one.put(said("f", 10), {"resource": "incidents", **hidden})
    assert one.get(PATH).status_code == 404
    one.put({"resource": "incidents", **hidden, "visibility": "public"})
    assert best(one) == 10


def test_a_computed_change_is_no_edit(one: Base) -> None:
    one.put(said("f", 10))
    history = one.json(f"{PATH}/history")["data"]
    assert [(row["action"], row["changed_fields"]) for row in history] == [
        ("computed", ["casualties"]),
        ("create", []),
    ]
    assert one.json(PATH)["version"] == 1


def test_what_was_read_can_be_put_back(one: Base) -> None:
    one.put(said("f", 10))
    tag = one.get(PATH).headers["ETag"]
    answer = one.write("PUT", PATH, one.json(PATH), If_Match=tag)
    assert answer.status_code == 200
    assert answer.get_json()["casualties"]["killed"]["best"] == 10
    answer = one.write("PUT", PATH, {**one.json(PATH), "casualties": 10}, If_Match=tag)
    assert answer.status_code == 422


def told(doc: dict[str, Any], measure: str, rule: str, member: str) -> Any:
    """Return what a document says of a measure by a rule."""
    found = doc["casualties"][measure]
    if found and rule != "latest":
        found = found["rules"][rule]
    return found and found[member]


@pytest.mark.parametrize("rule", RULES)
def test_columns_speak_of_the_rule_that_is_asked_for(world: World, rule: str) -> None:
    docs = world.docs["incidents"]
    text = world.base.get(f"/v1/incidents?rule={rule}&f=csv").text
    table = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert table.keys() == docs.keys()
    for name, row in table.items():
        assert row["killed_rule"] == row["injured_rule"] == rule
        for measure in ("killed", "injured"):
            for member in MEMBERS:
                value = told(docs[name], measure, rule, member)
                assert row[f"{measure}_{member}"] == ("" if value is None else _text(value))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("operator", ["gte", "lt"])
def test_filters_speak_of_the_rule_that_is_asked_for(
    world: World, rule: str, operator: str
) -> None:
    docs = world.docs["incidents"]
    for measure, member in (("killed", "low"), ("killed", "best"), ("injured", "high")):
        known = {name: told(doc, measure, rule, member) for name, doc in docs.items()}
        least = {name for name, value in known.items() if value is not None and value >= 40}
        least = (
            {n for n, v in known.items() if v is not None} - least if operator == "lt" else least
        )
        query = f"rule={rule}&{measure}_{member}__{operator}=40"
        assert set(world.base.ids(f"/v1/incidents?{query}&limit=1000")) == least


@pytest.mark.parametrize("rule", OTHER_RULES)
def test_order_speaks_of_the_rule_that_is_asked_for(world: World, rule: str) -> None:
    docs = world.docs["incidents"]
    keys = {name: told(doc, "killed", rule, "high") for name, doc in docs.items()}
    known = sorted((name for name in keys if keys[name] is not None), reverse=True)
    known.sort(key=lambda name: keys[name], reverse=True)
    unknown = sorted((name for name in keys if keys[name] is None), reverse=True)
    path = f"/v1/incidents?rule={rule}&sort=-killed_high&limit=7"
    assert world.base.ids(path) == known + unknown


def test_a_list_under_an_actor_and_a_search_take_a_rule_too(world: World) -> None:
    name = next(iter(world.docs["actors"]))
    query = "rule=median&killed_best__exists=true"
    own = world.base.ids(f"/v1/actors/{name}/incidents?{query}")
    body = {"rule": "median", "killed_best__exists": True, "actor": [name]}
    found = world.base.write("POST", "/v1/incidents/search", body).get_json()["data"]
    assert own == [record["id"] for record in found]


def test_the_document_is_the_same_by_every_rule(sample: Base) -> None:
    plain = sample.json("/v1/incidents")["data"]
    assert all(sample.json(f"/v1/incidents?rule={rule}")["data"] == plain for rule in RULES)
