"""Filters answer what a plain reading of the documents gives."""

import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents_api.model import RESOURCES
from incidents_api.model.fields import Code, Day, Flag, Integer, Link, Moment, Number
from incidents_api.model.record import Part
from incidents_api.storage import query
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.parameters import Parameter
from tests.conftest import Base
from tests.test_plans import NAMES, World, open_world

Doc = dict[str, Any]
Test = Callable[[Doc], bool]
GRAMMARS = {record.resource: Grammar(RESOURCES, record) for record in RESOURCES}
FILTERS = {
    name: [p for p in grammar.parameters.values() if p.operator]
    for name, grammar in GRAMMARS.items()
}
CLAIMS = ("figure", "assertion")
#: What a filter over several links goes through: the link records, and their two ends.
REACHES = {
    ("incidents", "actor"): [("participations", "incident", "actor")],
    ("incidents", "facility"): [("sites", "incident", "facility")],
    ("incidents", "claimant"): [(f"{kind}s", "incident", "claimant") for kind in CLAIMS],
    ("incidents", "source"): [(f"{kind}s", "incident", "sources") for kind in CLAIMS],
    ("facilities", "actor"): [("controls", "facility", "actor")],
    ("relations", "incident"): [("", "from_incident", "to_incident")],
    ("relations", "actor"): [("", "from_actor", "to_actor")],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("filters"))
    yield made
    made.base.store.close()


def items(target: Any, doc: Doc) -> list[Any]:
    """Return the known values of a record's member, single or in a list."""
    if isinstance(target, Part):
        if target.name == "external_id":
            return [f"{row['scheme']}:{row['value']}" for row in doc["external_ids"]]
        found: Any = doc
        for member in target.leaf.path:
            found = found[member]
        key = {"source": "source", "alias": "name"}.get(target.name) or target.name.rsplit("_")[-1]
        return [one[key] if isinstance(one, dict) else one for one in found if one is not None]
    found = target.of(doc)
    return [] if found is None else [found]


def equal(parameter: Parameter, found: Any, value: Any) -> bool:
    """Say whether a value equals one that is asked for; a day stands for all its instants."""
    if isinstance(parameter.kind, Moment) and len(value) == 10:
        return bool(found[:10] == value)
    return bool(found == value)


def compared(parameter: Parameter, found: Any, value: Any) -> bool:
    if isinstance(parameter.kind, Moment) and len(value) == 10:
        found = found[:10]
    results: dict[str, bool] = {
        "gt": found > value,
        "gte": found >= value,
        "lt": found < value,
        "lte": found <= value,
    }
    return results[parameter.operator.suffix if parameter.operator else ""]


def holds(parameter: Parameter, values: list[Any], doc: Doc) -> bool:
    """Evaluate one filter on one record, by the words of the contract."""
    assert parameter.operator
    found = [one for one in items(parameter.target, doc) if one is not None]
    suffix = parameter.operator.suffix
    if suffix == "exists":
        return bool(found) is values[0]
    if suffix == "contains":
        return all(value in found for value in values)
    if suffix in ("", "not"):
        some = any(equal(parameter, one, value) for one in found for value in values)
        return some if suffix == "" else not some
    return any(compared(parameter, one, values[0]) for one in found)


def evaluator(world: World, resource: str, parameter: Parameter, values: list[Any]) -> Test:
    """Return the test that a filter puts a record to."""
    ways = REACHES.get((resource, parameter.name))
    if ways:
        names = reached(world, resource, ways, values)
        return lambda doc: doc["id"] in names
    if parameter.via:
        via = parameter.via
        link: Any = RESOURCES[resource].leaf(via).kind
        there = world.docs[link.resource]
        return lambda doc: doc[via] in there and holds(parameter, values, there[doc[via]])
    return lambda doc: holds(parameter, values, doc)


def reached(
    world: World, resource: str, ways: list[tuple[str, str, str]], values: list[Any]
) -> set[str]:
    found = set()
    for over, here, there in ways:
        for doc in world.docs[over or resource].values():
            if over:
                end = doc[there]
                ends = [row["source"] for row in end] if isinstance(end, list) else [end]
                found |= {doc[here]} if set(ends) & set(values) else set()
            elif {doc[here], doc[there]} & set(values):
                found.add(doc["id"])
    return found


def other(rng: random.Random, parameter: Parameter) -> Any:
    """Return a value that perhaps no record has."""
    match parameter.kind:
        case Code():
            return rng.choice(parameter.kind.vocabulary.codes[:7])
        case Integer():
            return min(max(rng.choice([3, 41, 12345]), parameter.kind.low), parameter.kind.high)
        case Number():
            return 12.5
        case Flag():
            return rng.random() < 0.5
        case Day() | Moment():
            return f"2022-0{rng.randrange(1, 4)}-{rng.randrange(10, 29)}"
        case Link():
            return None
    shapes = {"Id": "none-such", "Language": "fr", "Sha256": "d" * 64, "Word": "by_age"}
    value = "url:elsewhere" if parameter.name.startswith("external_id") else "Elsewhere"
    return shapes.get(type(parameter.kind).__name__, value)


def draw(world: World, resource: str, parameter: Parameter, rng: random.Random) -> list[Any]:
    """Draw values for a filter: from the world's own, and others."""
    assert parameter.operator
    if parameter.operator.suffix == "exists":
        return [rng.random() < 0.5]
    number = rng.choice([1, 1, 2, 3]) if parameter.several else 1
    if isinstance(parameter.kind, Link):
        there = list(world.docs[parameter.kind.resource])
        return rng.sample(there, number)
    owner: Any = RESOURCES[resource].leaf(parameter.via).kind if parameter.via else None
    docs = list(world.docs[owner.resource if owner else resource].values())
    if parameter.name == "id":
        return rng.sample([doc["id"] for doc in docs], number)
    own = {v for doc in docs for v in items(parameter.target, doc)}
    own = {v for v in own if not parameter.several or "," not in str(v)}
    pool = [*sorted(own, key=str), other(rng, parameter)]
    return list(dict.fromkeys(rng.choice(pool) for _ in range(number)))


def written(values: list[Any]) -> str:
    return ",".join(str(v).lower() if isinstance(v, bool) else str(v) for v in values)


def asked(world: World, resource: str, filters: dict[str, list[Any]], **more: str) -> list[str]:
    texts = {name: written(values) for name, values in filters.items()}
    answer = world.base.get(f"/v1/{resource}?{urlencode({**texts, 'limit': '1000', **more})}")
    assert answer.status_code == 200, (texts, answer.text)
    return [record["id"] for record in answer.get_json()["data"]]


def expected(world: World, resource: str, filters: dict[str, list[Any]]) -> list[str]:
    grammar = GRAMMARS[resource].parameters
    tests = [evaluator(world, resource, grammar[n], values) for n, values in filters.items()]
    docs = world.docs[resource].values()
    return sorted(doc["id"] for doc in docs if all(test(doc) for test in tests))


@pytest.mark.parametrize("few", [0, 4, 2000])
@pytest.mark.parametrize("resource", NAMES)
def test_every_filter_answers_what_the_documents_say(
    world: World, resource: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "FEW", few)
    rng = random.Random(few)
    wrong = []
    for parameter in FILTERS[resource]:
        for _ in range(2):
            filters = {parameter.name: draw(world, resource, parameter, rng)}
            if sorted(asked(world, resource, filters)) != expected(world, resource, filters):
                wrong.append(filters)
    assert not wrong


@pytest.mark.parametrize("resource", NAMES)
def test_every_filter_finds_something_somewhere(world: World, resource: str) -> None:
    rng = random.Random(3)
    for parameter in FILTERS[resource]:
        drawn = ({parameter.name: draw(world, resource, parameter, rng)} for _ in range(400))
        assert any(expected(world, resource, filters) for filters in drawn), parameter.name


@pytest.mark.parametrize("resource", NAMES)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_filters_together_answer_what_all_of_them_do(
    world: World, resource: str, data: st.DataObject
) -> None:
    rng = random.Random(data.draw(st.integers(0, 10**6)))
    chosen = data.draw(st.lists(st.sampled_from(FILTERS[resource]), min_size=2, max_size=3))
    sort = data.draw(st.sampled_from(GRAMMARS[resource].sorts))
    filters = {p.name: draw(world, resource, p, rng) for p in chosen}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "FEW", data.draw(st.sampled_from([0, 5, 2000])))
        patch.setattr(query, "WALKS", data.draw(st.sampled_from([1, 30])))
        found = asked(world, resource, filters, sort=sort)
    assert sorted(found) == expected(world, resource, filters)


@pytest.mark.parametrize("resource", NAMES)
def test_an_unknown_id_in_a_link_filter_is_named(world: World, resource: str) -> None:
    known: dict[str, str] = {name: next(iter(docs)) for name, docs in world.docs.items()}
    for parameter in FILTERS[resource]:
        if isinstance(parameter.kind, Link):
            value = f"{known[parameter.kind.resource]},no-such-record"
            answer = world.base.get(f"/v1/{resource}?{parameter.name}={value}")
            assert answer.status_code == 404, parameter.name
            (error,) = answer.get_json()["errors"]
            assert error["parameter"] == parameter.name
            assert "no-such-record" in error["detail"]
            assert value.split(",")[0] not in error["detail"]


@pytest.mark.parametrize("resource", NAMES)
def test_an_unknown_id_is_named(world: World, resource: str) -> None:
    answer = world.base.get(f"/v1/{resource}?id=no-such-record")
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/v1/problems/no-such-record"
    assert "no-such-record" in answer.get_json()["errors"][0]["detail"]


def test_instants_are_compared_by_time_also_with_a_fraction(empty: Base) -> None:
    for name, at in (("early", "2022-01-01T12:00:00Z"), ("late", "2022-01-01T12:00:00.500Z")):
        source = {"resource": "sources", "id": name, "title": name, "source_type": "dataset"}
        empty.put({**source, "published_at": at})
    assert empty.ids("/v1/sources?published_at__gt=2022-01-01T12:00:00Z") == ["late"]
    assert empty.ids("/v1/sources?sort=published_at") == ["early", "late"]


@pytest.mark.parametrize("resource", ["actors", "facilities"])
def test_a_text_with_a_comma_can_be_asked_for(empty: Base, resource: str) -> None:
    type_ = {"actors": "actor_type", "facilities": "facility_type"}[resource]
    name = {"resource": resource, "id": "x", "name": "Washington, D.C.", type_: "unknown"}
    empty.put(name)
    assert empty.ids(f"/v1/{resource}?name=Washington,%20D.C.") == ["x"]


def test_an_unknown_scheme_of_an_identifier_is_refused(sample: Base) -> None:
    answer = sample.get("/v1/actors?external_id=wikipedia:Q30")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "external_id"
