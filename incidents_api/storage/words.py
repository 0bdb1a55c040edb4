"""A user's words as a full-text query."""


def quoted(words: str) -> str:
    """Return a user's words as a full-text query: each word, or phrase in quotes, a string."""
    terms = []
    for place, piece in enumerate(words.split('"')):
        terms += [piece] if place % 2 else piece.split()
    return " ".join(f'"{term}"' for term in dict.fromkeys(terms) if any(map(_counts, term)))


def _counts(sign: str) -> bool:
    """Return whether a character can be part of a word, as the grammar of ``q`` has it."""
    return sign.isalnum() or ord(sign) >= 0xC0
