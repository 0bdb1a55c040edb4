"""GTD: every row becomes a restricted incident with its groups and counts; rows are invented."""

import re
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest

from incidents_api.importers import naming
from incidents_api.importers.gtd_codes import EXPLOSIONS, EXPLOSIVES, SPECIFICITY, WEAPONS
from incidents_api.importers.reading import Unfit
from incidents_api.model.vocabularies import vocabularies
from tests.conftest import Base
from tests.imports import Imported, run, told
from tests.invented import gtd

NAME: Final = "gtd-202403050001"
#: The bounds of figures by the ends of their ids: low, best, high.
Found = dict[str, tuple[int | None, int | None, int | None]]


def group(name: str) -> str:
    return naming.stable("gtd-actor", name)


@pytest.fixture
def one(empty: Base, tmp_path: Path) -> Imported:
    """One row."""
    return Imported(empty, tmp_path, gtd())


def stored(done: Imported) -> Found:
    """Return the bounds of all figures of the row."""
    rows = done.base.store.connection.execute(
        "SELECT id, low, best, high FROM figures WHERE state = 'live' ORDER BY id"
    )
    return {name.removeprefix(f"{NAME}-"): (low, best, high) for name, low, best, high in rows}


def test_an_incident_says_what_its_row_says(one: Imported) -> None:
    found = one.record("incidents", NAME)
    row = gtd()
    assert found["external_ids"] == [{"scheme": "gtd", "value": "202403050001"}]
    assert found["title"] == "Bombing/Explosion: Invented Brigade, Exampleville"
    assert (found["date_start"], found["date_end"], found["date_prec"]) == (
        *("2024-03-05", "2024-03-05"),
        1,
    )
    assert (found["country"], found["admin1"], found["place"], found["where_prec"]) == (
        *("SYR", "Example Governorate", "Exampleville"),
        1,
    )
    assert (found["event_type"], found["sub_event_type"], found["weapons"]) == (
        *("explosions_remote_violence", "remote_explosive_landmine_ied"),
        ["mines_ieds"],
    )
    assert found["summary"] == row["summary"]
    assert (found["dataset"], found["visibility"]) == ("gtd", "restricted")
    kept = found["source_values"]
    for name in ("attacktype1_txt", "location", "corp1", "gname", "nperps", "nkillus", "INT_ANY"):
        assert kept[name] == row[name]
    assert kept["imported_from"] == "export.csv:2"


def test_targets_are_left_out_and_that_is_told(one: Imported) -> None:
    assert any("target1, target2, target3 are left out" in it for it in one.summary.remarks)
    one.base.store.close()
    files = one.base.store.path.parent.glob(f"{one.base.store.path.name}*")
    everything = "".join(file.read_bytes().decode("latin-1") for file in files)
    assert "Invented Guard" in everything
    assert "Somebody Invented" not in everything


def test_counts_are_totals_with_attackers_and_others(one: Imported) -> None:
    assert stored(one) == {
        "killed": (5, 5, 5),
        "killed-attackers": (2, 2, 2),
        "killed-others": (3, 3, 3),
        "injured": (3, 3, 3),
        "injured-attackers": (0, 0, 0),
        "injured-others": (3, 3, 3),
    }
    total = one.record("figures", f"{NAME}-killed")
    assert (total["coding_rule"], total["method"], total["claimant_stance"]) == (
        *("assumed", "coded"),
        "compiler",
    )
    assert total["breakdowns"] == [{"name": "by_role", "disjoint": True, "complete": True}]
    attackers = one.record("figures", f"{NAME}-killed-attackers")
    assert (attackers["population"]["role"], attackers["part_of"]) == (["attacker"], total["id"])
    others = one.record("figures", f"{NAME}-killed-others")
    assert others["scope"]["includes_perpetrators"] == "no"
    block = one.record("incidents", NAME)["casualties"]["killed"]
    assert (block["low"], block["best"], block["high"]) == (5, 5, 5)


NONE: Final[Found] = {"killed": (None,) * 3, "injured": (None,) * 3}
BLANK: Final = dict.fromkeys(
    ("nkill", "nkillus", "nkillter", "nwound", "nwoundus", "nwoundte", "nperps", "nperpcap"), ""
)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, {}),
        ({"nkill": "-99", "nwound": "-9.0"}, {}),
        ({"nkill": "2.5"}, {"killed": (2, None, 3)}),
        ({"nkill": "0"}, {"killed": (0, 0, 0)}),
        ({"nkill": "4.0"}, {"killed": (4, 4, 4)}),
        ({"nkillter": "2"}, {"killed": (2, None, None), "killed-attackers": (2, 2, 2)}),
        ({"nkillter": "0"}, {"killed-attackers": (0, 0, 0)}),
        ({"nkillus": "3"}, {"killed": (3, None, None), "killed-us": (3, 3, 3)}),
        (
            {"nkillus": "3", "nkillter": "1.5"},
            {
                "killed": (3, None, None),
                "killed-us": (3, 3, 3),
                "killed-attackers": (1, None, 2),
            },
        ),
        (
            {"nkill": "2.5", "nkillter": "1"},
            {
                "killed": (2, None, 3),
                "killed-attackers": (1, 1, 1),
                "killed-others": (1, None, 2),
            },
        ),
        (
            {"nkill": "2.5", "nkillter": "0.5"},
            {
                "killed": (2, None, 3),
                "killed-attackers": (0, None, 1),
                "killed-others": (2, None, 2),
            },
        ),
        ({"nkill": "1", "nkillter": "2"}, {"killed": (1, 1, 1), "killed-attackers": (2, 2, 2)}),
        ({"nwoundte": "4"}, {"injured": (4, None, None), "injured-attackers": (4, 4, 4)}),
        ({"nperps": "6", "nperpcap": "2"}, {"participants": (6, 6, 6), "captured": (2, 2, 2)}),
        ({"nperps": "-99", "nperpcap": "-99"}, {}),
        ({"nhostkid": "0", "nreleased": "0", "nhostkidus": "0"}, {}),
        (
            {"ishostkid": "1", "nhostkid": "9", "nhostkidus": "2", "nreleased": "0"},
            {"hostage": (9, 9, 9), "hostage-us": (2, 2, 2), "freed": (0, 0, 0)},
        ),
        ({"ishostkid": "1", "nhostkid": "-99", "nreleased": "-99"}, {}),
    ],
    ids=str,
)
def test_what_is_not_one_number_only_bounds(
    empty: Base, tmp_path: Path, cells: dict[str, str], expected: Found
) -> None:
    row = gtd(**(BLANK | cells))
    done = Imported(empty, tmp_path, row)
    assert done.summary.counts()["accepted"] == 1
    found = stored(done)
    assert found == NONE | expected
    said = done.record("incidents", NAME)["source_values"]
    unknown = {name for name, cell in cells.items() if cell.startswith("-")}
    assert {name: said[name] for name in unknown} == {name: cells[name] for name in unknown}
    for name in ("killed", "injured"):
        bare = found[name] == (None,) * 3
        assert (done.record("figures", f"{NAME}-{name}")["qualifier"] == "not_reported") is bare


def test_a_fraction_is_kept_and_told(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, gtd(nkill="2.5"))
    assert done.record("figures", f"{NAME}-killed")["source_values"] == {"nkill": 2.5}
    assert done.rows[0]["notes"] == ["nkill: 2.5 is a share of a total: it is a bound only"]


def test_more_attackers_than_all_stand_beside_each_other(empty: Base, tmp_path: Path) -> None:
    done = Imported(empty, tmp_path, gtd(nkill="1", nkillter="2"))
    assert done.rows[0]["notes"] == ["nkillter: is more than nkill; both are kept"]


@pytest.mark.parametrize(
    ("cells", "first", "last", "precision"),
    [
        ({"iday": "0"}, "2024-03-01", "2024-03-31", 4),
        ({"imonth": "2", "iday": "0"}, "2024-02-01", "2024-02-29", 4),
        ({"imonth": "0", "iday": "0"}, "2024-01-01", "2024-12-31", 5),
        ({"imonth": "-9", "iday": "7"}, "2024-01-01", "2024-12-31", 5),
        ({"imonth": "", "iday": ""}, "2024-01-01", "2024-12-31", 5),
    ],
)
def test_days_that_are_unknown(
    empty: Base, tmp_path: Path, cells: dict[str, str], first: str, last: str, precision: int
) -> None:
    done = Imported(empty, tmp_path, gtd(**cells))
    found = done.record("incidents", NAME)
    assert (found["date_start"], found["date_end"], found["date_prec"]) == (first, last, precision)
    assert done.rows[0]["notes"] == [f"iday: the day is unknown, {first} to {last}"]
    assert done.summary.counts()["unknown_days"] == 1
    assert done.record("figures", f"{NAME}-killed")["as_of_date"] == last
    assert done.record("sources", "gtd")["coverage"].startswith(f"1 rows, {first} to {first}")


@pytest.mark.parametrize(
    ("cells", "last"),
    [
        ({"extended": "1", "resolution": "2024-03-09"}, "2024-03-09"),
        ({"extended": "1", "resolution": "3/9/2024"}, "2024-03-09"),
        ({"extended": "0", "resolution": "3/9/2024"}, "2024-03-05"),
        ({"extended": "1", "resolution": "3/1/2024"}, "2024-03-05"),
        ({"extended": "1", "resolution": "a week later"}, "2024-03-05"),
    ],
)
def test_what_went_on_ends_with_its_resolution(
    empty: Base, tmp_path: Path, cells: dict[str, str], last: str
) -> None:
    found = Imported(empty, tmp_path, gtd(**cells)).record("incidents", NAME)
    assert (found["date_start"], found["date_end"]) == ("2024-03-05", last)
    assert found["source_values"]["resolution"] == cells["resolution"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, [("Invented Brigade", "perpetrator", "claimed_responsibility")]),
        ({"claimed": "0"}, [("Invented Brigade", "perpetrator", None)]),
        (
            {"claimed": "0", "guncertain1": "1"},
            [("Invented Brigade", "alleged_perpetrator", "alleged")],
        ),
        ({"claimed": "", "guncertain1": ""}, [("Invented Brigade", "alleged_perpetrator", None)]),
        ({"gname": "Unknown"}, []),
        ({"gname": "Unaffiliated Individual(s)"}, []),
        (
            {"gname2": "Invented League", "guncertain2": "1.0", "claim2": "0"},
            [
                ("Invented Brigade", "perpetrator", "claimed_responsibility"),
                ("Invented League", "alleged_perpetrator", "alleged"),
            ],
        ),
        (
            {"gname2": "invented brigade"},
            [("Invented Brigade", "perpetrator", "claimed_responsibility")],
        ),
    ],
    ids=str,
)
def test_groups_take_part_as_far_as_gtd_is_sure(
    empty: Base, tmp_path: Path, cells: dict[str, str], expected: list[tuple[str, str, str | None]]
) -> None:
    done = Imported(empty, tmp_path, gtd(**cells))
    rows = empty.store.connection.execute("SELECT id FROM participations ORDER BY id")
    parts = [done.record("participations", name) for (name,) in rows.fetchall()]
    assert [(one["actor"], one["role"], one["attribution"]) for one in parts] == [
        (group(name), role, ground) for name, role, ground in expected
    ]
    assert {one["side"] for one in parts} <= {"a"}
    kept = done.record("incidents", NAME)["source_values"]
    assert kept["gname"] == gtd(**cells)["gname"]


BOMB: Final = "explosions_remote_violence"


@pytest.mark.parametrize(
    ("cells", "wide", "narrow", "weapons"),
    [
        ({"weapsubtype1_txt": "Grenade"}, BOMB, "grenade", ["explosives"]),
        ({"weapsubtype1_txt": "Vehicle"}, BOMB, None, ["vehicle"]),
        ({"weapsubtype1_txt": "Vehicle", "suicide": "1"}, BOMB, "suicide_bomb", ["vehicle"]),
        ({"success": "0"}, None, None, ["mines_ieds"]),
        ({"attacktype2_txt": "Armed Assault"}, None, None, ["mines_ieds"]),
        ({"attacktype1_txt": "Assassination"}, None, None, ["mines_ieds"]),
        (
            {"weaptype2_txt": "Firearms", "weapsubtype2_txt": "Handgun"},
            BOMB,
            None,
            ["mines_ieds", "firearms"],
        ),
        ({"weaptype1_txt": "Fake Weapons", "weapsubtype1_txt": ""}, BOMB, None, []),
    ],
    ids=str,
)
def test_only_what_is_certain_has_a_type(
    empty: Base,
    tmp_path: Path,
    cells: dict[str, str],
    wide: str | None,
    narrow: str | None,
    weapons: list[str],
) -> None:
    done = Imported(empty, tmp_path, gtd(**cells))
    found = done.record("incidents", NAME)
    assert (found["event_type"], found["sub_event_type"]) == (wide, narrow)
    assert found["weapons"] == weapons
    assert done.rows[0]["notes"] == []


def test_codes_lead_to_terms() -> None:
    terms = {name: set(vocabulary.codes) for name, vocabulary in vocabularies().items()}
    assert {*filter(None, WEAPONS.values()), *EXPLOSIVES.values()} <= terms["weapon"]
    assert set(EXPLOSIONS.values()) <= terms["sub_event_type"]
    assert set(SPECIFICITY.values()) <= terms["where_prec"]


def test_what_is_not_known_is_kept_and_told(empty: Base, tmp_path: Path) -> None:
    unknown = {"weaptype1_txt": "Slingshots", "specificity": "7", "country_txt": "Exampleland"}
    done = Imported(empty, tmp_path, gtd(**unknown))
    found = done.record("incidents", NAME)
    assert {name: found["source_values"][name] for name in unknown} == unknown
    assert (found["country"], found["where_prec"], found["weapons"]) == (None, None, [])
    assert all(name in " ".join(done.rows[0]["notes"]) for name in unknown)
    assert done.summary.counts()["unknown_countries"] == 1


@pytest.mark.parametrize(
    ("cells", "precision"),
    [
        ({"specificity": "1", "vicinity": "1"}, 2),
        ({"specificity": "3"}, 3),
        ({"specificity": "4", "vicinity": "1"}, 4),
        ({"specificity": "5", "latitude": "", "longitude": ""}, 6),
    ],
)
def test_how_exactly_the_place_is_known(
    empty: Base, tmp_path: Path, cells: dict[str, str], precision: int
) -> None:
    found = Imported(empty, tmp_path, gtd(**cells)).record("incidents", NAME)
    assert found["where_prec"] == precision


def test_a_place_that_is_unknown_is_none(empty: Base, tmp_path: Path) -> None:
    done = Imported(
        empty, tmp_path, gtd(city="Unknown", attacktype1_txt="Unknown", gname="Unknown")
    )
    found = done.record("incidents", NAME)
    assert (found["place"], found["source_values"]["city"]) == (None, "Unknown")
    assert found["title"] == "Attack, Example Governorate"


def test_citations_become_sources(one: Imported) -> None:
    cited = one.record("figures", f"{NAME}-killed")["sources"]
    first, second = (one.record("sources", each["source"]) for each in cited)
    assert (first["title"], first["author"], first["published_at"]) == (
        *("Five Killed at a Post", "Example Gazette"),
        "2024-03-06",
    )
    assert (second["title"], second["author"], second["published_at"]) == (
        gtd()["scite2"],
        *(None, None),
    )
    assert {first["visibility"], second["visibility"]} == {"restricted"}
    kept = one.record("incidents", NAME)["source_values"]
    assert not {"scite1", "scite2", "scite3"} & set(kept)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('"Five Killed,"  Example Gazette, March 6, 2024', "Five Killed"),
        ('"Five Killed," Example Gazette, March 36, 2024.', None),
        ('"No end', None),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_what_a_source_does_not_tell_of_a_citation_is_kept(
    empty: Base, tmp_path: Path, text: str, title: str | None
) -> None:
    done = Imported(empty, tmp_path, gtd(scite1=text, scite2=""))
    (cited,) = done.record("figures", f"{NAME}-killed")["sources"]
    assert done.record("sources", cited["source"])["title"] == (title or text)
    kept = done.record("incidents", NAME)["source_values"]
    assert kept.get("scite1") == (text if title else None)


@pytest.mark.parametrize(
    "text",
    [
        '"Madeup Personage was killed by a sniper near Exampleville," Gazette, March 6, 2024.',
        "Madeup Personage was killed by a sniper near Exampleville",
        '"Madeup Personage was killed by a sniper near Exampleville',
    ],
)
def test_no_name_of_the_dead_is_kept(empty: Base, tmp_path: Path, text: str) -> None:
    done = Imported(empty, tmp_path, gtd(scite1=text))
    assert done.summary.counts()["names_withheld"] == 1
    assert done.rows[0]["notes"] == ["scite1: a name in a list of the dead is left out"]
    empty.store.close()
    files = empty.store.path.parent.glob(f"{empty.store.path.name}*")
    everything = "".join(file.read_bytes().decode("latin-1") for file in files)
    assert "Example Governorate" in everything
    assert not re.search("madeup.personage", everything, re.IGNORECASE)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"eventid": "2.02E+11"}, "eventid: is '2.02E+11'; it must be 12 digits"),
        ({"iyear": ""}, "iyear: is empty; it must be a whole number"),
        ({"imonth": "13"}, "iyear/imonth/iday: 2024-13-5 is not a day of the calendar"),
        ({"iday": "31", "imonth": "2"}, "2024-2-31 is not a day of the calendar"),
        ({"iyear": "9" * 15}, "is not a day of the calendar"),
        ({"nkill": "many"}, "nkill: is 'many'; it must be a number"),
        ({"nkill": "-3"}, "nkill: is -3; it must be 0 or more, or -9 or -99"),
        ({"nwound": "1e40"}, f"{NAME}-injured: best: is 1"),
        ({"gname": "x" * 301}, "gname: names somebody in 301 characters; 300 are allowed"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_with_the_reason(
    empty: Base, tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    done = Imported(empty, tmp_path, gtd(**cells))
    (row,) = done.rows
    assert (row["outcome"], row["line"]) == ("refused", 2)
    assert any(reason in one for one in row["reasons"]), row["reasons"]
    assert empty.store.get("incidents", NAME) is None


def workbook(path: Path, *rows: dict[str, Any]) -> Path:
    """Write rows as a workbook, and return the file."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    return path


def as_numbers(row: dict[str, str]) -> dict[str, Any]:
    """Return a row as a workbook holds it: numbers as floats, blank cells as nothing."""

    def held(cell: str) -> Any:
        try:
            return float(cell)
        except ValueError:
            return cell or None

    return {name: held(cell) for name, cell in row.items()}


def test_a_workbook_says_the_same_as_a_csv_file(empty: Base, tmp_path: Path) -> None:
    row = gtd(eventid="202403050001", nkill="2.5", target3="", related="")
    Imported(empty, tmp_path, row)
    before = empty.store.seq()
    file = workbook(tmp_path / "export.csv.xlsx", as_numbers(row))
    summary = run(empty.store, file)
    assert summary.counts()["unchanged"] == 1
    # The data set's source names what was read; nothing of the events has changed.
    assert dict(summary.events) == {"unchanged": 1}
    assert summary.seq[1] - before <= 1


def test_a_formula_is_refused_with_what_to_do(empty: Base, tmp_path: Path) -> None:
    good, bad = as_numbers(gtd()), as_numbers(gtd(eventid="202403050002")) | {"nkill": "=1+1"}
    report = tmp_path / "report.json"
    summary = run(empty.store, workbook(tmp_path / "gtd.xlsx", good, bad), report=report)
    assert (summary.counts()["accepted"], summary.counts()["refused"]) == (1, 1)
    (row,) = (each for each in told(report)["rows"] if each["outcome"] == "refused")
    assert row["line"] == 3
    assert row["reasons"] == [
        "nkill: holds a formula, '=1+1'; save the file with its values",
    ]


def test_a_csv_file_in_latin_1_is_read_where_that_is_said(empty: Base, tmp_path: Path) -> None:
    row = gtd(provstate="Provínce d'Exemple")
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in (
        [name.replace('"', '""') for name in row],
        [cell.replace('"', '""') for cell in row.values()],
    ))  # fmt: skip
    file = tmp_path / "gtd.csv"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(Unfit, match="name its encoding with --encoding"):
        run(empty.store, file)
    run(empty.store, file, encoding="latin-1")
    key = f"Bearer {empty.key}"
    found = empty.get(f"/v1/incidents/{NAME}", Authorization=key).get_json()
    assert found["admin1"] == row["provstate"]
