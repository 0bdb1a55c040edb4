"""How much a stream reads at a time: as much as is read soon, on this disk and of these records.

A stream is many short reads, and the time of each is limited, so that no question can hold a
reader for ever. But how long a thousand records take is no property of the question: from a cold
disk they can take a hundred times as long as from memory. So a read that was cut off is made again
for fewer, and the next ones are larger only where there was time to spare.
"""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Final, TypeVar

from incidents_api.storage.failures import TooSlow

Read = TypeVar("Read")

#: A read is made larger or smaller by this.
STEP: Final = 4
#: It is made larger if it took no more than such a part of the time that it may take.
SPARE: Final = 8
#: So many records must be read in the time, else the question is too slow.
LEAST: Final = 5


class Pace:
    """How many records the reads of one stream take.

    Args:
        first: How many the first takes.
        most: How many one takes at most.
        seconds: So long each may take.

    """

    def __init__(self, first: int, most: int, seconds: float) -> None:
        self._size = min(first, most)
        self._most = most
        self._seconds = seconds

    def read(self, read: Callable[[int], Read], *, begun: bool) -> Read:
        """Make a read, of fewer records where it was cut off.

        Args:
            read: Reads so many records.
            begun: Whether the stream has begun: who waits for the first read is told at once.

        Raises:
            TooSlow: Not even a few records are read in the time.

        """
        while True:
            start = monotonic()
            try:
                found = read(self._size)
            except TooSlow:
                if not begun or self._size <= LEAST:
                    raise
                self._size = max(LEAST, self._size // STEP)
            else:
                if monotonic() - start <= self._seconds / SPARE:
                    self._size = min(self._most, self._size * STEP)
                return found


def halved(keys: Sequence[int], read: Callable[[Sequence[int]], Read]) -> Iterator[Read]:
    """Make a read of the records of these keys, or two of the halves of what was cut off.

    Raises:
        TooSlow: Not even a few records are read in the time.

    """
    try:
        found = read(keys)
    except TooSlow:
        if len(keys) <= LEAST:
            raise
        middle = len(keys) // 2
        yield from halved(keys[:middle], read)
        yield from halved(keys[middle:], read)
    else:
        yield found
