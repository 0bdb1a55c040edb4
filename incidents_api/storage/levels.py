"""Who may see a record: the column ``shown``, which all its versions have alike."""

from typing import Final

#: What everybody may see; 1 is what only those who may write see.
PUBLIC: Final = 2
#: What everybody might have seen before it was withdrawn or merged; -1 only those who may write.
WITHDRAWN: Final = 0


def is_public(shown: int) -> bool:
    """Return whether everybody may see a record of this level, or might before its withdrawal."""
    return shown in (PUBLIC, WITHDRAWN)
