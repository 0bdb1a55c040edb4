"""Bodies of requests: strict JSON (RFC 8259), or a refusal that says where it is not."""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from flask import request

from incidents_api.model.faults import Path, pointer
from incidents_api.model.fields.texts import broken
from incidents_api.web.problems import CUT_OFF, Refuse

#: So many lists and objects may stand inside each other, far more than any record needs, where
#: no setting says otherwise.
DEPTH: Final = 32
#: So many faults of one body are listed; more would hide the first.
MOST_FAULTS: Final = 100
#: The longest name of a member: it is told again in the pointer of every fault below it.
LONGEST_NAME: Final = 1000

#: Where the server keeps the body that it has read.
_SENT: Final = "incidents.body"
_BOM: Final = b"\xef\xbb\xbf"
_WHITESPACE: Final = b" \t\n\r"
#: A string as a whole, closed or not, or a bracket.
_marks = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL).finditer


class Fault(NamedTuple):
    """What is wrong in a body, and where."""

    path: Path
    words: str


@dataclass(frozen=True)
class _Unkept:
    """Stands for a value that cannot be kept, and says why."""

    words: str


def read(types: Sequence[str], most: int, depth: int = DEPTH) -> tuple[Any, list[Fault]]:
    """Read the request's body as JSON.

    Args:
        types: The media types that are taken, such as ``application/json``.
        most: The largest body, in bytes.
        depth: How many lists and objects may stand inside each other.

    Returns:
        The value, of plain dicts, lists, texts, finite numbers, flags and None; and the members
        that are given more than once, of which the value has the last.

    Raises:
        Refuse: The body is of another type, too large, or not JSON that can be kept.

    """
    _check_type(types)
    return _values(_text(sent(most)), depth)


def sent(most: int) -> bytes:
    """Return the request's body as it stands; it can be asked for again.

    Args:
        most: The largest body, in bytes.

    Raises:
        Refuse: The body is too large, or cut off.

    """
    found: bytes | None = request.environ.get(_SENT)
    if found is None:
        found = request.environ[_SENT] = _bytes(most)
    return found


def _check_type(types: Sequence[str]) -> None:
    """Refuse a body that says it is something else than UTF-8 JSON as it stands."""
    taken = ", ".join(types)
    given = request.headers.get("Content-Type", "")
    charset = request.mimetype_params.get("charset", "utf-8")
    coding = request.headers.get("Content-Encoding", "")
    errors, headers = {}, {}
    if request.mimetype not in types:
        found = f"is {given[:200]!r}" if given else "is missing"
        errors["Content-Type"] = f"{found}; taken are {taken}"
    elif charset.lower() != "utf-8":
        errors["Content-Type"] = f"has the charset {charset[:80]!r}; JSON is UTF-8"
    if errors:
        headers["Accept"] = taken
        if request.method == "PATCH":
            headers["Accept-Patch"] = taken
    if any(one.strip().lower() not in ("", "identity") for one in coding.split(",")):
        errors["Content-Encoding"] = f"is {coding[:80]!r}; bodies are taken uncompressed"
        headers["Accept-Encoding"] = "identity"
    if errors:
        raise Refuse(
            "unsupported-media-type",
            "; ".join(f"{name} {words}" for name, words in errors.items()) + ".",
            errors=[{"header": name, "detail": words} for name, words in errors.items()],
            headers=headers,
        )


def _bytes(most: int) -> bytes:
    """Read the body, no further than one byte beyond what is allowed."""
    length = request.content_length or 0
    found = bytearray()
    try:
        if length <= most:
            while len(found) <= most and (piece := _piece(most + 1 - len(found))):
                found += piece
    except CUT_OFF:
        raise _damaged() from None
    if max(length, len(found)) > most:
        raise Refuse("too-large", f"The body has more than the {most:,} bytes that are allowed.")
    if len(found) < length:
        raise _damaged()
    return bytes(found)


def _piece(most: int) -> bytes:
    return request.stream.read(min(most, 65_536))


def _damaged() -> Refuse:
    return Refuse("bad-request", "The body ends early, or its chunks are damaged.")


def _text(body: bytes) -> str:
    if not body.strip(_WHITESPACE):
        raise _invalid("is empty")
    if body.startswith(_BOM):
        raise _invalid("begins with a byte order mark: leave it out (RFC 8259 section 8.1)")
    try:
        return body.decode()
    except UnicodeDecodeError as fault:
        found = f"byte {fault.start + 1:,} is 0x{body[fault.start]:02X}"
        raise _invalid(f"is not UTF-8: {found}") from None


def _invalid(words: str) -> Refuse:
    errors = [{"pointer": "", "detail": words}]
    return Refuse("invalid-json", f"The body {words}.", errors=errors)


def _values(text: str, deepest: int) -> tuple[Any, list[Fault]]:
    _check_depth(text, deepest)
    try:
        # Objects come as tuples of pairs, for only these tell that a member is given twice.
        parsed = json.loads(
            text,
            object_pairs_hook=tuple,
            parse_int=_finite(int),
            parse_float=_finite(float),
            parse_constant=lambda name: _Unkept(f"is {name}, which is not JSON"),
        )
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise _invalid(f"is not JSON: {fault.msg.removesuffix(' at')} at {place}") from None
    tree = _Tree()
    value = tree.plain(parsed, ())
    if tree.unkept:
        found = tree.unkept[:MOST_FAULTS]
        errors = [{"pointer": pointer(path), "detail": words} for path, words in found]
        told = "; ".join(f"{error['pointer'] or 'It'} {error['detail']}" for error in errors)
        raise Refuse("invalid-json", f"{told[:2000]}.", errors=errors)
    repeated = list(tree.repeated)[:MOST_FAULTS]
    return value, [Fault(path, "is given more than once: give it once") for path in repeated]


def _check_depth(text: str, deepest: int) -> None:
    """Refuse deep nesting before the parser, which is recursive, meets it."""
    depth = 0
    for mark in _marks(text):
        if mark[0] in "[{":
            depth += 1
            if depth > deepest:
                before = text[: mark.start()]
                line, column = before.count("\n") + 1, mark.start() - before.rfind("\n")
                place = f"line {line}, column {column}"
                raise _invalid(f"is nested more than {deepest} deep at {place}")
        elif mark[0] in "]}":
            depth -= 1


def _finite(number: Callable[[str], int | float]) -> Callable[[str], int | float | _Unkept]:
    """Return a reader of numbers that a double can hold, which keeps whole numbers short too."""

    def read_number(text: str) -> int | float | _Unkept:
        if math.isfinite(float(text)):
            return number(text)
        return _Unkept(f"is {text[:40]}{'…' * (len(text) > 40)}, too large for a number")

    return read_number


class _Tree:
    """Makes plain values of what was parsed, and notes what is wrong in them.

    Attributes:
        unkept: Values that cannot be kept.
        repeated: Members that are given more than once, each once.

    """

    def __init__(self) -> None:
        self.unkept: list[Fault] = []
        self.repeated: dict[Path, None] = {}

    def plain(self, value: Any, path: Path) -> Any:
        """Return a value with dicts for its objects."""
        if type(value) is tuple:
            return self._object(value, path)
        if type(value) is list:
            return [self.plain(item, (*path, place)) for place, item in enumerate(value)]
        if type(value) is _Unkept:
            self.unkept.append(Fault(path, value.words))
        elif type(value) is str and broken(value):
            self.unkept.append(Fault(path, "holds half a character (a lone surrogate)"))
        return value

    def _object(self, pairs: tuple[tuple[str, Any], ...], path: Path) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, item in pairs:
            if words := _name_fault(name):
                self.unkept.append(Fault(path, words))
                continue
            inside = (*path, name)
            if name in made:
                self.repeated[inside] = None
            made[name] = self.plain(item, inside)
        return made


def _name_fault(name: str) -> str:
    if broken(name):
        return "has a member whose name holds half a character (a lone surrogate)"
    if len(name) > LONGEST_NAME:
        return f"has a member whose name is longer than {LONGEST_NAME:,} characters"
    return ""
