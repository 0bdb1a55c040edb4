"""A writer, as a process of its own: ``python -m tests.scribe DATABASE NUMBER TRANSACTIONS``.

Scribes create, change, withdraw, restore, restrict and publish records of their own, and a record
that they share.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from incidents_api.storage.applying import apply
from incidents_api.storage.edits import Edit
from incidents_api.storage.store import Store

#: An incident that every scribe writes about.
SHARED: Final = "shared"


class Scribe:
    """Writes one random transaction after another."""

    def __init__(self, store: Store, number: int) -> None:
        self.store = store
        self.number = number
        self.random = Random(number)
        self.made: list[str] = []
        self.gone: list[str] = []

    def write(self) -> None:
        """Do something."""
        steps: list[Callable[[], None]] = [self.create, self.create]
        if self.made:
            steps += [self.change, self.withdraw, self.show_or_hide, self.show_or_hide_all]
        if self.gone:
            steps.append(self.restore)
        self.random.choice(steps)()

    def create(self) -> None:
        """Create a figure about the shared incident, and an actor in the same transaction."""
        name = f"f-{self.number}-{len(self.made) + len(self.gone)}"
        figure = {"id": name, "incident": SHARED, "measure": "killed", "best": 1}
        actor = {"id": name, "name": name, "actor_type": "media"}
        self.edit(self.creation("figures", figure), self.creation("actors", actor))
        self.made.append(name)

    def creation(self, resource: str, members: dict[str, Any]) -> Edit:
        """Return the edit that creates a record."""
        return Edit("create", resource, members["id"], self.store.registry[resource].read(members))

    def change(self) -> None:
        """Change a figure and its actor."""
        name, best = self.random.choice(self.made), self.random.randrange(1000)
        self.patch(("figures", name, {"best": best}), ("actors", name, {"notes": str(best)}))

    def show_or_hide(self) -> None:
        """Change who may see a figure."""
        self.patch(("figures", self.random.choice(self.made), self.visibility()))

    def show_or_hide_all(self) -> None:
        """Change who may see the shared incident, and all that is about it."""
        self.patch(("incidents", SHARED, self.visibility()))

    def visibility(self) -> dict[str, str]:
        """Return who may see a record."""
        return {"visibility": self.random.choice(["public", "public", "restricted"])}

    def patch(self, *patches: tuple[str, str, dict[str, Any]]) -> None:
        """Change members of records."""
        self.edit(*(Edit("patch", *patch, match="*") for patch in patches))

    def withdraw(self) -> None:
        """Withdraw a figure."""
        name = self.made.pop(self.random.randrange(len(self.made)))
        self.edit(Edit("withdraw", "figures", name, match="*"))
        self.gone.append(name)

    def restore(self) -> None:
        """Restore a figure that was withdrawn."""
        name = self.gone.pop()
        self.edit(Edit("restore", "figures", name))
        self.made.append(name)

    def edit(self, *edits: Edit) -> None:
        """Do edits in one transaction; what changes nothing is no edit."""
        apply(self.store, edits, f"scribe {self.number}", "drill")


def main(path: str, number: str, transactions: str) -> None:
    """Write so many transactions."""
    store = Store(Path(path))
    scribe = Scribe(store, int(number))
    for _ in range(int(transactions)):
        scribe.write()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
