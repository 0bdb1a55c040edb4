"""The command ``incidents-api import``: what it refuses before anything is written, in a line."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import Result
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from incidents_api.importers.report import Report, Told
from incidents_api.storage import connections, store
from tests.imports import SAMPLE, table, told, written
from tests.test_cli import one_line, run

ROWS = table(SAMPLE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "ged-23.1.csv", ROWS[:3])


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "base.db"


def misused(result: Result) -> str:
    """Return what the command says of options that cannot be meant."""
    assert (result.exit_code, type(result.exception)) == (2, SystemExit), result.output
    return result.stderr.splitlines()[-1]


def test_it_makes_the_database_and_says_what_became_of_the_rows(file: Path, db: Path) -> None:
    first = run("import", "--db", db, file)
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.startswith(
        f"made {db}\nucdp-ged 23.1 from ged-23.1.csv\n3 rows, 3 accepted"
    )
    again = run("import", "--db", db, file)
    assert "3 rows, 0 accepted, 3 unchanged" in again.stdout
    assert again.stdout.endswith("transaction 2 before, 2 after\n")


def test_its_status_tells_that_rows_were_refused(tmp_path: Path, db: Path) -> None:
    file = written(tmp_path / "ged.csv", [ROWS[0], ROWS[1] | {"best": "=1+1"}])
    told_of = run("import", "--db", db, file)
    assert told_of.exit_code == 3
    assert "1 accepted" in told_of.stdout
    words = "best: holds a formula, '=1+1'; save the file with its values"
    assert f"ged.csv:3 refused: {words}\n" in told_of.stdout


def test_of_many_rows_refused_the_first_are_printed_and_all_are_reported(
    tmp_path: Path, db: Path
) -> None:
    rows = [row | {"best": "many" * 500, "type_of_violence": "9"} for row in ROWS[:30]]
    file, report = written(tmp_path / "ged.csv", rows), tmp_path / "report.csv"
    told_of = run("import", "--db", db, "--report", report, file).stdout
    assert told_of.count(" refused: ") == 10
    assert max(map(len, told_of.splitlines())) < 400
    assert "and 20 more: --report tells of every one" in told_of
    found = table(report)
    assert [int(row["line"]) for row in found] == [*range(2, 32)]
    assert {row["outcome"] for row in found} == {"refused"}
    assert "type_of_violence: is 9; it must be 1 to 3; best: is 'manymany" in found[0]["reasons"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"a,b\n1,2\n", "is of no known format", id="another table"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "", id="a picture"),
        pytest.param(b"PK\x03\x04 no workbook", "is no workbook", id="a broken workbook"),
    ],
)
def test_a_file_that_is_not_what_it_claims_to_be_leaves_nothing(
    content: bytes, says: str, tmp_path: Path, db: Path
) -> None:
    file = tmp_path / "ged.csv"
    file.write_bytes(content)
    assert says in one_line(run("import", "--db", db, file))
    assert [path.name for path in tmp_path.iterdir()] == ["ged.csv"]


@pytest.mark.parametrize("name", ["nonsense", "rot13", "utf-16", "idna", "a\tb"])
def test_an_encoding_that_is_none_is_refused(name: str, file: Path, db: Path) -> None:
    words = misused(run("import", "--db", db, "--encoding", name, file))
    assert "is no encoding in which a table can be read" in words
    assert not db.exists()


@pytest.mark.parametrize("name", ["cp1252", "latin-1", "utf-8-sig"])
def test_other_encodings_are_read(name: str, tmp_path: Path, db: Path) -> None:
    text = written(tmp_path / "utf-8.csv", [ROWS[0] | {"adm_1": "Médéa"}]).read_text("utf-8")
    file = tmp_path / "ged.csv"
    file.write_bytes(text.encode(name))
    assert run("import", "--db", db, "--encoding", name, file).exit_code == 0
    made = json.loads(run("export", "--db", db).stdout.splitlines()[-1])
    assert made
    assert "Médéa" in run("export", "--db", db).stdout


@pytest.mark.parametrize("query", ["country", "country=UKR&country=SYR", "&&"])
def test_what_is_no_query_does_not_count_as_everything(query: str, file: Path, db: Path) -> None:
    assert "--covers" in misused(run("import", "--db", db, "--covers", query, file))
    assert not db.exists()


@pytest.mark.parametrize("query", ["nothing=1", "country=Ukraine", "date_start__gte=never"])
def test_a_query_that_cannot_be_read_is_refused_before_anything_is_written(
    query: str, file: Path, db: Path
) -> None:
    name = query.partition("=")[0]
    assert f"--covers: {name}: " in one_line(run("import", "--db", db, "--covers", query, file))
    assert not db.exists()


def test_a_report_does_not_overwrite_what_is_read(file: Path, db: Path) -> None:
    content = file.read_bytes()
    assert "is itself to be read" in misused(run("import", "--db", db, "--report", file, file))
    assert file.read_bytes() == content
    run("import", "--db", db, file)
    assert "is itself to be read" in misused(run("import", "--db", db, "--report", db, file))
    assert run("check", "--db", db).exit_code == 0


def test_a_report_that_cannot_be_written_is_told(file: Path, tmp_path: Path, db: Path) -> None:
    report = tmp_path / "nowhere" / "report.json"
    words = one_line(run("import", "--db", db, "--report", report, file))
    assert words == f"Error: {report}: No such file or directory\n"
    assert not db.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("count", [3, 120])
def test_a_report_on_a_full_disk_is_told(count: int, tmp_path: Path, db: Path) -> None:
    file = written(tmp_path / "ged.csv", ROWS[:count])
    words = one_line(run("import", "--db", db, "--report", "/dev/full", file))
    assert words == "Error: /dev/full: No space left on device\n"
    assert run("check", "--db", db).exit_code == 0


def test_a_report_of_an_import_that_was_ended_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with suppress(KeyboardInterrupt), Report(path) as report:
        report.tell(Told("ged.csv", 2, "", "refused", reasons=["why"]))
        raise KeyboardInterrupt
    found = told(path)
    assert (found["ended_early"], [row["line"] for row in found["rows"]]) == (True, [2])


def test_a_trial_makes_no_database(file: Path, db: Path) -> None:
    tried = run("import", "--db", db, "--dry-run", file)
    assert (tried.exit_code, "3 accepted" in tried.stdout) == (0, True)
    assert "made" not in tried.stdout
    assert not db.exists()


def test_a_trial_goes_on_while_others_write(file: Path, db: Path, tmp_path: Path) -> None:
    run("import", "--db", db, file)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    later = written(tmp_path / "later-24.1.csv", [ROWS[0] | {"best": "9", "high": "9"}, ROWS[4]])
    tried = run("import", "--db", db, "--dry-run", later)
    other.execute("ROLLBACK")
    other.close()
    assert "2 rows, 1 accepted, 0 unchanged, 1 changed" in tried.stdout
    assert tried.stdout.endswith("transaction 2 before, 2 after\n")


def test_a_database_in_which_others_write_for_long_is_told(
    file: Path, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    run("import", "--db", db, file)
    other = sqlite3.connect(db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    words = one_line(run("import", "--db", db, file))
    other.execute("ROLLBACK")
    other.close()
    assert words == "Error: another process has been writing for 0.2 seconds\n"
    assert "3 unchanged" in run("import", "--db", db, file).stdout


def test_a_database_that_cannot_be_written_is_told(
    file: Path, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "--db", db, file)
    monkeypatch.setattr(store, "open_writer", lambda path: connections._connect(path, "ro"))
    changed = written(file.with_name("ged-24.1.csv"), ROWS[3:4])
    words = one_line(run("import", "--db", db, changed))
    assert words.startswith("Error: the database cannot be written; nothing of this transaction ")


def test_what_is_left_of_a_making_that_was_ended_is_made_anew(file: Path, db: Path) -> None:
    db.touch()
    db.with_name(f"{db.name}.making").write_bytes(b"half of one")
    assert run("import", "--db", db, file).stdout.startswith(f"made {db}\n")
    assert run("check", "--db", db).exit_code == 0
    assert not db.with_name(f"{db.name}.making").exists()


def test_several_files_may_have_columns_of_their_own_and_ids_stand_once(
    tmp_path: Path, db: Path
) -> None:
    old = {"best": "best_est", "low": "low_est", "high": "high_est"}
    (tmp_path / "old").mkdir()
    renamed = [{old.get(name, name): cell for name, cell in ROWS[0].items()}]
    files = [
        written(tmp_path / "old" / "ged.csv", renamed),
        written(tmp_path / "ged.csv", [dict(reversed(row.items())) for row in ROWS[:2]]),
    ]
    report = tmp_path / "report.json"
    result = run("import", "--db", db, "--report", report, *files)
    assert result.exit_code == 3
    assert "3 rows, 2 accepted, 0 unchanged, 0 changed, 0 kept, 1 refused" in result.stdout
    refused = next(row for row in told(report)["rows"] if row["outcome"] == "refused")
    assert refused["file"] == str(files[1])
    assert refused["reasons"] == [f"id {ROWS[0]['id']} is there already, at {files[0]}:2"]


def test_files_of_two_formats_are_refused(file: Path, tmp_path: Path, db: Path) -> None:
    actors = written(
        tmp_path / "actors.csv", [{"ActorId": "1", "NameData": "A", "NameOrig": "", "Org": "1"}]
    )
    words = one_line(run("import", "--db", db, file, actors))
    assert "the files have different formats (ucdp-ged, ucdp-actor)" in words


def test_a_release_too_long_to_be_one_is_refused(file: Path, db: Path) -> None:
    words = one_line(run("import", "--db", db, "--release", "9" * 1000, file))
    assert words.startswith("Error: the data set cannot be entered: ucdp-ged: ")
    assert "release: has 1,000 characters" in words


def test_a_name_that_is_no_text_is_told_in_another_way(tmp_path: Path, db: Path) -> None:
    file = tmp_path / "ged-\udcff\n.csv"
    file.write_bytes(written(tmp_path / "ged.csv", ROWS[:1]).read_bytes())
    report = tmp_path / "report.json"
    assert run("import", "--db", db, "--report", report, file).exit_code == 0
    assert told(report)["rows"][0]["file"] == "ged-\ufffd\ufffd.csv"
