"""Answers: which format, whether the client has it already, and the bytes."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from flask import Response, current_app, request
from marshmallow import ValidationError
from werkzeug.datastructures import Headers

from incidents_api.contract import FORMATS, LONGEST_TAGS, Format
from incidents_api.storage.addresses import pairs
from incidents_api.storage.csv_cells import guarded
from incidents_api.storage.grammar import MOST, unknown
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.parameters import Parameter, Unreadable
from incidents_api.web.allowed import check_page
from incidents_api.web.problems import Refuse

#: What most clients send; the first format that is offered answers it.
_ANYTHING = frozenset({"*/*", "application/json", "application/json, */*;q=0.5"})
#: Where the server keeps the state that the address names: all that it leads to is read at it.
RELEASE = "incidents.release"
#: The headers that every good answer has, besides those that every answer has.
SHARED = {"Cache-Control": "no-cache", "Vary": "Accept, Accept-Encoding, Authorization"}


def asked() -> bool:
    """Return whether the request has parameters."""
    environ = request.environ
    return bool(environ.get("QUERY_STRING")) or RELEASE in environ


def arguments(*, records: bool = True) -> list[tuple[str, str]]:
    """Return the query string's pairs, repeated ones too, and the release that is read.

    Args:
        records: Whether a page holds records, or the like: of groups it may be larger.

    Raises:
        Unreadable: There are too many, one is damaged, or the page is larger than is allowed.

    """
    settings = _state().settings
    found = pairs(request.query_string, settings["query_parameters"])
    if records and settings["page_records"] < MOST:
        check_page(found)
    if RELEASE in request.environ:
        found.append(("known_at", request.environ[RELEASE]))
    return found


def read(parameters: Iterable[Parameter], *, records: bool = True) -> dict[str, Any]:
    """Read the query string of a route that is no list.

    Args:
        parameters: What may be asked.
        records: Whether a page holds records, or the like.

    Raises:
        Unreadable: With every fault.

    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for name, text in arguments(records=records):
        if name not in known:
            faults[name[:80]] = [unknown(name, known) if known else "no parameters are taken here"]
        elif name in values:
            faults[name] = ["is given twice: give it once"]
        else:
            try:
                values[name] = known[name].read(text)
            except ValidationError as fault:
                faults[name] = [str(words) for words in fault.messages]
    for name, parameter in known.items():
        if parameter.required and name not in values and name not in faults:
            faults[name] = ["is required"]
    if faults:
        raise Unreadable(faults)
    return values


def choose(offered: Sequence[str], given: str | None = None) -> Format:
    """Choose the format: ``f=`` first, then Accept, then the first that is offered.

    Raises:
        Refuse: Nothing that is offered is accepted.

    """
    if given:
        return FORMATS[given]
    if takes_json(request.environ):
        return FORMATS[offered[0]]
    types = {FORMATS[name].type: name for name in offered}
    found = request.accept_mimetypes.best_match(list(types))
    if found is None:
        raise not_accepted(types)
    return FORMATS[types[found]]


def takes_json(environ: Mapping[str, Any]) -> bool:
    """Return whether a client says that it takes JSON, or anything, in words that are plain."""
    accept = environ.get("HTTP_ACCEPT")
    return accept is None or accept in _ANYTHING


def not_accepted(types: Iterable[str]) -> Refuse:
    """Return the refusal of a request that accepts none of the media types that are offered."""
    offered = f"offered are {', '.join(types)}"
    accept = request.environ.get("HTTP_ACCEPT", "")
    errors = [{"header": "Accept", "detail": offered}]
    return Refuse("not-acceptable", f"Accept is {accept[:200]!r}; {offered}.", errors=errors)


def etag(seq: int, format_: str, level: int = PUBLIC) -> str:
    """Return the entity tag of what a transaction left, in a format, as it is rendered now."""
    return tag_of(seq, format_, _state().revision, level)


def tag_of(seq: int, format_: str, revision: int, level: int = PUBLIC) -> str:
    """Return the entity tag of what a transaction left, in a format, as a revision renders it.

    What not everybody may see has tags of its own: no public answer's tag is good for it.
    """
    mark = "" if level == PUBLIC else "-restricted"
    return f'"{seq}-{format_}-{revision}{mark}"'


def _state() -> Any:
    return current_app.extensions["incidents"]


class Answer(Response):
    """A good answer: it is made with all its headers, for adding one later costs far more."""

    default_mimetype = None  # what has no body has no type

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Return the headers as they are: those of a whole body are complete when it is made."""
        if self._status_code in (200, 304) and self.is_sequence:
            return self.headers
        return super().get_wsgi_headers(environ)


#: Where the server keeps the headers of entity tags.
_KEPT_AS = {"If-Match": "HTTP_IF_MATCH", "If-None-Match": "HTTP_IF_NONE_MATCH"}


def tags(name: str) -> str | None:
    """Return a header of entity tags, or None if there is none.

    Raises:
        Refuse: There are more tags than anybody has.

    """
    given: str | None = request.environ.get(_KEPT_AS[name])
    if given is not None and len(given) > LONGEST_TAGS:
        words = f"has {len(given):,} characters; {LONGEST_TAGS:,} are allowed"
        errors = [{"header": name, "detail": words}]
        raise Refuse("bad-request", f"{name} {words}.", errors=errors)
    return given


def seen(tag: str) -> str | None:
    """Return the tag by which the client has this already (If-None-Match, RFC 9110 13.1.2).

    It is the client's own spelling of the tag: that of the compressed answer, if it has that.

    Raises:
        Refuse: There are more tags than anybody has.

    """
    given = tags("If-None-Match")
    return None if given is None else among(given, tag)


def among(given: str, tag: str) -> str | None:
    """Return a tag as it stands among those that are given, or None if it does not."""
    if given.strip() == "*":
        return tag
    owned = (part.strip() for part in given.split(","))
    return next((own for own in owned if _plain(own) == tag), None)


def _plain(tag: str) -> str:
    """Return a tag without its weakness and the suffix that compression gave it."""
    return f'"{tag.removeprefix("W/").strip(chr(34)).split(":")[0]}"'


def answer(
    body: bytes | Iterator[bytes],
    tag: str,
    type_: str,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return an answer with the headers that every readable thing has."""
    sent = {"ETag": tag, **SHARED, **(headers or {})}
    return Answer(body, status, sent, content_type=type_)


def known(seq: int) -> dict[str, str]:
    """Return the header that says which transaction's state is shown."""
    return {"Known-Seq": str(seq)}


def unchanged(tag: str) -> Response:
    """Return 304: the client has it already, by this tag."""
    return Answer(None, 304, {"ETag": tag, **SHARED})


#: What may stand in a query string as it is (RFC 3986 section 3.4); the rest is percent-encoded.
_QUERY = "!$&'()*+,;=:@/?%-._~"


def address(cursor: str | None = None, by: str = "cursor") -> str:
    """Return this request's address, relative to the root; with a cursor, the next page's."""
    query = quote(request.query_string, safe=_QUERY)
    if cursor is not None:
        kept = [pair for pair in query.split("&") if pair and not _names(pair, by)]
        query = "&".join([*kept, f"{by}={cursor}"])
    return quote(request.path) + (f"?{query}" if query else "")


def _names(pair: str, parameter: str) -> bool:
    return unquote(pair.partition("=")[0]) == parameter


def csv_rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield rows as CSV (RFC 4180), the header first; no text is one that a spreadsheet runs."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(names)
    for row in rows:
        writer.writerow(map(guarded, row))
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def next_link(page_address: str) -> dict[str, str]:
    """Return the header that leads to the next page (RFC 8288), by its whole address."""
    server = _state().public_url or request.host_url.rstrip("/")
    return {"Link": f'<{server}{page_address}>; rel="next"'}


def file_name(name: str, ending: str) -> dict[str, str]:
    """Return the header that gives a saved answer a dated name."""
    today = datetime.now(UTC).date().isoformat()
    return {"Content-Disposition": f'attachment; filename="{name}-{today}.{ending}"'}
