"""What follows from other records, and follows them when they change."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from incidents_api.storage import consistency
from incidents_api.storage.disclosure import OF_VERSIONS
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base

Given = dict[str, Any]

LATE: Final = "2022-01-24T08:00:00Z"
ACTORS: Final = {
    "attackers": "rebel_group",
    "guards": "political_militia",
    "observatory": "monitor_ngo",
    "ministry": "government",
    "army": "state_forces",
    "police": "security_service",
    "un": "intergovernmental",
    "paper": "media",
    "compilers": "data_set_compiler",
    "stranger": "unknown",
}


def record(resource: str, name: str, **members: Any) -> Given:
    """Return a record as a client gives it, with what its resource requires."""
    required: dict[str, Given] = {
        "incidents": {"title": f"Fight {name}", "date_start": "2022-01-20"},
        "actors": {"name": name, "actor_type": ACTORS.get(name, "unknown")},
        "sources": {"title": name, "source_type": "news_media"},
        "facilities": {"name": f"Prison {name}", "facility_type": "prison"},
        "participations": {"incident": "i", "actor": "attackers", "role": "attacker"},
        "sites": {"incident": "i", "facility": "prison", "role": "target"},
        "figures": {"incident": "i", "measure": "killed", "best": 3},
        "assertions": {"incident": "i", "predicate": "other", "statement": "Something."},
    }
    return {"resource": resource, "id": name, **required[resource], **members}


def get(base: Base, resource: str, name: str) -> Given:
    """Return a record as it is stored."""
    found = base.store.get(resource, name)
    assert found
    values: Given = orjson.loads(found.document)
    return values


def actions(base: Base, resource: str, name: str) -> list[tuple[int, int, str, list[str]]]:
    """Return a record's versions: transaction, version, action, changed fields."""
    sql = "SELECT seq, version, action, changed_fields FROM changes WHERE resource = ? AND id = ?"
    sql += f" AND {OF_VERSIONS} ORDER BY seq"
    rows = base.store.connection.execute(sql, (resource, name)).fetchall()
    return [(*row[:3], orjson.loads(row[3])) for row in rows]


@pytest.fixture(scope="module")
def fight_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an incident between attackers and guards, with its actors and two sources."""
    path = tmp_path_factory.mktemp("fight") / "fight.db"
    Store.make(path).close()
    base = open_base(path)
    base.put(
        *(record("actors", name) for name in ACTORS),
        record("sources", "late", published_at=LATE, publisher="paper"),
        record("sources", "early", published_at="2022-01-23"),
        record("incidents", "i"),
        record("participations", "p", actor="attackers"),
    )
    base.store.close()
    return path


@pytest.fixture
def fight(fight_file: Path, tmp_path: Path) -> Iterator[Base]:
    """A copy of it, to write to."""
    base = open_base(Path(shutil.copy(fight_file, tmp_path / "fight.db")))
    yield base
    base.store.close()


SOURCES: Final = [{"source": "late"}, {"source": "early"}]


@pytest.mark.parametrize("resource", ["figures", "assertions"])
def test_a_claim_is_said_when_its_earliest_source_was_published(fight: Base, resource: str) -> None:
    fight.put(record(resource, "c", sources=SOURCES))
    found = get(fight, resource, "c")
    assert (found["said_at"], found["said_at_prec"]) == ("2022-01-23", "day")
    assert {"said_at", "said_at_prec"} <= set(found["computed"])


def test_the_time_follows_its_source_without_a_new_version(fight: Base) -> None:
    fight.put(record("figures", "f", sources=SOURCES))
    seq = fight.put(record("sources", "early", published_at="2022-01-22T12:00:00+03:00"))
    found = get(fight, "figures", "f")
    assert (found["said_at"], found["said_at_prec"]) == ("2022-01-22T09:00:00Z", "instant")
    assert found["version"] == 1
    assert actions(fight, "figures", "f")[1:] == [(seq, 1, "computed", ["said_at", "said_at_prec"])]
    assert list(consistency.faults(fight.store)) == []


def test_the_time_follows_when_a_source_is_added(fight: Base) -> None:
    fight.put(record("figures", "f", sources=[{"source": "late"}]))
    fight.put(record("figures", "f", sources=SOURCES))
    assert get(fight, "figures", "f")["said_at"] == "2022-01-23"


def test_a_time_that_was_given_stays(fight: Base) -> None:
    fight.put(record("figures", "f", sources=SOURCES, said_at="2022-01-21"))
    fight.put(record("sources", "early", published_at="2022-01-20"))
    found = get(fight, "figures", "f")
    assert (found["said_at"], found["said_at_prec"]) == ("2022-01-21", "day")
    assert "said_at" not in found["computed"]


STANCES: Final[list[tuple[Given, str]]] = [
    ({"claimant": "attackers"}, "party"),
    ({"claimant": "attackers", "population": {"actor": ["attackers"]}}, "party"),
    ({"claimant": "attackers", "population": {"actor": ["guards"]}}, "opposing_party"),
    ({"claimant": "observatory"}, "monitor"),
    ({"claimant": "ministry"}, "government"),
    ({"claimant": "army"}, "government"),
    ({"claimant": "police"}, "government"),
    ({"claimant": "un"}, "intergovernmental"),
    ({"claimant": "paper"}, "media"),
    ({"claimant": "compilers"}, "compiler"),
    ({"claimant": "guards"}, "unknown"),
    ({"claimant": "stranger"}, "unknown"),
    ({"claimant_label": "a resident"}, "witness"),
    ({"claimant_label": "a resident", "sources": SOURCES}, "witness"),
    ({"sources": SOURCES}, "media"),
    ({}, "unknown"),
    ({"claimant": "attackers", "claimant_stance": "witness"}, "witness"),
]


@pytest.mark.parametrize(("members", "stance"), STANCES, ids=str)
def test_the_standpoint_of_a_claim(fight: Base, members: Given, stance: str) -> None:
    fight.put(record("figures", "f", **members))
    found = get(fight, "figures", "f")
    assert found["claimant_stance"] == stance
    assert ("claimant_stance" in found["computed"]) == ("claimant_stance" not in members)


FOLLOWS: Final[list[tuple[str, Given, str]]] = [
    ("guards", record("participations", "new", actor="guards"), "party"),
    ("attackers", record("participations", "p", actor="guards"), "unknown"),
    ("attackers", record("participations", "p", incident="other"), "unknown"),
    ("stranger", record("actors", "stranger", actor_type="media"), "media"),
    ("", record("sources", "late", publisher="compilers", published_at=LATE), "compiler"),
    ("", record("actors", "paper", actor_type="government"), "government"),
]


@pytest.mark.parametrize(("claimant", "written", "stance"), FOLLOWS)
def test_the_standpoint_follows_what_it_looks_at(
    fight: Base, claimant: str, written: Given, stance: str
) -> None:
    fight.put(record("incidents", "other"))
    members = {"claimant": claimant} if claimant else {"sources": [{"source": "late"}]}
    fight.put(record("assertions", "c", **members))
    seq = fight.put(written)
    assert get(fight, "assertions", "c")["claimant_stance"] == stance
    assert actions(fight, "assertions", "c")[1:] == [(seq, 1, "computed", ["claimant_stance"])]


@pytest.mark.parametrize("resource", ["figures", "assertions"])
def test_a_claim_is_superseded_while_its_correction_stands(fight: Base, resource: str) -> None:
    fight.put(record(resource, "old"))
    shown = []
    for correction in (
        {"supersedes": "old"},
        {"supersedes": "old", "status": "disputed"},
        {"supersedes": "old", "status": "retracted"},
        {"supersedes": "old", "status": "active"},
        {"supersedes": "old", "visibility": "restricted"},
        {"supersedes": "old"},
        {},
    ):
        fight.put(record(resource, "new", **correction))
        shown.append(get(fight, resource, "old")["superseded"])
    assert shown == [True, True, False, True, False, True, False]
    assert get(fight, resource, "old")["version"] == 1
    assert {action for _, _, action, _ in actions(fight, resource, "old")[1:]} == {"computed"}


@pytest.mark.parametrize("resource", ["participations", "sites"])
def test_a_link_record_carries_the_day_of_its_incident(fight: Base, resource: str) -> None:
    fight.put(record("facilities", "prison"), record(resource, "x"))
    carried = f"SELECT date_start, version FROM {resource} WHERE id = 'x'"
    assert fight.store.connection.execute(carried).fetchone() == ("2022-01-20", 1)
    fight.put(record("incidents", "i", date_start="2022-01-19"))
    assert fight.store.connection.execute(carried).fetchone() == ("2022-01-19", 1)


def test_an_actors_incidents_are_ordered_by_the_day_they_now_have(fight: Base) -> None:
    fight.put(
        record("incidents", "j", date_start="2022-01-21"),
        record("participations", "q", incident="j", actor="attackers"),
    )
    assert fight.ids("/v1/actors/attackers/incidents") == ["j", "i"]
    fight.put(record("incidents", "i", date_start="2022-01-22"))
    assert fight.ids("/v1/actors/attackers/incidents") == ["i", "j"]


ABOUT: Final = [("figures", "f"), ("assertions", "c"), ("participations", "p"), ("sites", "s")]
EVERYTHING: Final = [("incidents", "i"), *ABOUT]


@pytest.fixture
def shown(fight: Base) -> Base:
    """The fight with a claim of each kind and a site, each changed once."""
    fight.put(record("facilities", "prison", latitude=36.5, longitude=40.7))
    for notes in ("First.", "Second."):
        fight.put(
            record("incidents", "i", latitude=36.5, longitude=40.7, notes=notes),
            record("figures", "f", claimant="attackers", notes=notes),
            record("assertions", "c", claimant="observatory", notes=notes),
            record("participations", "p", notes=notes),
            record("sites", "s", notes=notes),
        )
    return fight


def restrict(base: Base, visibility: str) -> None:
    """Change who may see the incident."""
    incident = record("incidents", "i", latitude=36.5, longitude=40.7, notes="Second.")
    until = {"publish_at": "2099-01-01"} if visibility == "embargoed" else {}
    base.put(incident | {"visibility": visibility} | until)


def seen(base: Base, resource: str, name: str) -> dict[str, bool]:
    """Return where everybody finds a record."""
    hits = base.json("/v1/search?q=second&limit=100")["data"]
    around = base.json("/v1/incidents?bbox=40,36,41,37")["data"]
    twins = f"SELECT max(shown) FROM {resource}_history WHERE id = ?"
    return {
        "record": base.get(f"/v1/{resource}/{name}").status_code == 200,
        "history": base.get(f"/v1/{resource}/{name}/history").status_code == 200,
        "list": name in base.ids(f"/v1/{resource}"),
        "text": name in base.ids(f"/v1/{resource}?q=second"),
        "search": (resource, name) in [(hit["resource"], hit["id"]) for hit in _told(hits)],
        "map": name in [found["id"] for found in around] or resource != "incidents",
        "twins": base.store.connection.execute(twins, (name,)).fetchone() == (2,),
    }


def _told(hits: list[Given]) -> list[Given]:
    return [hit.get("record", hit) | {"resource": hit["resource"]} for hit in hits]


@pytest.mark.parametrize(("resource", "name"), EVERYTHING)
@pytest.mark.parametrize("visibility", ["restricted", "embargoed"])
def test_a_restricted_incident_hides_all_that_is_about_it(
    shown: Base, visibility: str, resource: str, name: str
) -> None:
    assert all(seen(shown, resource, name).values())
    restrict(shown, visibility)
    found = seen(shown, resource, name)
    found["map"] &= resource == "incidents"
    assert not any(found.values())


@pytest.mark.parametrize(("resource", "name"), EVERYTHING)
def test_made_public_again_all_comes_back(shown: Base, resource: str, name: str) -> None:
    restrict(shown, "restricted")
    restrict(shown, "public")
    assert all(seen(shown, resource, name).values())
    assert list(consistency.faults(shown.store)) == []


@pytest.mark.parametrize(("resource", "name"), ABOUT)
def test_who_may_see_it_is_no_change_of_a_record(shown: Base, resource: str, name: str) -> None:
    before = (get(shown, resource, name), actions(shown, resource, name))
    restrict(shown, "restricted")
    assert (get(shown, resource, name), actions(shown, resource, name)) == before
    restrict(shown, "public")
    assert (get(shown, resource, name), actions(shown, resource, name)) == before


def test_a_restricted_record_does_not_shine_through_what_is_computed(fight: Base) -> None:
    fight.put(record("figures", "f", sources=SOURCES))
    fight.put(record("sources", "early", published_at="2022-01-23", visibility="restricted"))
    assert get(fight, "figures", "f")["said_at"] == LATE


def test_a_record_restricted_by_itself_stays_so_under_a_public_incident(shown: Base) -> None:
    shown.put(record("figures", "g", visibility="restricted", notes="Second."))
    restrict(shown, "restricted")
    restrict(shown, "public")
    assert not seen(shown, "figures", "g")["record"]
