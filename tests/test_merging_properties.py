"""Laws of merging, over random graphs of records: what is taken back is as it was."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents_api.model import RESOURCES
from incidents_api.model.moving import moved, moved_back
from incidents_api.storage import consistency
from incidents_api.storage.store import Store
from tests import editor as editors
from tests.conftest import open_base
from tests.editor import Editor, Given

#: Of each resource so many.
COUNT: Final = 4
RELATIONS: Final = ("related_to", "duplicate_of", "follows")
PLACES: Final = st.integers(0, COUNT - 1)
LATER: Final = st.one_of(st.none(), st.integers(1, COUNT - 1))
SOME: Final = st.lists(PLACES, max_size=3, unique=True)


def incident(place: int, wider: int | None) -> Given:
    part_of = None if wider is None or wider <= place else f"i{wider}"
    return editors.create(
        "incidents", f"i{place}", title="T", date_start="2022-01-20", part_of=part_of
    )


@st.composite
def graphs(draw: st.DrawFn) -> list[Given]:
    """Draw what makes records of several resources, linked in every way there is."""
    made = [incident(place, draw(LATER)) for place in range(COUNT)]
    made += [
        editors.create("actors", f"a{place}", name="A", actor_type="media")
        for place in range(COUNT)
    ]
    made += [
        editors.create("sources", f"s{place}", title="S", source_type="news_media")
        for place in range(COUNT)
    ]
    for place in range(COUNT):
        rows = [
            {"source": f"s{one}", "quote": draw(st.sampled_from(("Q", "R")))} for one in draw(SOME)
        ]
        others = [one for one in draw(SOME) if one != place]
        made.append(
            editors.create(
                "figures",
                f"f{place}",
                incident=f"i{draw(PLACES)}",
                claimant=f"a{draw(PLACES)}",
                measure="killed",
                best=place,
                population={"actor": [f"a{one}" for one in draw(SOME)]},
                sources=rows,
                contradicts=[{"figure": f"f{one}", "reason": "R"} for one in others],
            )
        )
        one, other = draw(PLACES), draw(PLACES)
        if one < other:
            made.append(
                editors.create(
                    "relations",
                    f"r{place}",
                    from_incident=f"i{one}",
                    to_incident=f"i{other}",
                    type=draw(st.sampled_from(RELATIONS)),
                )
            )
    return made


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Somebody who writes, over a file that can be put back to an empty one."""
    folder = tmp_path_factory.mktemp("merging")
    Store.make(folder / "begin.db").close()
    base = open_base(folder / "begin.db")
    key = editors.editor(base).key
    base.store.close()
    base = open_base(Path(shutil.copy(folder / "begin.db", folder / "bench.db")))
    yield Editor(base, key)
    base.store.close()


def emptied(editor: Editor) -> Editor:
    path = editor.base.store.path
    editor.base.store.close()
    shutil.copy(path.parent / "begin.db", path)
    return editor


PREFIXES: Final = {"incidents": "i", "actors": "a", "sources": "s", "figures": "f"}
MERGES: Final = st.lists(
    st.tuples(st.sampled_from(sorted(PREFIXES)), PLACES, PLACES), min_size=1, max_size=5
)


def merge(editor: Editor, resource: str, name: str, into: str) -> bool:
    """Try to merge a record, and return whether it was done."""
    path = f"/v1/{resource}/{name}/merge-into"
    answer = editor.send("POST", path, {"into": into}, If_Match="*")
    assert answer.status_code in (200, 409), answer.text
    return answer.status_code == 200


@settings(max_examples=25, deadline=None)
@given(graph=graphs(), merges=MERGES)
def test_what_is_merged_and_taken_back_is_as_it_was(
    bench: Editor, graph: list[Given], merges: list[tuple[str, int, int]]
) -> None:
    editor = emptied(bench)
    editor.batch(*graph)
    states = []
    done = []
    for resource, place, other in merges:
        before = editors.contents(editor.base)
        name, into = f"{PREFIXES[resource]}{place}", f"{PREFIXES[resource]}{other}"
        if merge(editor, resource, name, into):
            done.append((resource, name))
            states.append(before)
            assert linked_to(editor, resource, name) == set()
        else:
            assert editors.contents(editor.base) == before
    assert list(consistency.faults(editor.base.store)) == []
    for (resource, name), before in zip(reversed(done), reversed(states), strict=True):
        answer = editor.send("POST", f"/v1/{resource}/{name}/restore")
        assert answer.status_code == 200, answer.text
        assert editors.contents(editor.base) == before
    assert list(consistency.faults(editor.base.store)) == []


def linked_to(editor: Editor, resource: str, name: str) -> set[tuple[str, str]]:
    """Return the living records that link to one, by their documents."""
    found = set()
    for (owner, one), told in editors.contents(editor.base).items():
        href = f"/v1/{resource}/{name}"
        if told["state"] == "live" and href in {link["href"] for link in told["links"]}:
            found.add((owner, one))
    return found


IDS: Final = st.sampled_from("lsx")
FIGURES: Final = st.fixed_dictionaries(
    {
        "claimant": IDS,
        "incident": IDS,
        "population": st.fixed_dictionaries({"actor": st.lists(IDS, unique=True)}),
        "inflicted_by": st.lists(IDS, unique=True),
        "contradicts": st.lists(
            st.fixed_dictionaries({"figure": IDS, "reason": st.sampled_from("RS")})
        ),
    }
)


@given(before=FIGURES, since=st.lists(IDS, unique=True))
def test_links_that_move_and_move_back_are_where_they_were(before: Given, since: list[str]) -> None:
    figure = RESOURCES["figures"]
    for resource in ("actors", "figures"):
        names = (resource, "l", "s")
        now = moved(figure, before, *names)
        assert moved_back(figure, before, now, *names) == before
        edited = {**now, "inflicted_by": since}
        back = moved_back(figure, before, edited, *names)
        assert back == {**before, "inflicted_by": back["inflicted_by"]}
        came = set(back["inflicted_by"]) ^ set(since)
        assert came <= {"l", "s"}
        assert ("l" in came) <= ("l" in before["inflicted_by"] and "s" in since)


@given(before=FIGURES)
def test_what_has_moved_links_no_longer_and_never_twice(before: Given) -> None:
    now = moved(RESOURCES["figures"], before, "actors", "l", "s")
    assert now["incident"] == before["incident"]
    assert now["claimant"] == before["claimant"].replace("l", "s")
    assert "l" not in now["inflicted_by"]
    assert len(set(now["inflicted_by"])) == len(now["inflicted_by"])
    assert now["contradicts"] == before["contradicts"]
