"""How clocks are asked for, and what is answered where they show nothing."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incidents_api.model import RESOURCES
from incidents_api.storage import store
from incidents_api.storage.store import Store
from tests.conftest import Base, open_base
from tests.test_history import figure, incident, printed

Given = dict[str, Any]

NAMES: Final = [record.resource for record in RESOURCES]
ROUTES: Final = [
    "/v1/incidents",
    "/v1/incidents/i",
    "/v1/incidents/i/figures",
    "/v1/search?q=siege",
]


def at(path: str, **clocks: object) -> str:
    """Return an address with clocks."""
    told = "&".join(f"{name}={value}" for name, value in clocks.items())
    return f"{path}{'&' if '?' in path else '?'}{told}"


@pytest.fixture(scope="module")
def told_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of four transactions, on the first four days of 2020, at noon."""
    path = tmp_path_factory.mktemp("told") / "told.db"
    Store.make(path).close()
    base = open_base(path)
    groups = [
        [incident("i", title="Siege")],
        [incident("i", title="Truce"), incident("j", title="Siege again")],
        [figure(), printed("s")],
        [incident("i", title="Ambush", part_of="j")],
    ]
    with pytest.MonkeyPatch.context() as patch:
        for day, group in enumerate(groups, 1):
            noon = f"2020-01-0{day}T12:00:00.000000Z"
            patch.setattr(store, "now", lambda noon=noon: noon)
            base.put(*group)
    with base.store.exclusive() as connection:
        sql = "INSERT INTO releases VALUES ('first-draft', 2, '2020-01-03', 'x', '', '{}', '', '')"
        connection.execute(sql)
        connection.execute("COMMIT")
    base.store.close()
    return path


@pytest.fixture(scope="module")
def told(told_file: Path) -> Iterator[Base]:
    """The four transactions, to read."""
    base = open_base(told_file)
    yield base
    base.store.close()


@pytest.fixture
def edited(told_file: Path, tmp_path: Path) -> Iterator[Base]:
    """The four transactions, to write to."""
    base = open_base(Path(shutil.copy(told_file, tmp_path / "edited.db")))
    yield base
    base.store.close()


@pytest.mark.parametrize(
    ("known_at", "title"),
    [
        ("1", "Siege"),
        ("2", "Truce"),
        ("3", "Truce"),
        ("4", "Ambush"),
        ("2020-01-01", "Siege"),
        ("2020-01-01T12:00:00Z", "Siege"),
        ("2020-01-02T11:59:59.999999Z", "Siege"),
        ("2020-01-02T12:00:00Z", "Truce"),
        ("2020-01-02T14:00:00%2B02:00", "Truce"),
        ("2020-01-02T14:00:00+02:00", "Truce"),
        ("2020-01-02T12:00:00+02:00", "Siege"),
        ("2020-01-02", "Truce"),
        ("2021-01-01", "Ambush"),
        ("first-draft", "Truce"),
    ],
)
def test_a_state_is_known_by_a_number_a_time_or_a_release(
    told: Base, known_at: str, title: str
) -> None:
    assert told.json(at("/v1/incidents/i", known_at=known_at))["title"] == title
    (row,) = told.json(at("/v1/incidents?id=i", known_at=known_at))["data"]
    assert row["title"] == title


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("clock", "value", "words"),
    [
        ("known_at", "5", "there is no transaction 5 yet: the last one is 4"),
        ("known_at", "2999-01-01", "2999-01-01 is not over yet (in UTC)"),
        ("known_at", "2999-01-01T00:00:00Z", "is in the future"),
        ("known_at", "no-such", "there is no release 'no-such'"),
        ("known_at", "-1", "must be a transaction's number"),
        ("known_at", "9" * 40, "must be a transaction's number"),
        ("known_at", "2020-02-30", "2020-02-30 is not a day of the calendar"),
        ("known_at", "2020-01-01T00:00:00", "must be an instant with its offset"),
        ("as_of", "2022-1-1", "must be a day written YYYY-MM-DD"),
        ("as_of", "2022-01-01T00:00:00Z", "must be a day written YYYY-MM-DD"),
        ("said_by", "2022-01-32", "2022-01-32 is not a day of the calendar"),
        ("said_by", "yesterday", "must be a day written YYYY-MM-DD, or an instant"),
        ("said_by", "", "must be"),
    ],
)
def test_a_clock_that_cannot_be_told_is_refused_by_name(
    told: Base, route: str, clock: str, value: str, words: str
) -> None:
    answer = told.get(at(route, **{clock: value}))
    missing = words.startswith(("there is no", "2999")) or "future" in words
    assert answer.status_code == (404 if missing else 400), answer.text
    (error,) = answer.get_json()["errors"]
    assert error["parameter"] == clock
    assert words in error["detail"]


def test_today_is_not_over(told: Base) -> None:
    today = store.now()[:10]
    answer = told.get(at("/v1/incidents", known_at=today))
    assert answer.status_code == 404
    now = told.store.seq()
    assert told.json(at("/v1/incidents", known_at=store.now()))["meta"]["known_seq"] == now


@pytest.mark.parametrize("name", NAMES)
def test_before_the_first_transaction_there_is_nothing(told: Base, name: str) -> None:
    for known_at in ("0", "2019-12-31", "2020-01-01T11:59:59Z"):
        page = told.json(at(f"/v1/{name}?total=true", known_at=known_at))
        assert (page["data"], page["meta"]["total"], page["meta"]["known_seq"]) == ([], 0, 0)


@pytest.mark.parametrize("format_", ["json", "csv", "ndjson", "geojson"])
@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/incidents?limit=1", "/v1/incidents/j"])
def test_an_answer_says_whose_state_it_shows(told: Base, path: str, format_: str) -> None:
    answer = told.get(at(path, f=format_, known_at=2))
    assert answer.headers["Known-Seq"] == "2"
    assert "Known-Seq" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["ETag"].startswith('"4-')
    if not path.endswith("j"):
        now = told.get(at(path, f=format_))
        assert now.headers["Known-Seq"] == "4"
    if "json" in answer.content_type and "meta" in (body := answer.get_json(silent=True) or {}):
        assert body["meta"]["known_seq"] == 2


def test_the_bare_record_has_no_clock_to_tell(told: Base) -> None:
    assert "Known-Seq" not in told.get("/v1/incidents/i").headers
    answer = told.get("/v1/incidents/i?as_of=2022-01-20")
    assert answer.headers["Known-Seq"] == "4"
    tag = answer.headers["ETag"]
    assert told.get("/v1/incidents/i?as_of=2022-01-20", If_None_Match=tag).status_code == 304


def test_a_record_shows_only_what_was_asked_for_under_a_clock(told: Base) -> None:
    found = told.json(at("/v1/incidents/i?fields=title", known_at=2))
    assert found == {"id": "i", "title": "Truce"}


def test_what_was_not_there_yet_is_not_found(told: Base) -> None:
    for path in ("/v1/incidents/j", "/v1/incidents/j/figures", "/v1/incidents/j/history"):
        answer = told.get(at(path, known_at=1))
        assert answer.status_code == 404
        assert "at transaction 1" in answer.get_json()["detail"]
    filtered = told.get(at("/v1/figures?incident=j", known_at=1))
    assert filtered.get_json()["type"].endswith("/no-such-record")


def test_a_withdrawn_record_is_read_at_a_time_before(edited: Base) -> None:
    tag = edited.get("/v1/figures/f").headers["ETag"]
    gone = edited.write("DELETE", "/v1/figures/f?reason=twice", If_Match=tag)
    assert gone.status_code == 200
    assert edited.get("/v1/figures/f").status_code == 410
    assert edited.json(at("/v1/figures/f", known_at=4))["best"] == 3
    assert edited.ids(at("/v1/figures", known_at=4)) == ["f"]
    assert edited.ids(at("/v1/incidents/i/figures", known_at=4)) == ["f"]
    edited.put(printed("t"))
    answer = edited.get(at("/v1/figures/f", known_at=5))
    assert answer.status_code == 410
    assert "had been withdrawn at transaction 5" in answer.get_json()["detail"]
    tag = edited.get("/v1/figures/f/history").headers["ETag"]
    assert edited.write("POST", "/v1/figures/f/restore").status_code == 200
    assert edited.get(at("/v1/figures/f", known_at=5)).status_code == 410
    assert edited.get("/v1/figures/f").status_code == 200


def test_a_merged_record_is_read_as_itself_at_a_time_before(edited: Base) -> None:
    body = {"into": "j"}
    tag = edited.get("/v1/incidents/i").headers["ETag"]
    merged = edited.write("POST", "/v1/incidents/i/merge-into?reason=same", body, If_Match=tag)
    assert merged.status_code == 200, merged.text
    assert edited.json(at("/v1/incidents/i", known_at=2))["title"] == "Truce"
    assert edited.ids(at("/v1/incidents/i/figures", known_at=4)) == ["f"]
    edited.put(printed("t"))
    answer = edited.get(at("/v1/incidents/i?fields=title", known_at=5))
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/v1/incidents/j?fields=title&known_at=5")
    assert edited.json(at("/v1/figures/f", known_at=4))["incident"] == "i"
    assert edited.json(at("/v1/figures/f", known_at=5))["incident"] == "j"


def test_what_becomes_restricted_is_seen_at_no_time(edited: Base) -> None:
    edited.put(incident("i", title="Ambush", part_of="j", visibility="restricted"))
    for known_at in (2, 4):
        assert edited.get(at("/v1/incidents/i", known_at=known_at)).status_code == 404
        assert "i" not in edited.ids(at("/v1/incidents", known_at=known_at))


def test_history_is_cut_at_what_was_known(told: Base) -> None:
    def seqs(path: str) -> list[int]:
        return [version["seq"] for version in told.json(path)["data"]]

    assert seqs("/v1/incidents/i/history") == [4, 3, 2, 1]
    assert seqs(at("/v1/incidents/i/history", known_at=3)) == [3, 2, 1]
    page = told.json(at("/v1/incidents/i/history?limit=1", known_at=3))
    assert page["meta"]["known_seq"] == 3
    assert [version["seq"] for version in page["data"]] == [3]
    onward = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert seqs(onward) == [2]


def test_words_are_found_where_they_stood(told: Base) -> None:
    def found(words: str, known_at: int) -> list[str]:
        return told.ids(at(f"/v1/incidents?q={words}", known_at=known_at))

    assert found("siege", 1) == ["i"]
    assert found("siege", 2) == found("siege", 3) == found("siege", 4) == ["j"]
    assert found("truce", 1) == []
    assert found("truce", 2) == ["i"]
    assert found("ambush", 3) == []
    assert told.ids("/v1/incidents?q=ambush") == ["i"]
    assert told.get(at("/v1/incidents?q=siege&f=csv&fields=title", known_at=1)).text.split() == [
        "id,title",
        "i,Siege",
    ]


def test_a_search_over_all_resources_finds_what_stood(told: Base) -> None:
    def found(words: str, **clocks: object) -> list[tuple[str, str]]:
        data = told.json(at(f"/v1/search?q={words}", **clocks))["data"]
        return [(one["record"]["id"], one["record"]["title"]) for one in data]

    assert found("siege", known_at=1) == [("i", "Siege")]
    assert found("siege", known_at=2) == [("j", "Siege again")]
    assert found("truce", known_at=3) == [("i", "Truce")]
    assert found("truce", known_at=4) == []
    assert found("siege", as_of="2022-01-19") == []
    answer = told.get(at("/v1/search?q=siege", known_at=1))
    assert answer.headers["Known-Seq"] == str(answer.get_json()["meta"]["known_seq"]) == "1"


def test_relevance_is_not_known_of_the_past(told: Base) -> None:
    answer = told.get(at("/v1/incidents?q=siege&sort=relevance", known_at=1))
    assert answer.status_code == 400
    (error,) = answer.get_json()["errors"]
    assert error["parameter"] == "sort"
    assert "leave out known_at" in error["detail"]
    assert told.ids("/v1/incidents?q=siege&sort=relevance&as_of=2022-01-20") == ["j"]


def test_a_search_in_a_body_takes_clocks(edited: Base) -> None:
    body = {"known_at": 2, "as_of": "2022-01-20", "said_by": "2022-01-21T23:59:00+02:00"}
    answer = edited.write("POST", "/v1/incidents/search", body)
    assert [row["title"] for row in answer.get_json()["data"]] == ["Siege again", "Truce"]
    for known_at, status in ((99, 404), ("no-such", 404), (2.5, 422), (None, 422)):
        refused = edited.write("POST", "/v1/incidents/search", {"known_at": known_at})
        assert refused.status_code == status
        assert refused.get_json()["errors"][0]["pointer"] == "/known_at"


def test_a_cursor_stays_inside_its_clocks(edited: Base) -> None:
    path = "/v1/incidents?sort=id&limit=1"
    page = edited.json(at(path, known_at=2))
    edited.put(incident("ia"), incident("a"))
    onward = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert "known_at=2" in onward
    assert [row["id"] for row in edited.json(onward)["data"]] == ["j"]
    cursor = page["meta"]["next_cursor"]
    for other in (path, at(path, known_at=3), at(path, known_at=2, as_of="2022-01-20")):
        answer = edited.get(f"{other}&cursor={cursor}")
        assert answer.status_code == 409
        assert answer.get_json()["type"].endswith("/cursor-of-another-query")


def test_an_instant_brings_its_own_day(empty: Base) -> None:
    """Where only the day is known, that day counts which the clock that was asked shows."""
    empty.put(
        incident("i"),
        *(
            figure(id=f"f{n}", said_at=said)
            for n, said in enumerate(
                ("2022-01-21", "2022-01-22", "2022-01-21T22:30:00Z", "2022-01-21T22:30:01Z", None)
            )
        ),
    )

    def seen(said_by: str) -> list[str]:
        return empty.ids(at("/v1/figures", said_by=said_by))

    assert seen("2022-01-22T00:30:00%2B02:00") == ["f0", "f1", "f2"]
    assert seen("2022-01-22T00:30:00+02:00") == ["f0", "f1", "f2"]
    assert seen("2022-01-21T22:30:00Z") == ["f0", "f2"]
    assert seen("2022-01-21T17:30:01-05:00") == ["f0", "f2", "f3"]
    assert seen("2022-01-21") == ["f0", "f2", "f3"]
    assert seen("2022-01-22") == ["f0", "f1", "f2", "f3"]


def test_claims_that_are_counted_for_too_long_are_stopped(base: Base) -> None:
    connection = base.store.connection
    deadline = base.store._local.deadline
    deadline.seconds = 0.3
    called = []

    def counting(*_: Any) -> str:
        """Take longer than a read may."""
        called.append(1)
        time.sleep(0.4)
        return "{}"

    connection.create_function("casualties_made", 7, counting)
    connection.set_progress_handler(deadline._over, 1)
    answer = base.get("/v1/incidents?as_of=2022-01-22&killed_low__gte=1")
    assert called
    assert answer.status_code == 503
    assert answer.get_json()["type"].endswith("/too-slow")
