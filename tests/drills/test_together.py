"""Several at once over one file: two servers, many writers, a long export; and clocks that step."""

import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any, Final

import requests

from incidents_api.storage.store import Store
from tests.conftest import TOP
from tests.drills.hitting import Hand
from tests.drills.reckoning import Reckoning, ledgers, reckon, storm
from tests.drills.report import tell, whole
from tests.drills.serving import checked, log_size, made, served

#: So many seconds are written.
LOAD: Final = 10.0
#: What the log may keep once nobody reads what was before, in bytes.
LOG: Final = 64 * 2**20
#: Every Python with this on its path has clocks that are off by the seconds in a file.
CLOCK: Final = """
import datetime, time
from pathlib import Path

def off():
    return float(Path(__file__).with_name("clock").read_text() or 0)

class Stepped(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(seconds=off())

real, datetime.datetime = datetime.datetime, Stepped
told = time.time
time.time = lambda: told() + off()
"""
HOUR: Final = 3600
#: So many times 500 records are written beside an export, at most.
MOST: Final = 20
GOOD: Final = {"200", "201", "409"}


@whole
def test_two_servers_over_one_file(tmp_path: Path) -> None:
    path, log = tmp_path / "shared.db", tmp_path / "log"
    key = made(path)
    with served(path, log) as one, served(path, log) as other:
        with storm(tmp_path, [one.address, other.address] * 2, key):
            time.sleep(LOAD)
        # What one was told is read from the other.
        done = [line for line in ledgers(tmp_path) if line["what"] == "done"][-200:]
        hand = Hand(other.address, key)
        unseen = [name for line in done for name in line["records"] if hand.read(f"/{name}") != 200]
        assert (one.end(), other.end()) == (0, 0)
    found, said = reckon(tmp_path, path), checked(path)
    tell(
        "two servers on one file",
        f"two writers each for {LOAD:g} s; what the last 200 requests wrote read from the other",
        "nothing lost; both see all",
        f"{found.told()}; {len(unseen)} not seen by the other; {said}",
    )
    assert found.whole
    assert unseen == []
    assert set(found.statuses) <= GOOD
    assert said == "in step"


def pace(found: Reckoning) -> str:
    """Return how fast single writes were answered, in words."""
    times = sorted(line["ms"] for line in found.lines if "ms" in line)
    ends = [line["at"] for line in found.lines]
    return (
        f"{len(times) / (max(ends) - min(ends)):,.0f}/s, p50 {median(times):.0f} ms, "
        f"p99 {times[len(times) * 99 // 100]:.0f} ms, longest {times[-1]:.0f} ms"
    )


@whole
def test_eight_writers(tmp_path: Path) -> None:
    found, said = {}, set()
    for writers in (1, 8):
        folder = tmp_path / str(writers)
        folder.mkdir()
        path = folder / "drill.db"
        key = made(path)
        with served(path, tmp_path / "log") as server:
            with storm(folder, [server.address] * writers, key, "incident,figure"):
                time.sleep(LOAD)
            assert server.end() == 0
        found[writers] = reckon(folder, path)
        said.add(checked(path))
    longest = max(line["ms"] for line in found[8].lines if "ms" in line)
    tell(
        "eight writers",
        f"single records for {LOAD:g} s by one writer, then by eight",
        "201 alone; nobody waits for 30 s; in step",
        f"one: {pace(found[1])}; eight: {pace(found[8])}, {dict(found[8].statuses)}; "
        f"{', '.join(said)}",
    )
    for one in found.values():
        assert set(one.statuses) == {"201"}
        assert one.whole
    assert longest < 30_000
    assert said == {"in step"}


class Export(Thread):
    """A client that takes an export slowly, for as long as it is to."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.slowly = address, True
        self.began, self.lines, self.broken = False, 0, ""

    def run(self) -> None:
        """Take it, and count its lines; the last one must be whole."""
        last = b""
        try:
            with requests.get(
                f"{self.address}/v1/actors?f=ndjson", stream=True, timeout=60
            ) as told:
                for piece in told.iter_content(65_536):
                    self.began = True
                    self.lines += piece.count(b"\n")
                    last = (last + piece)[-20_000:]
                    if self.slowly:
                        time.sleep(0.2)
            json.loads(last.rstrip(b"\n").rpartition(b"\n")[2])
        except (requests.RequestException, ValueError) as fault:
            self.broken = str(fault)


def batch(address: str, key: str, number: int) -> float:
    """Write 500 records of some kilobytes, and return how many milliseconds that took."""
    records: list[dict[str, Any]] = [
        {"id": f"b{number}-{one}", "name": "A", "actor_type": "media", "notes": "word " * 1000}
        for one in range(500)
    ]
    operations: Any = [
        {"op": "create", "resource": "actors", "record": record} for record in records
    ]
    begun = time.perf_counter()
    answer = requests.post(
        f"{address}/v1/batch",
        json={"operations": operations},
        headers={"Authorization": f"Bearer {key}"},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text[:1000]
    return (time.perf_counter() - begun) * 1000


@whole
def test_a_long_export_while_others_write(tmp_path: Path) -> None:
    path, log = tmp_path / "export.db", tmp_path / "log"
    key = made(path)
    with served(path, log) as server:
        before = [batch(server.address, key, number) for number in range(8)]
        export = Export(server.address)
        export.start()
        waiting(lambda: export.began)
        during: list[float] = []
        while export.is_alive() and len(during) < MOST:
            during.append(batch(server.address, key, 100 + len(during)))
        beside, small = len(during), log_size(path)
        export.slowly = False
        export.join(300)
        store = Store(path)
        wanted = 500 * (len(before) + beside)
        with store.reading(limited=False) as connection:
            sql = "SELECT count(*) FROM actors"
            (first,) = connection.execute(sql).fetchone()
            while log_size(path) <= 1.5 * LOG and len(during) < 10 * MOST:
                during.append(batch(server.address, key, 100 + len(during)))
            largest = log_size(path)
            (last,) = connection.execute(sql).fetchone()
        store.close()
        after = [batch(server.address, key, 900 + one) for one in range(3)]
        left = log_size(path)
        assert server.end() == 0
    said = checked(path)
    tell(
        "a long export while writing",
        f"a client takes {len(before) * 500:,} records slowly while {beside * 500:,} are written, "
        f"then a reader holds one state while {(len(during) - beside) * 500:,} are",
        "the export is the state it began with; the log is 64 MiB at most after them",
        f"{export.lines:,} records{export.broken}; {first:,} and {last:,} seen by the reader; 500 "
        f"records in {median(before):.0f} ms before, {median(during):.0f} ms meanwhile, "
        f"{median(after):.0f} ms after; log of {small / 2**20:.0f} MiB beside the client, "
        f"{largest / 2**20:.0f} MiB beside the reader, "
        f"{left / 2**20:.0f} MiB after; {said}",
    )
    assert (export.broken, export.lines) == ("", len(before) * 500)
    assert len(during) > 3, "the export ended before others wrote"
    assert first == last == wanted
    assert left <= LOG < largest
    assert said == "in step"


def waiting(until: Callable[[], bool]) -> None:
    """Wait until something is so."""
    begun = time.monotonic()
    while not until():
        assert time.monotonic() < begun + 60
        time.sleep(0.05)


@whole
def test_clocks_that_step(tmp_path: Path) -> None:
    path, log, clock = tmp_path / "clock.db", tmp_path / "log", tmp_path / "clock"
    clock.write_text("0")
    clock.with_name("sitecustomize.py").write_text(CLOCK)
    key = made(path)
    path_of_all = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", str(TOP))))
    steps = (-2, 24, -72, 0)
    with served(path, log, environment={"PYTHONPATH": path_of_all}) as server:
        hand = Hand(server.address, key)
        seen = {0: (hand.writes(5), hand.reads(5))}
        for step in steps:
            clock.write_text(str(step * HOUR))
            seen[step] = (hand.writes(5), hand.reads(5))
        lost = hand.lost()
        ended = server.end()
    store = Store(path)
    sql = "SELECT recorded_at FROM transactions ORDER BY seq"
    times = [time_ for (time_,) in store.connection.execute(sql)]
    store.close()
    said = checked(path)
    back = sum(one < before for before, one in pairwise(times))
    tell(
        "clock steps",
        f"the server's clock off by {steps} hours in turn, five writes and reads at each",
        "201 and 200; recorded_at never runs back; in step",
        f"{sorted(map(str, seen.values()))}; "
        f"{back} times back in {len(times)} transactions, from {times[0][:16]} to "
        f"{times[-1][:16]}; {len(lost)} lost; ended with {ended}; {said}",
    )
    assert set(map(str, seen.values())) == {"([201], [200])"}
    assert times[-1][:10] > times[0][:10], "the clock did not step"
    assert (back, lost, ended, said) == (0, [], 0, "in step")
