"""A program that is measured: how it is set up, started and asked."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.questions import Facts, Request


class Program(Protocol):
    """A program that is measured.

    Attributes:
        name: Its name in the tables.
        told: Its version and settings, for the reader of the results.

    """

    name: str
    told: str

    def set_up(self, folder: Path) -> None:
        """Install what the program needs into a folder of its own, unless it is there."""

    def command(self, folder: Path, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return how to start it on a port of 127.0.0.1: the command, and more environment."""

    @property
    def ready(self) -> str:
        """Return a path that it answers with 200 once it is ready."""

    def requests(self, question: str, facts: Facts) -> Sequence[Request] | None:
        """Return requests that put a question, to be made at random; None if it has no answer."""
