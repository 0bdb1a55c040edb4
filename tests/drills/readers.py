"""Readers, each a process: they read what the editors write, and note what is not whole.

``python -m tests.drills.readers ADDRESS KEY NUMBER SECONDS LEDGER`` runs one.
"""

import time

import requests

from tests.drills.clients import COUNTERS, PAIR, Client, Json, main, refusal, transaction


class Reader(Client):
    """Reads what the editors write, and notes each answer that is not whole."""

    def run(self, seconds: float) -> None:
        """Read for so long."""
        until = time.monotonic() + seconds
        seen = dict.fromkeys(COUNTERS, (0, 0))
        while time.monotonic() < until:
            for resource, name in COUNTERS:
                found = self.read(f"/{resource}/{name}")
                self.check_counter(resource, found.json())
                state = (transaction(found.headers["ETag"]), found.json()["version"])
                if state < seen[resource, name]:
                    self.fault(f"{resource}/{name} was {seen[resource, name]}, is {state}")
                seen[resource, name] = state
            pair = self.read(f"/incidents?id={','.join(PAIR)}").json()["data"]
            if len({record["notes"] for record in pair}) != 1 or len(pair) != len(PAIR):
                self.fault(f"half of a transaction: {[record['notes'] for record in pair]}")
            page = self.read("/figures?limit=50&include=incident").json()["data"]
            if len({record["id"] for record in page}) != len(page):
                self.fault("a record twice on a page")

    def read(self, path: str) -> requests.Response:
        """Read, and note how long it took."""
        begun = time.perf_counter()
        answer = self.get(path)
        took = (time.perf_counter() - begun) * 1000
        self.note(what="read", status=answer.status_code, ms=took, body=refusal(answer))
        return answer

    def check_counter(self, resource: str, record: Json) -> None:
        """Note where a record is not as one write left it."""
        counted = record["number_of_sources"] if resource == "incidents" else None
        if counted is not None and str(counted) != record["notes"]:
            self.fault(f"half of a record: {counted} and {record['notes']}")

    def fault(self, words: str) -> None:
        """Note what was not whole."""
        self.note(what="fault", status=0, ms=0, body=words)


if __name__ == "__main__":
    main(Reader)
