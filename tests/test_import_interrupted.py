"""Whatever ends an import leaves whole events only, and the same command finishes the job.

``IMPORT_ROWS`` and ``IMPORT_KILLS`` make it longer, as ``make drills`` does.
"""

import os
import resource
import signal
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.drills.importing import done, ended, limited, many, sound, state
from tests.drills.report import tell

COUNT: Final = int(os.environ.get("IMPORT_ROWS", "600"))
KILLS: Final = int(os.environ.get("IMPORT_KILLS", "3"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many(tmp_path_factory.mktemp("files") / "ged.csv", COUNT)


@pytest.fixture(scope="module")
def whole(file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The state that an import that nothing interrupts leaves."""
    db = tmp_path_factory.mktemp("whole") / "whole.db"
    assert done(db, file, "--release", "23.1")[0] == 0
    assert sound(db) == COUNT
    return state(db)


def test_killed_at_any_moment_it_leaves_whole_events_and_goes_on(
    file: Path, whole: str, tmp_path: Path
) -> None:
    db, dice, counts = tmp_path / "killed.db", Random(11), [0]
    for number in range(KILLS):
        # The first are killed before anything is here, or while it is made.
        after = -dice.uniform(0.2, 0.8) if number == 0 else dice.uniform(0, 0.5)
        status, _ = ended(db, file, after, signal.SIGKILL)
        assert status in (-signal.SIGKILL, 0)
        counts.append(sound(db, checked=number == KILLS - 1))
        assert counts[-1] >= counts[-2]
    status, out, err = done(db, file, "--release", "23.1")
    same = state(db) == whole
    tell(
        "kill -9 in import",
        f"{KILLS} kills of an import of {COUNT:,} rows, then the same command",
        "whole events after each; then the state of an import that nobody interrupted",
        f"{', '.join(f'{count:,}' for count in counts[1:])} whole events after each; then "
        f"{'the same' if same else 'another'} state; ended with {status}",
    )
    assert (status, err) == (0, "")
    assert f"{COUNT:,} rows" in out
    assert same


def test_stopped_by_hand_it_says_so_in_a_line(tmp_path: Path) -> None:
    db, count = tmp_path / "stopped.db", 4 * COUNT
    # Long enough that it cannot have ended before whoever waits for its first batch has seen that.
    status, err = ended(db, many(tmp_path / "ged.csv", count), 0, signal.SIGINT)
    words = "what has been imported is whole, and the same command goes on where this one ended"
    assert (status, err) == (1, f"Error: stopped; {words}\n")
    assert 0 < sound(db, checked=False) < count


@pytest.mark.parametrize("most", [20_000, 1_000_000, 5_000_000])
def test_a_full_disk_is_told_and_leaves_a_sound_database(
    most: int, file: Path, whole: str, tmp_path: Path
) -> None:
    db = tmp_path / "full.db"
    full = limited(resource.RLIMIT_FSIZE, most)
    status, _, err = done(db, file, "--release", "23.1", preexec_fn=full)
    assert status == 1
    assert err.startswith("Error: the disk does not take what is to be written (")
    assert err.endswith("Make room, and repeat the command: it goes on where it ended\n")
    assert err.count("\n") == 1
    assert sound(db, checked=False) < COUNT
    assert list(tmp_path.glob("*.making")) == []
    if most == 5_000_000:
        assert done(db, file, "--release", "23.1")[0] == 0
        assert state(db) == whole
