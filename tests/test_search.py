"""Full-text search: words and phrases, never the syntax of the engine."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_plans import NAMES, World, open_world

SYNTAX = [
    "gaol AND prison", "gaol OR prison", "NOT gaol", "NEAR(gaol prison)", "NEAR(gaol prison, 2)",
    "gaol*", "^gaol", "title:gaol", "{title notes}:gaol", '"gaol', 'gaol"', '""', '"', '"" ""',
    "-gaol", "(gaol", "gaol)", "()", "gaol + prison", "gaol;--", "'gaol'", "gaol\\", "*", "AND",
    "NEAR", "gaol:prison", "a.b", "%", "_", "\t", "سجن", "🕊", "²", "𞤀𞤣", "\u0301", "e\u0301",
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = open_world(tmp_path_factory.mktemp("search"))
    yield made
    made.base.store.close()


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """A base of incidents about the same words in other places and spellings."""
    path = tmp_path_factory.mktemp("words") / "words.db"
    Store.make(path).close()
    base = open_base(path)
    texts: dict[str, dict[str, Any]] = {
        "a-title": {"title": "Gaol of Al-Ḥasakah"},
        "b-notes": {"title": "An attack", "notes": "It was on the gaol. " * 2},
        "c-order": {"title": "The gaol", "summary": "Hasakah, Al in the north"},
        "d-other": {"title": "Şükrü Čapek à Zürich", "admin1": "Dêrîk"},
        "e-hidden": {"title": "Gaol of Hasakah", "visibility": "restricted"},
    }
    for number, (name, more) in enumerate(texts.items()):
        day = f"2022-01-{20 - number:02}"
        base.put({"resource": "incidents", "id": name, "date_start": day, **more})
    yield base
    base.store.close()


def found(base: Base, q: str, more: str = "") -> list[str]:
    return base.ids(f"/v1/incidents?q={quote(q)}{more}")


@pytest.mark.parametrize("q", ["hasakah", "HASAKAH", "ḥaSakah", "gaol hasakah", "ḤASAKAH gaol"])
def test_case_and_diacritics_do_not_matter(words: Base, q: str) -> None:
    assert sorted(found(words, q)) == ["a-title", "c-order"]


@pytest.mark.parametrize("q", ["sukru", "capek", "ZURICH", "derik", "Şükrü capek", "à zürich"])
def test_diacritics_of_the_record_are_folded_too(words: Base, q: str) -> None:
    assert found(words, q) == ["d-other"]


def test_all_words_must_be_there_in_any_member(words: Base) -> None:
    assert found(words, "attack gaol") == ["b-notes"]
    assert found(words, "attack zurich") == []


def test_a_phrase_in_quotes_is_taken_with_its_neighbours(words: Base) -> None:
    assert found(words, '"al hasakah"') == ["a-title"]
    assert found(words, '"of al-hasakah" gaol') == ["a-title"]
    assert found(words, '"hasakah al"') == ["c-order"]


def test_a_word_of_the_syntax_is_a_plain_word(words: Base) -> None:
    assert found(words, "attack OR gaol") == []
    assert found(words, "attack NOT gaol") == []
    assert found(words, "gao*") == []
    assert found(words, "title:attack") == []
    assert found(words, "gaol -attack") == ["b-notes"]


@pytest.mark.parametrize("q", SYNTAX)
@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/search"])
def test_no_syntax_breaks_the_search(words: Base, path: str, q: str) -> None:
    answer = words.get(f"{path}?q={quote(q)}")
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.get_json()["errors"][0]["parameter"] == "q"
    if q.isascii() and not any(sign.isalnum() for sign in q):
        assert answer.status_code == 400


@pytest.mark.parametrize("q", ["word " * 10_000, "x" * 501, "", "\0"])
@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/search"])
def test_too_much_or_nothing_to_search_for_is_refused(words: Base, path: str, q: str) -> None:
    answer = words.get(f"{path}?q={quote(q)}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "q"


@pytest.mark.parametrize("sort", ["", "&sort=relevance", "&sort=-id"])
def test_as_many_words_as_there_is_room_for_are_all_looked_for(words: Base, sort: str) -> None:
    letters = " ".join(chr(0x3B1 + n % 24) + chr(0x430 + n) for n in range(32))
    for more in ("hasakah " * 40, letters, " ".join(chr(0x4E00 + n) for n in range(240))):
        many = f"gaol {more}"[:500]
        assert words.get(f"/v1/search?q={quote(many)}").status_code == 200
        right = ["c-order", "a-title"] if "hasakah" in more else []
        assert sorted(found(words, many, sort)) == sorted(right)


def test_the_record_entered_last_comes_first(words: Base) -> None:
    assert found(words, "gaol") == ["c-order", "b-notes", "a-title"]


def test_pages_of_a_search_give_each_match_once(world: World) -> None:
    whole = world.base.ids("/v1/incidents?q=hasakah&limit=1000")
    assert len(whole) > 10
    assert world.base.ids("/v1/incidents?q=hasakah&limit=3") == whole


def test_relevance_ranks_a_match_in_the_title_first(words: Base) -> None:
    ranked = found(words, "gaol", "&sort=relevance")
    assert sorted(ranked) == ["a-title", "b-notes", "c-order"]
    assert ranked[-1] == "b-notes"


def test_relevance_answers_in_one_page_and_says_what_was_ranked(world: World) -> None:
    page = world.base.json("/v1/incidents?q=hasakah&sort=relevance&limit=2")
    assert len(page["data"]) == 2
    assert page["meta"]["next_cursor"] is None
    assert page["meta"]["ranked"] == "all matches"


def test_relevance_goes_with_other_filters(world: World) -> None:
    plain = world.base.ids("/v1/incidents?q=hasakah&tags=Hasakah&limit=1000")
    page = world.base.json("/v1/incidents?q=hasakah&tags=Hasakah&sort=relevance&limit=1000")
    ranked = [record["id"] for record in page["data"]]
    assert sorted(ranked) == sorted(plain) != []


@pytest.mark.parametrize("resource", NAMES)
def test_a_search_goes_with_filters_sorts_and_total(world: World, resource: str) -> None:
    every = world.base.ids(f"/v1/{resource}?q=hasakah&limit=1000")
    assert every
    docs = world.docs[resource]
    page = world.base.json(f"/v1/{resource}?q=hasakah&provisional=false&sort=-id&total=true")
    right = sorted((i for i in every if not docs[i]["provisional"]), reverse=True)
    assert [record["id"] for record in page["data"]] == right[:50]
    assert page["meta"]["total"] == len(right)


@pytest.mark.parametrize("resource", NAMES)
def test_every_searched_member_is_found(world: World, resource: str) -> None:
    texts = {leaf.name: leaf for leaf in RESOURCES[resource].leaves() if leaf.searched}
    hits = set(world.base.ids(f"/v1/{resource}?q=derik&limit=1000"))
    for name, doc in world.docs[resource].items():
        read = [t for leaf in texts.values() for t in leaf.kind.texts(leaf.of(doc))]
        assert any("Dêrîk" in text for text in read) is (name in hits), name


def test_the_search_over_all_resources_ranks_and_names_what_it_finds(world: World) -> None:
    answer = world.base.json("/v1/search?q=hasakah&limit=1000")
    scores = [entry["score"] for entry in answer["data"]]
    assert scores == sorted(scores, reverse=True)
    assert {entry["resource"] for entry in answer["data"]} == set(NAMES)
    for name in NAMES:
        hits = [e["record"]["id"] for e in answer["data"] if e["resource"] == name]
        assert sorted(hits) == sorted(world.base.ids(f"/v1/{name}?q=hasakah&limit=1000"))
    assert answer["meta"]["returned"] == len(scores)
    assert world.base.json("/v1/search?q=hasakah&limit=3")["data"] == answer["data"][:3]


def test_a_restricted_record_is_not_found(words: Base) -> None:
    every = words.json("/v1/search?q=gaol")["data"]
    assert "e-hidden" not in {entry["record"]["id"] for entry in every}
    assert "e-hidden" not in found(words, "gaol", "&sort=relevance")


def test_a_record_is_found_by_its_words_of_now(empty: Base) -> None:
    old = {"resource": "incidents", "id": "x", "title": "Gaol", "date_start": "2022-01-01"}
    empty.put(old)
    empty.put({**old, "title": "Bakery"})
    assert found(empty, "bakery") == ["x"]
    assert found(empty, "gaol") == []
    empty.put({**old, "title": "Bakery", "visibility": "restricted"})
    assert found(empty, "bakery") == []
