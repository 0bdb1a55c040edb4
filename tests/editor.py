"""An editor with a key, who writes over HTTP."""

from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.test import TestResponse

from incidents_api import bundle
from incidents_api.storage import access
from incidents_api.storage.documents import values_of
from tests.conftest import Base

Given = dict[str, Any]
#: Members that say when and how a record was written, not what it says.
ABOUT_WRITING = ("version", "recorded_at")


@dataclass
class Editor:
    """A knowledge base and the key of somebody who may write to it."""

    base: Base
    key: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Ask for a write; underscores in header names stand for hyphens."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"Authorization": f"Bearer {self.key}"} | told
        if body is None:
            return self.base.client.open(path, method=method, headers=told)
        told.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        return self.base.client.open(path, method=method, headers=told, data=data)

    def batch(self, *operations: Any, query: str = "") -> Any:
        """Do operations in one batch, and return what it answers."""
        answer = self.send("POST", f"/v1/batch{query}", {"operations": operations})
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def refused(self, status: int, *operations: Any) -> dict[str, Given]:
        """Have a batch refused and see that nothing happened; return its faults by pointer."""
        return self.refused_body(status, {"operations": operations})

    def refused_body(self, status: int, body: Any) -> dict[str, Given]:
        """Have a body refused as :meth:`refused` does."""
        before = everything(self.base)
        answer = self.send("POST", "/v1/batch", body)
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        assert everything(self.base) == before
        return {fault["pointer"]: fault for fault in answer.get_json().get("errors", [])}

    def tag(self, resource: str, name: str) -> str:
        """Return a record's entity tag."""
        answer = self.base.get(f"/v1/{resource}/{name}")
        assert answer.status_code == 200, answer.text
        return answer.headers["ETag"]

    def versions(self, resource: str, name: str) -> list[tuple[int, int, str, str | None]]:
        """Return a record's history, the oldest first: transaction, version, action, reason."""
        found = self.base.json(f"/v1/{resource}/{name}/history?limit=1000")["data"]
        names = ("seq", "version", "action", "why")
        return [tuple(one[name] for name in names) for one in reversed(found)]


def editor(base: Base, scope: str = "write") -> Editor:
    """Return somebody with a new key."""
    return Editor(base, access.create(base.store, "The editors", scope)[1])


def everything(base: Base) -> dict[str, list[Any]]:
    """Return all rows of the records, their history and their changes."""
    names = [name for table in base.store.tables for name in (table.name, f"{table.name}_history")]
    rows = base.store.connection.execute
    return {
        name: rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3, 4").fetchall()
        for name in (*names, "changes", "transactions")
    }


def contents(base: Base) -> dict[tuple[str, str], Given]:
    """Return what all records show, with their states, but not when they were written."""
    found = {}
    for table in base.store.tables:
        rows = base.store.connection.execute(f"SELECT id, state, document FROM {table.name}")
        for name, state, document in rows:
            _, shown = values_of(table.record, document)
            told = {key: value for key, value in shown.items() if key not in ABOUT_WRITING}
            found[table.name, name] = {**told, "state": state}
    return found


def exported(base: Base) -> list[bytes]:
    """Return the lines of a bundle of all records."""
    return list(bundle.export(base.store))[1:]


def create(resource: str, name: str | None, /, **members: Any) -> Given:
    """Return the operation that creates a record."""
    head = {} if name is None else {"id": name}
    return {"op": "create", "resource": resource, "record": head | members}


def replace(resource: str, name: str, tag: str | None = "*", /, **members: Any) -> Given:
    """Return the operation that replaces a record."""
    head = {"op": "replace", "resource": resource, "id": name, "record": members}
    return head if tag is None else head | {"if_match": tag}


def patch(resource: str, name: str, tag: str = "*", /, **members: Any) -> Given:
    """Return the operation that changes members of a record."""
    head = {"op": "patch", "resource": resource, "id": name}
    return head | {"if_match": tag, "record": members}


def withdraw(resource: str, name: str, tag: str = "*", /, **more: Any) -> Given:
    """Return the operation that withdraws a record."""
    head = {"op": "withdraw", "resource": resource, "id": name, "if_match": tag}
    return head | {"reason": "A mistake."} | more


def restore(resource: str, name: str, /, **more: Any) -> Given:
    """Return the operation that restores a record."""
    return {"op": "restore", "resource": resource, "id": name} | more
