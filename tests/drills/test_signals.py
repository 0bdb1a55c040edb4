"""Signals under load: the end and the renewal of workers cost nobody an answer that was due."""

import signal
import time
from pathlib import Path
from statistics import median
from typing import Final

from tests.drills.reckoning import Reckoning, reckon, storm
from tests.drills.report import WHOLE, tell, whole
from tests.drills.serving import PATIENCE, checked, made, served

WRITERS: Final = 6
#: So many seconds are written before a signal, and between two.
LOAD: Final = 4.0 if WHOLE else 1.0
RENEWALS: Final = 5


def sent_twice(found: Reckoning) -> int:
    """Return how many requests were found done when they were sent again."""
    return sum(1 for line in found.lines if line.get("again"))


@whole
def test_sigterm_under_load(tmp_path: Path) -> None:
    path, log = tmp_path / "ended.db", tmp_path / "log"
    key = made(path)
    taken = []
    with served(path, log) as server:
        with storm(tmp_path, [server.address] * WRITERS, key):
            for _ in range(3):
                time.sleep(LOAD)
                begun = time.monotonic()
                assert server.end() == 0
                taken.append(time.monotonic() - begun)
                server.up()
        assert server.end() == 0
    found, said = reckon(tmp_path, path), checked(path)
    unanswered = sent_twice(found) + found.written
    tell(
        "SIGTERM under load",
        f"3 times, while {WRITERS} writers POST; then served again",
        "ends with 0 within 10 s; whatever was done is answered; 0 lost",
        f"ended with 0 after {max(taken):.1f} s at most; {unanswered} done and not answered; "
        f"{found.told()}; {said}",
    )
    assert max(taken) < 12
    assert found.whole
    assert unanswered == 0
    assert said == "in step"


@whole
def test_sighup_under_load(tmp_path: Path) -> None:
    path, log = tmp_path / "renewed.db", tmp_path / "log"
    key = made(path)
    taken = []
    with served(path, log) as server:
        with storm(tmp_path, [server.address] * WRITERS, key):
            for _ in range(RENEWALS):
                time.sleep(LOAD)
                old = set(server.workers())
                begun = time.monotonic()
                server.process_told(signal.SIGHUP)
                while old & set(server.workers()):
                    assert time.monotonic() < begun + PATIENCE
                    time.sleep(0.05)
                taken.append(time.monotonic() - begun)
            time.sleep(LOAD)
        assert server.end() == 0
    found, said = reckon(tmp_path, path), checked(path)
    unanswered = sent_twice(found) + found.written
    times = [line["ms"] for line in found.lines if "ms" in line]
    tell(
        "SIGHUP under load",
        f"{RENEWALS} times, while {WRITERS} writers POST",
        "new workers, no connection refused, no answer that is due missing",
        f"workers renewed in {max(taken):.1f} s at most; {found.statuses['refused']} refused, "
        f"{found.statuses['cut']} cut; {unanswered} done and not answered; answers after "
        f"{median(times):.0f} ms, {max(times):.0f} ms at most; {found.told()}; {said}",
    )
    assert found.whole
    assert (found.statuses["refused"], unanswered) == (0, 0)
    assert set(found.statuses) <= {"200", "201", "cut"}
    assert said == "in step"
