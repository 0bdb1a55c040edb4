"""A set of keys of one table, a bit for each: ten million keys take little over a megabyte.

SQLite gives keys one after the other, so there are hardly any gaps between them.
"""

from collections.abc import Iterable, Iterator
from itertools import islice


class Bits:
    """Keys, to be walked through in their order."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, key: int) -> bool:
        place, bit = divmod(key, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def __len__(self) -> int:
        return int.from_bytes(self._bits).bit_count()

    def __iter__(self) -> Iterator[int]:
        for place, byte in enumerate(self._bits):
            if byte:
                yield from (8 * place + bit for bit in range(8) if byte >> bit & 1)

    def add(self, keys: Iterable[int]) -> list[int]:
        """Add keys, and return those that are new."""
        fresh = []
        for key in keys:
            if key not in self:
                place, bit = divmod(key, 8)
                self._bits.extend(bytes(max(0, place + 1 - len(self._bits))))
                self._bits[place] |= 1 << bit
                fresh.append(key)
        return fresh

    def chunks(self, size: int) -> Iterator[list[int]]:
        """Yield the keys in lists of so many."""
        keys = iter(self)
        while chunk := list(islice(keys, size)):
            yield chunk
