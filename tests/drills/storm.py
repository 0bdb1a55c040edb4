"""Writers, each a process, that go on whatever happens to the server, and forget no answer.

``python -m tests.drills.storm ADDRESS KEY NUMBER SECONDS LEDGER`` runs one, until the seconds are
over or there is a file ``stop`` beside the ledger. ``STORM`` in the environment names the ways in
which it writes, with commas between them.

A request has a number. The ledger has a line when it is sent, with what it would write, and a line
when it is known what became of it: ``done`` (acknowledged), ``refused`` or ``unknown`` (no answer,
or one of the 5xx). What is on its way twice is the same: it is sent again under its id, or its
Idempotency-Key where the service takes one; a record without either is sent once.
"""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import requests

from tests.conftest import TOP
from tests.drills.clients import PATIENCE, Client, Json, main

WAYS: Final[dict[str, int]] = {"incident": 4, "figure": 4, "minted": 2, "batch": 2}
#: What every writer makes figures about.
PARENT: Final = "storm"
#: So long it waits before it sends again.
PAUSE: Final = 0.1


class Writer(Client):
    """Writes as fast as it is answered, and sends again what was not."""

    def __init__(self, address: str, key: str, number: int, ledger: Path) -> None:
        super().__init__(address, key, number, ledger)
        self.stop = ledger.with_name("stop")
        self.sent = 0
        chosen = os.environ.get("STORM", ",".join(WAYS)).split(",")
        self.ways = {way: WAYS[way] for way in chosen}
        contract = (TOP / "openapi.yaml").read_text(encoding="utf-8")
        self.takes_keys = "Idempotency-Key" in contract
        self.until = 0.0

    def note(self, **line: Any) -> None:
        """Write a line into the ledger; it is on the disk before anything else is done."""
        super().note(at=time.time(), **line)
        os.fsync(self.ledger.fileno())

    def run(self, seconds: float) -> None:
        """Write until it is told to stop."""
        self.until = time.monotonic() + seconds
        while self._goes_on():
            (way,) = self.random.choices(list(self.ways), list(self.ways.values()))
            self.sent += 1
            self._write(way, *getattr(self, f"_{way}")(f"s{self.number}-{self.sent}"))

    def _goes_on(self) -> bool:
        return time.monotonic() < self.until and not self.stop.exists()

    def _incident(self, name: str) -> tuple[str, Json, list[str]]:
        return "/incidents", _incident(name), [f"incidents/{name}"]

    def _figure(self, name: str) -> tuple[str, Json, list[str]]:
        return "/figures", _figure(name), [f"figures/{name}"]

    def _minted(self, name: str) -> tuple[str, Json, list[str]]:
        """Write a record whose id the service makes; its notes tell which it is."""
        return "/incidents", {**_incident(name), "id": None}, []

    def _batch(self, name: str) -> tuple[str, Json, list[str]]:
        names = [f"{name}-{place}" for place in range(self.random.randint(10, 50))]
        operations = [
            {"op": "create", "resource": "incidents", "record": _incident(one)} for one in names
        ]
        return "/batch", {"operations": operations}, [f"incidents/{one}" for one in names]

    def _write(self, way: str, path: str, body: Json, records: list[str]) -> None:
        """Send a request until it is known what became of it, if it can be sent again."""
        mark = f"s{self.number}-{self.sent}"
        self.note(n=self.sent, way=way, mark=mark, records=records, what="sent")
        headers = {"Idempotency-Key": f'"{mark}"'} if self.takes_keys else {}
        again = bool(records) or self.takes_keys
        while not self._settled(path, body, headers, records) and again and self._goes_on():
            time.sleep(PAUSE)

    def _settled(self, path: str, body: Json, headers: dict[str, str], records: list[str]) -> bool:
        """Send a request once, and return whether it is known what became of it."""
        begun = time.perf_counter()
        try:
            answer = self.session.post(
                self.address + path, json=body, headers=headers, timeout=PATIENCE
            )
        except requests.RequestException as fault:
            kind = "refused" if "refused" in str(fault) else "cut"
            self.note(n=self.sent, what="unknown", status=0, fault=kind)
            return False
        line: Json = {"n": self.sent, "status": answer.status_code}
        line["ms"] = (time.perf_counter() - begun) * 1000
        if answer.ok:
            self.note(**line, what="done", records=records or [_record(answer)])
        elif answer.status_code == 409 and records:
            # It is there already: of the same request, sent before and not answered.
            self.note(**line, what="done", records=records, again=True)
        else:
            known = answer.status_code < 500
            self.note(**line, what="refused" if known else "unknown", body=answer.text[:1000])
            return known
        return True


def _incident(name: str) -> Json:
    return {"id": name, "title": "T", "date_start": "2022-01-20", "notes": name}


def _figure(name: str) -> Json:
    return {"id": name, "incident": PARENT, "measure": "killed", "best": 3, "notes": name}


def _record(answer: requests.Response) -> str:
    return f"incidents/{answer.headers['Location'].rpartition('/')[2]}"


def statuses(lines: list[Json]) -> Counter[str]:
    """Return how often each answer was given; of requests without one, what became of them."""
    ended = [line for line in lines if line["what"] != "sent"]
    return Counter(str(line["status"] or line["fault"]) for line in ended)


if __name__ == "__main__":
    main(Writer)
