"""A writer, as a process of its own: ``python -m tests.scribe DATABASE NUMBER TRANSACTIONS``.

Scribes create, change, withdraw, merge, restore, restrict and publish records of their own, and
restrict and publish an incident that they share.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from incidents_api.storage.applying import apply
from incidents_api.storage.edits import Edit, NotDone
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
        self.gone: list[tuple[str, str]] = []

    def write(self) -> None:
        """Do something; what a rule between records forbids is left undone."""
        steps: list[Callable[[], None]] = [self.create, self.create]
        if self.made:
            steps += [self.change, self.withdraw, self.show_or_hide, self.show_or_hide_all]
        if len(self.made) > 1:
            steps.append(self.merge)
        if self.gone:
            steps += [self.restore, self.restore]
        with suppress(NotDone):
            self.random.choice(steps)()

    def create(self) -> None:
        """Create a figure about the shared incident, and its claimant in the same transaction."""
        name = f"f-{self.number}-{len(self.made)}"
        figure = {"id": name, "incident": SHARED, "measure": "killed", "best": 1, "claimant": name}
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
        name = self.random.choice(self.made)
        self.edit(Edit("withdraw", "figures", name, match="*"))
        self.gone.append(("figures", name))

    def merge(self) -> None:
        """Merge an actor into another, to which its figures go."""
        name, survivor = self.random.sample(self.made, 2)
        self.edit(Edit("merge", "actors", name, match="*", into=survivor))
        self.gone.append(("actors", name))

    def restore(self) -> None:
        """Restore what was withdrawn or merged."""
        resource, name = self.gone.pop()
        self.edit(Edit("restore", resource, name))

    def edit(self, *edits: Edit) -> None:
        """Do edits in one transaction."""
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
