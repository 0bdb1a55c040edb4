"""Editors, each a process: they write as fast as they are answered, by every way there is.

``python -m tests.drills.editors ADDRESS KEY NUMBER SECONDS LEDGER`` runs one.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from tests.drills.clients import (
    COUNTERS,
    PAIR,
    PARENTS,
    PATIENCE,
    REQUIRED,
    Client,
    Json,
    content,
    main,
    refusal,
    transaction,
)


class Editor(Client):
    """Writes as fast as it is answered, by every way there is to write."""

    def __init__(self, address: str, key: str, number: int, ledger: Path) -> None:
        super().__init__(address, key, number, ledger)
        self.made = 0
        self.contested = 0
        #: The records that only this editor changes, by resource.
        self.mine: dict[str, list[str]] = {name: [] for name in REQUIRED}
        self.gone: list[tuple[str, str]] = []
        self.weights: Mapping[Callable[[], None], int] = {
            self.create: 5,
            self.figure_about_a_parent: 3,
            self.patch: 4,
            self.replace: 3,
            self.withdraw: 1,
            self.restore: 1,
            self.batch: 1,
            self.count: 6,
            self.count_pair: 2,
            self.contest: 1,
            self.stale: 1,
            self.withdraw_parent: 1,
        }

    def run(self, seconds: float) -> None:
        """Write for so long, at least once in every way."""
        until = time.monotonic() + seconds
        for view in self.weights:
            view()
        while time.monotonic() < until:
            self.random.choices(list(self.weights), list(self.weights.values()))[0]()

    def write(
        self,
        what: str,
        method: str,
        path: str,
        body: Json | None = None,
        told: Callable[[requests.Response], list[Json]] = lambda _: [],
        tag: str = "",
    ) -> requests.Response:
        """Ask for a write, and note the answer with what it acknowledges.

        Args:
            what: What it is called in the figures.
            method: The HTTP method.
            path: The address, from the version on.
            body: The body.
            told: Takes a good answer, and returns the writes that it acknowledges.
            tag: The state in which the record must be.

        """
        begun = time.perf_counter()
        answer = self.session.request(
            method,
            self.address + path,
            json=body,
            headers={"If-Match": tag} if tag else {},
            timeout=PATIENCE,
        )
        line: Json = {"what": what, "status": answer.status_code}
        line["ms"] = (time.perf_counter() - begun) * 1000
        if answer.ok:
            self.note(**line, writes=told(answer))
        else:
            self.note(**line, body=refusal(answer))
        return answer

    def _one(
        self, what: str, method: str, resource: str, body: Json, *, tag: str = "", action: str = ""
    ) -> requests.Response:
        """Write one record."""
        path = f"/{resource}" + (f"/{body['id']}" if method != "POST" else "")
        names = ("title", "name", "notes", "number_of_sources")
        told = {name: body[name] for name in names if name in body}
        return self.write(
            what,
            method,
            path,
            body,
            lambda answer: [
                _written(resource, body["id"], transaction(answer.headers["ETag"]), action, told)
            ],
            tag,
        )

    def _new(self, resource: str, **members: Any) -> Json:
        self.made += 1
        name = f"w{self.number}-{self.made}"
        return content(resource, name, notes=f"made by {self.number}, {self.made}", **members)

    def _fresh(self) -> str:
        self.made += 1
        return f"changed by {self.number}, {self.made}"

    def _own(self) -> tuple[str, str]:
        while not any(self.mine.values()):
            self.create()
        resource = self.random.choice([name for name, names in self.mine.items() if names])
        return resource, self.random.choice(self.mine[resource])

    def create(self) -> None:
        """Create a record that nobody else knows of; a figure is about one of them."""
        resource = self.random.choice(list(REQUIRED) if self.mine["incidents"] else ["incidents"])
        about = (
            {"incident": self.random.choice(self.mine["incidents"])}
            if resource == "figures"
            else {}
        )
        body = self._new(resource, **about)
        if self._one("create", "POST", resource, body, action="create").ok:
            self.mine[resource].append(body["id"])

    def figure_about_a_parent(self) -> None:
        """Create a figure about an incident that others may be withdrawing."""
        body = self._new("figures", incident=self.random.choice(PARENTS))
        self._one("create about a parent", "POST", "figures", body, action="create")

    def patch(self) -> None:
        """Change a record of its own."""
        resource, name = self._own()
        tag = self.get(f"/{resource}/{name}").headers["ETag"]
        body = {"id": name, "notes": self._fresh()}
        self._one("patch", "PATCH", resource, body, tag=tag, action="update")

    def replace(self) -> None:
        """Replace a record of its own by what was read of it, with other notes."""
        resource, name = self._own()
        found = self.get(f"/{resource}/{name}")
        body = {**found.json(), "notes": self._fresh()}
        self._one("replace", "PUT", resource, body, tag=found.headers["ETag"], action="update")

    def stale(self) -> None:
        """Change a record of its own by a state that it was in before; it must be refused."""
        resource, name = self._own()
        tag = self.get(f"/{resource}/{name}").headers["ETag"]
        body = {"id": name, "notes": self._fresh()}
        if self._one("patch", "PATCH", resource, body, tag=tag, action="update").ok:
            body["notes"] = "lost"
            self._one("stale patch", "PATCH", resource, body, tag=tag)

    def withdraw(self) -> None:
        """Withdraw a record of its own, with what depends on it."""
        resource, name = self._own()
        for item in self._withdraw("withdraw", resource, name):
            self.gone.append(item)
            self.mine[item[0]].remove(item[1])

    def withdraw_parent(self) -> None:
        """Withdraw an incident with the figures that all editors made about it, and restore it."""
        name = self.random.choice(PARENTS[1:])
        if self._withdraw("withdraw a parent", "incidents", name):
            self._restore("restore a parent", "incidents", name)

    def _withdraw(self, what: str, resource: str, name: str) -> list[tuple[str, str]]:
        def told(answer: requests.Response) -> list[Json]:
            seq = transaction(answer.headers["ETag"])
            return [
                _written(item["resource"], item["id"], seq, "withdraw", {})
                for item in answer.json()["withdrawn"]
            ]

        path = f"/{resource}/{name}?reason=drill&cascade=true"
        answer = self.write(what, "DELETE", path, None, told, "*")
        found = answer.json()["withdrawn"] if answer.ok else []
        return [(item["resource"], item["id"]) for item in found]

    def restore(self) -> None:
        """Restore a record of its own, unless what it is about is withdrawn."""
        if self.gone:
            resource, name = item = self.random.choice(self.gone)
            if self._restore("restore", resource, name):
                self.gone.remove(item)
                self.mine[resource].append(name)

    def _restore(self, what: str, resource: str, name: str) -> bool:
        def told(answer: requests.Response) -> list[Json]:
            seq = transaction(answer.headers["ETag"])
            return [_written(resource, name, seq, "restore", {})]

        return self.write(what, "POST", f"/{resource}/{name}/restore", None, told).ok

    def batch(self) -> None:
        """Create 10 to 20 records in one transaction."""
        kinds = self.random.choices(("incidents", "actors"), k=self.random.randint(10, 20))
        bodies = [(name, self._new(name)) for name in kinds]
        self.put_all("batch", bodies)
        for name, body in bodies:
            self.mine[name].append(body["id"])

    def put_all(self, what: str, bodies: Sequence[tuple[str, Json]]) -> None:
        """Create records in one transaction."""

        def told(answer: requests.Response) -> list[Json]:
            seq = answer.json()["seq"]
            return [
                _written(resource, body["id"], seq, "create", {"notes": body["notes"]})
                for resource, body in bodies
            ]

        operations = [
            {"op": "create", "resource": resource, "record": body} for resource, body in bodies
        ]
        self.write(what, "POST", "/batch", {"operations": operations}, told)

    def count(self) -> None:
        """Count a shared record up: read, change, write; where another was first, again."""
        resource, name = self.random.choice(COUNTERS)
        method = self.random.choice(("PUT", "PATCH"))
        while True:
            found = self.get(f"/{resource}/{name}")
            number = int(found.json()["notes"]) + 1
            body: Json = {"id": name, "notes": str(number)}
            if resource == "incidents":
                body["number_of_sources"] = number
            if method == "PUT":
                body = {**found.json(), **body}
            tag = found.headers["ETag"]
            answer = self._one("count", method, resource, body, tag=tag, action="update")
            if answer.status_code != 412:
                return

    def count_pair(self) -> None:
        """Count two records up in one transaction."""
        while True:
            found = [self.get(f"/incidents/{name}") for name in PAIR]
            number = max(int(one.json()["notes"]) for one in found) + 1
            operations = [
                {
                    "op": "patch",
                    "resource": "incidents",
                    "id": name,
                    "if_match": one.headers["ETag"],
                    "record": {"notes": str(number)},
                }
                for name, one in zip(PAIR, found, strict=True)
            ]

            def told(answer: requests.Response, number: int = number) -> list[Json]:
                seq = answer.json()["seq"]
                changed = {"notes": str(number)}
                return [_written("incidents", name, seq, "update", changed) for name in PAIR]

            body = {"operations": operations}
            if self.write("count a pair", "POST", "/batch", body, told).status_code != 412:
                return

    def contest(self) -> None:
        """Create a record of an id that all editors want: one gets it."""
        self.contested += 1
        body = content("actors", f"contested-{self.contested}", notes=self._fresh())
        self._one("contest", "POST", "actors", body, action="create")


def _written(resource: str, name: str, seq: int, action: str, members: Json) -> Json:
    return {"resource": resource, "id": name, "seq": seq, "action": action, "set": members}


if __name__ == "__main__":
    main(Editor)
