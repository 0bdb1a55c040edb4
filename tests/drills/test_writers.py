"""Eight editors write through two workers, and readers read: nothing is lost, nothing is halved.

``DRILL_SECONDS`` says for how long, 6 unless set. With ``-s`` the figures are printed.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

import pytest

from incidents_api.storage import access
from incidents_api.storage.store import Store
from tests.conftest import TOP, serving
from tests.drills.clients import COUNTERS, FIRST, PAIR, Client, Json
from tests.drills.editors import Editor

SECONDS: Final = float(os.environ.get("DRILL_SECONDS", "6"))
EDITORS: Final = 8
READERS: Final = 2
#: The statuses that each kind of request may be answered with.
EXPECTED: Final = {
    "first": {200},
    "create": {201},
    "create about a parent": {201, 409},
    "patch": {200},
    "replace": {200},
    "stale patch": {412},
    "withdraw": {200},
    "withdraw a parent": {200, 410},
    "restore": {200, 409},
    "restore a parent": {200},
    "batch": {200},
    "count": {200, 412},
    "count a pair": {200, 412},
    "contest": {201, 409},
    "read": {200},
}
#: A version of a record: its resource, id and transaction.
Version = tuple[str, str, int]


@dataclass
class Outcome:
    """What a drill came to.

    Attributes:
        lines: The ledgers of all clients.
        versions: Each version of each record that was acknowledged, as /history has it.
        notes: The notes of the records that all editors counted up.
        log: All that the server printed.
        last: The number of the last transaction.
        check: What the command says of the database, and its exit code.

    """

    lines: list[Json]
    versions: dict[Version, Json]
    notes: dict[tuple[str, str], str]
    log: str
    last: int
    check: tuple[str, int]

    @property
    def writes(self) -> list[Json]:
        """Every write of a record that was acknowledged, with what the request was."""
        return [
            {**write, "what": line["what"]}
            for line in self.lines
            for write in line.get("writes", ())
        ]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A drill, done once: afterwards the server is stopped and its database checked."""
    folder = tmp_path_factory.mktemp("drill")
    path, log = folder / "drill.db", folder / "log"
    store = Store.make(path)
    _, key = access.create(store, "drill", "write")
    store.close()
    with serving(path, log, workers=2) as address:
        editor = Editor(address, key, EDITORS, folder / "first.ledger")
        editor.put_all("first", FIRST)
        run(folder, address, key)
        lines = [line for ledger in sorted(folder.glob("*.ledger")) for line in read(ledger)]
        versions = {found[0]: found[1] for found in histories(editor, lines)}
        counted = (*COUNTERS, *(("incidents", name) for name in PAIR))
        notes = {one: editor.get("/" + "/".join(one)).json()["notes"] for one in counted}
        editor.close()
    command = [sys.executable, "-m", "incidents_api.cli", "check", "--db", str(path)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=600)
    last = store.seq()
    store.close()
    outcome = Outcome(
        lines, versions, notes, log.read_text(), last, (done.stdout + done.stderr, done.returncode)
    )
    print(f"\n{figures(outcome)}")
    return outcome


def run(folder: Path, address: str, key: str) -> None:
    """Run all clients to their end."""
    clients = []
    for number, kind in enumerate(["editors"] * EDITORS + ["readers"] * READERS):
        command = [sys.executable, "-m", f"tests.drills.{kind}", address, key, str(number)]
        command += [str(SECONDS), str(folder / f"{kind}-{number}.ledger")]
        clients.append(subprocess.Popen(command, cwd=TOP))
    try:
        assert [client.wait(SECONDS + 120) for client in clients] == [0] * len(clients)
    finally:
        for client in clients:
            client.kill()
            client.wait()


def read(ledger: Path) -> Iterator[Json]:
    """Yield the lines of a ledger."""
    for line in ledger.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def histories(client: Client, lines: list[Json]) -> Iterator[tuple[Version, Json]]:
    """Yield every version of every record that was acknowledged."""
    written = {(one["resource"], one["id"]) for line in lines for one in line.get("writes", ())}
    for resource, name in sorted(written):
        path = f"/{resource}/{name}/history?limit=1000"
        while path:
            page = client.get(path).json()
            for version in page["data"]:
                yield (resource, name, version["seq"]), version
            links = {link["rel"]: link["href"] for link in page["links"]}
            path = links.get("next", "").removeprefix("/v1")


def figures(outcome: Outcome) -> str:
    """Return what the drill came to, as text."""
    told = []
    done = [line for line in outcome.lines if line["what"] not in ("read", "first", "fault")]
    kinds = {"all writes": done}
    for line in outcome.lines:
        kinds.setdefault(line["what"], []).append(line)
    for what, lines in kinds.items():
        times = [line["ms"] for line in lines]
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        statuses = Counter(line["status"] for line in lines)
        told.append(
            f"{what}: {len(lines):,}, {len(lines) / SECONDS:,.0f}/s, p50 {cuts[49]:.1f} ms, "
            f"p99 {cuts[98]:.1f} ms, longest {max(times):.0f} ms, "
            + ", ".join(f"{number:,} × {status}" for status, number in sorted(statuses.items()))
        )
    told.append(f"transactions: {outcome.last:,}, {outcome.last / SECONDS:,.0f}/s")
    return "\n".join(told)


def test_every_request_is_answered_as_expected(drill: Outcome) -> None:
    faults = [line for line in drill.lines if line["status"] not in EXPECTED.get(line["what"], ())]
    assert faults == []
    assert {line["what"] for line in drill.lines} == set(EXPECTED)


def test_nobody_is_told_that_the_database_is_locked(drill: Outcome) -> None:
    told = [line["body"] for line in drill.lines if "locked" in line.get("body", "")]
    assert told == []
    assert "locked" not in drill.log
    assert "Traceback" not in drill.log


def test_every_acknowledged_write_is_there(drill: Outcome) -> None:
    lost = []
    for write in drill.writes:
        version = drill.versions.get((write["resource"], write["id"], write["seq"]))
        is_there = (
            version is not None
            and version["action"] == write["action"]
            and write["set"].items() <= version["record"].items()
        )
        if not is_there:
            lost.append((write, version))
    assert lost == []


def test_there_is_no_version_that_nobody_was_told_of(drill: Outcome) -> None:
    told = {(write["resource"], write["id"], write["seq"]) for write in drill.writes}
    assert {
        version for version, found in drill.versions.items() if found["action"] != "computed"
    } == told


def test_counters_are_the_number_of_acknowledged_increments(drill: Outcome) -> None:
    counted = Counter(
        (write["resource"], write["id"])
        for write in drill.writes
        if write["what"] in ("count", "count a pair")
    )
    assert drill.notes == {record: str(number) for record, number in counted.items()}


def test_one_editor_gets_an_id_that_all_want(drill: Outcome) -> None:
    wanted = [write["id"] for write in drill.writes if write["what"] == "contest"]
    assert len(wanted) == len(set(wanted)) > 0
    assert len([line for line in drill.lines if line["what"] == "contest"]) > len(wanted)


def test_transactions_have_no_gaps_and_each_was_acknowledged(drill: Outcome) -> None:
    assert sorted({write["seq"] for write in drill.writes}) == list(range(1, drill.last + 1))


def test_the_database_is_in_step_afterwards(drill: Outcome) -> None:
    assert drill.check == ("in step\n", 0)
