"""``kill -9`` of a worker, of the process that began them, or of all, in a storm of writes.

``DRILL_KILLS`` and ``DRILL_WRITES`` say how many, of kills and of acknowledged records.
"""

import os
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from tests.drills.reckoning import acknowledged, reckon, storm
from tests.drills.report import tell
from tests.drills.serving import checked, log_size, made, served

KILLS: Final = int(os.environ.get("DRILL_KILLS", "3"))
WRITES: Final = int(os.environ.get("DRILL_WRITES", "100"))
WRITERS: Final = 6 if KILLS > 3 else 2
#: So many seconds pass between two kills, at most.
APART: Final = 3.0 if KILLS > 3 else 0.8
WAYS: Final = ("worker", "master", "everything")


def test_no_acknowledged_write_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    path, dice = tmp_path / "storm.db", Random(1)
    key = made(path)
    kills: Counter[str] = Counter()
    away = [0.0]
    with served(path, tmp_path / "log") as server:
        with storm(tmp_path, [server.address] * WRITERS, key):
            for number in range(KILLS):
                time.sleep(dice.uniform(0.1, APART))
                way = WAYS[number % len(WAYS)]
                getattr(server, f"{way}_killed")()
                kills[way] += 1
                away.append(server.up())
            while acknowledged(tmp_path) < WRITES:
                time.sleep(0.5)
        assert server.end() == 0
    found = reckon(tmp_path, path)
    said = checked(path)
    tell(
        "kill -9",
        f"{KILLS} kills ({', '.join(f'{n} × {way}' for way, n in kills.items())}) while "
        f"{WRITERS} writers POST records, batches of 10 to 50, records without an id",
        "0 acknowledged writes lost or doubled, no batch halved, in step",
        f"{found.told()}; away for {max(away):.1f} s at most; {said}; log of "
        f"{log_size(path):,} bytes left",
    )
    assert found.whole
    # Workers that lost the process that began them held the address for ten seconds and more.
    assert max(away) < 10
    assert found.records >= WRITES
    assert set(found.statuses) <= {"200", "201", "409", "cut", "refused"}
    assert said == "in step"
    assert "Traceback" not in (tmp_path / "log").read_text()
