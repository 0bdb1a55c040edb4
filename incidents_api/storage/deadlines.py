"""How long a reader's statements may take."""

import time
from collections.abc import Callable
from typing import Any


class Deadline:
    """Stops the queries of a connection that run for too long."""

    def __init__(self, connection: Any, seconds: float) -> None:
        self.seconds = seconds
        self.until = float("inf")
        self._clock: Callable[[], float] = time.monotonic
        connection.set_progress_handler(self._over, 20_000)

    def _over(self) -> int:
        return int(self._clock() > self.until)

    def start(self) -> None:
        """Give the queries from now on their full time."""
        self.until = self._clock() + self.seconds

    def stop(self) -> None:
        """Take the limit off."""
        self.until = float("inf")
