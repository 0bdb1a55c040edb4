"""What a storm of writers was told, beside what is in the database afterwards."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from incidents_api.storage.store import Store
from tests.conftest import TOP
from tests.drills.clients import Json
from tests.drills.serving import PATIENCE
from tests.drills.storm import PARENT, statuses


@dataclass
class Reckoning:
    """What became of all that was sent.

    Attributes:
        lines: The ledgers of all writers.
        acknowledged: The requests that were acknowledged.
        records: How many records those wrote.
        lost: What was acknowledged and is not there.
        doubled: What is there more than once.
        halved: Batches of which a part is there.
        unsent: What is there and was never sent.
        unanswered: Requests whose outcome nobody was told.
        written: Those of them that were done all the same.

    """

    lines: list[Json]
    acknowledged: int
    records: int
    lost: list[str]
    doubled: list[str]
    halved: list[str]
    unsent: list[str]
    unanswered: int
    written: int

    @property
    def whole(self) -> bool:
        """Whether nothing is lost, doubled, halved or of unknown origin."""
        return not (self.lost or self.doubled or self.halved or self.unsent)

    @property
    def statuses(self) -> Counter[str]:
        """How often each answer was given."""
        return statuses(self.lines)

    def told(self) -> str:
        """Return it in words."""
        return (
            f"{self.records:,} records acknowledged ({self.acknowledged:,} requests): "
            f"{len(self.lost)} lost, {len(self.doubled)} doubled, "
            f"{len(self.halved)} batches halved; {self.unanswered:,} never answered, of which "
            f"{self.written:,} had been done; answers: "
            + ", ".join(f"{number:,} × {name}" for name, number in sorted(self.statuses.items()))
        )


@contextmanager
def storm(
    folder: Path, addresses: list[str], key: str, ways: str = "", *, first: bool = True
) -> Iterator[None]:
    """Have a writer write to each address until the block ends; their ledgers are in the folder."""
    if first:
        parent(addresses[0], key)
    environment = {**os.environ, **({"STORM": ways} if ways else {})}
    stop = folder / "stop"
    stop.unlink(missing_ok=True)
    writers = []
    for number, address in enumerate(addresses):
        command = [sys.executable, "-m", "tests.drills.storm", address, key, str(number), "3600"]
        command.append(str(folder / f"storm-{number}.ledger"))
        writers.append(subprocess.Popen(command, cwd=TOP, env=environment))
    try:
        while len({line["writer"] for line in ledgers(folder)}) < len(addresses):
            time.sleep(0.05)
        yield
        stop.touch()
        assert [writer.wait(2 * PATIENCE) for writer in writers] == [0] * len(writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


def parent(address: str, key: str) -> None:
    """Write the incident that all figures of a storm are about."""
    body = {"id": PARENT, "title": "Storm", "date_start": "2022-01-20"}
    headers = {"Authorization": f"Bearer {key}"}
    answer = requests.post(f"{address}/v1/incidents", json=body, headers=headers, timeout=60)
    assert answer.status_code == 201


def ledgers(folder: Path) -> list[Json]:
    """Return the lines of all ledgers so far; a line that is being written is left for later."""
    found: list[Json] = []
    for number, path in enumerate(sorted(folder.glob("storm-*.ledger"))):
        told = path.read_text(encoding="utf-8").split("\n")[:-1]
        found += [{**json.loads(line), "writer": number} for line in told]
    return found


def acknowledged(folder: Path) -> int:
    """Return how many records have been acknowledged so far."""
    return sum(len(line["records"]) for line in ledgers(folder) if line["what"] == "done")


def reckon(folder: Path, path: Path) -> Reckoning:
    """Compare the ledgers with the database."""
    lines = ledgers(folder)
    sent = {(line["writer"], line["n"]): line for line in lines if line["what"] == "sent"}
    done = {(line["writer"], line["n"]): line for line in lines if line["what"] == "done"}
    refused = {(line["writer"], line["n"]) for line in lines if line["what"] == "refused"}
    created, marks = _created(path)
    acknowledged = [one for line in done.values() for one in line["records"]]
    open_ = [line for key, line in sent.items() if key not in done and key not in refused]
    known = {one for line in sent.values() for one in line["records"]}
    known |= {one for line in sent.values() for one in marks.get(line["mark"], ())}
    return Reckoning(
        lines,
        len(done),
        len(acknowledged),
        [one for one in acknowledged if created[one] == 0],
        [one for one, times in created.items() if times > 1]
        + [mark for mark, there in marks.items() if len(there) > 1],
        [line["mark"] for line in sent.values() if _halved(line["records"], created)],
        sorted(set(created) - known - {f"incidents/{PARENT}"}),
        len(open_),
        sum(bool(marks.get(line["mark"])) or _any(line["records"], created) for line in open_),
    )


def _any(records: list[str], created: Counter[str]) -> bool:
    return any(created[one] for one in records)


def _halved(records: list[str], created: Counter[str]) -> bool:
    return _any(records, created) and not all(created[one] for one in records)


def _created(path: Path) -> tuple[Counter[str], dict[str, list[str]]]:
    """Return how often each record was created and is there, and the records of each note."""
    store = Store(path)
    there: dict[str, str] = {}
    for name in ("incidents", "figures"):
        sql = f"SELECT id, document ->> '$.notes' FROM {name} WHERE state = 'live'"
        there |= {f"{name}/{id_}": notes for id_, notes in store.connection.execute(sql)}
    sql = "SELECT resource || '/' || id FROM changes WHERE action = 'create'"
    created = Counter(one for (one,) in store.connection.execute(sql) if one in there)
    store.close()
    marks: dict[str, list[str]] = {}
    for one, notes in there.items():
        marks.setdefault(notes, []).append(one)
    return created, marks
