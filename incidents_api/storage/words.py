"""A user's words as a full-text query."""

from incidents_api.storage.grammar import Unreadable


def quoted(words: str) -> str:
    """Return a user's words as a full-text query: each word, or phrase in quotes, a string.

    Raises:
        Unreadable: There is no word in it.

    """
    terms = []
    for place, piece in enumerate(words.split('"')):
        terms += [piece] if place % 2 else piece.split()
    terms = [term for term in terms if any(sign.isalnum() for sign in term)]
    if not terms:
        raise Unreadable({"q": ["has no word in it to search for"]})
    if len(terms) > 50:
        raise Unreadable({"q": [f"has {len(terms)} words; 50 are allowed"]})
    return " ".join(f'"{term}"' for term in terms)
