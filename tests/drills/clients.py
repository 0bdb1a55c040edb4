"""What the clients of a drill have in common: each is a process with a ledger.

A line of the ledger is one request: what it was, its status, its time, and for each record that
the answer said was written its resource, id, transaction, change and what was set.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import requests

Json = dict[str, Any]

PATIENCE: Final = 60
#: Incidents that all editors make figures about, withdraw and restore.
PARENTS: Final = tuple(f"parent-{number}" for number in range(3))
#: Two incidents that are only ever changed together, by the same number.
PAIR: Final = ("pair-a", "pair-b")
#: Records that all editors count up.
COUNTERS: Final = (("incidents", "counter"), ("actors", "counter"), ("figures", "counter"))
REQUIRED: Final[Mapping[str, Json]] = {
    "incidents": {"title": "T", "date_start": "2022-01-20"},
    "actors": {"name": "A", "actor_type": "rebel_group"},
    "figures": {"measure": "killed", "best": 3},
}


def content(resource: str, name: str, **members: Any) -> Json:
    """Return a record as a client gives it; a figure is about a parent, unless it says other."""
    about = {"incident": PARENTS[0]} if resource == "figures" else {}
    return {"id": name, **REQUIRED[resource], **about, **members}


#: What is there before the editors come.
FIRST: Final = (
    *(("incidents", content("incidents", name, notes="0")) for name in (*PARENTS, *PAIR)),
    *((resource, content(resource, name, notes="0")) for resource, name in COUNTERS),
)


def transaction(tag: str) -> int:
    """Return the number of the transaction that an entity tag names."""
    return int(tag.strip('"').partition("-")[0])


def refusal(answer: requests.Response) -> str:
    """Return what the ledger keeps of an answer: of a good one nothing."""
    return "" if answer.ok else answer.text[:2000]


class Client:
    """A client with a connection of its own, and its ledger."""

    def __init__(self, address: str, key: str, number: int, ledger: Path) -> None:
        self.address = f"{address}/v1"
        self.number = number
        self.random = Random(number)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {key}"
        self.ledger = ledger.open("w", encoding="utf-8")

    def close(self) -> None:
        """Close the connection and the ledger."""
        self.session.close()
        self.ledger.close()

    def note(self, **line: Any) -> None:
        """Write a line into the ledger."""
        self.ledger.write(json.dumps(line) + "\n")
        self.ledger.flush()

    def get(self, path: str) -> requests.Response:
        """Read."""
        return self.session.get(self.address + path, timeout=PATIENCE)

    def run(self, seconds: float) -> None:
        """Do what it is there for, for so long."""
        raise NotImplementedError


def main(kind: type[Client]) -> None:
    """Run one client: ``ADDRESS KEY NUMBER SECONDS LEDGER``."""
    address, key, number, seconds, ledger = sys.argv[1:]
    client = kind(address, key, int(number), Path(ledger))
    try:
        client.run(float(seconds))
    finally:
        client.close()
