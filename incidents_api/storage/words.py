"""A user's words as a full-text query."""

from incidents_api.storage.grammar import Unreadable

#: Ranking looks at every word of every match, and no time limit reaches into it.
MOST = 16


def quoted(words: str) -> str:
    """Return a user's words as a full-text query: each word, or phrase in quotes, a string.

    Raises:
        Unreadable: There are too many.

    """
    terms = []
    for place, piece in enumerate(words.split('"')):
        terms += [piece] if place % 2 else piece.split()
    terms = [term for term in terms if any(map(_counts, term))]
    if len(terms) > MOST:
        raise Unreadable({"q": [f"has {len(terms)} words; {MOST} are allowed"]})
    return " ".join(f'"{term}"' for term in terms)


def _counts(sign: str) -> bool:
    """Return whether a character can be part of a word, as the grammar of ``q`` has it."""
    return sign.isalnum() or ord(sign) >= 0xC0
