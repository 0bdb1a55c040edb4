"""Who may see a record: the column ``shown``, which all its versions have alike."""

from typing import Final

#: What everybody may see.
PUBLIC: Final = 2
#: What only those who may write see, over HTTP with their key.
RESTRICTED: Final = 1
#: What everybody might have seen before it was withdrawn or merged; -1 only those who may write.
WITHDRAWN: Final = 0


def is_public(shown: int) -> bool:
    """Return whether everybody may see a record of this level, or might before its withdrawal."""
    return shown in (PUBLIC, WITHDRAWN)
