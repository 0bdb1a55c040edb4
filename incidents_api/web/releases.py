"""Releases: named states, what was read at them, and what differs between two."""

from dataclasses import asdict
from typing import Any, Final

import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from incidents_api.contract import JSON, RELEASES, ROOT, TABLES, format_parameter
from incidents_api.storage import releases
from incidents_api.storage.cursors import digest, place_of, written
from incidents_api.storage.differences import parameters
from incidents_api.storage.edits import Cause, NotDone
from incidents_api.storage.parameters import Unreadable
from incidents_api.storage.releases import GIVEN, Release, Taken
from incidents_api.storage.store import Store, latest
from incidents_api.web import allowed, answers, differences, tables
from incidents_api.web.editing import begin, href, shaped
from incidents_api.web.problems import Refuse
from incidents_api.web.retries import Once, asked

#: The longest body, in bytes.
MOST: Final = 65_536


class Releases:
    """The routes of releases."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked = (*parameters(store.registry), format_parameter(TABLES))

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        made = Blueprint("releases", __name__, url_prefix=f"{ROOT}/releases")
        made.add_url_rule("", "list", self.list)
        made.add_url_rule("", "create", self.create, methods=["POST"])
        made.add_url_rule("/<name>", "release", self.release)
        made.add_url_rule("/<name>/diff/<other>", "diff", self.diff)
        made.add_url_rule("/<name>/<path:path>", "within", self.within)
        return made

    def list(self) -> Response:
        """Answer with the releases, the newest state first."""
        values = answers.read(RELEASES)
        answers.choose(("json",), values.get("f"))
        limit, bound = values.get("limit", 50), digest(["releases"])
        before = place_of(values.get("cursor"), bound, (int, str))
        with self.store.reading() as connection:
            count, found = releases.listed(connection, limit + 1, before)
            tag = answers.etag(latest(connection), f"json-{count}")
        if had := answers.seen(tag):
            return answers.unchanged(had)
        last = found[limit - 1] if len(found) > limit else None
        cursor = written(bound, [last.seq, last.name]) if last else None
        return tables.page([self._told(one) for one in found[:limit]], tag, {}, cursor)

    def create(self) -> Response:
        """Name the present state."""
        key, _ = begin(self.store, ())
        once = Once(asked(self.store, key, MOST), self._made)
        values = shaped(GIVEN, *allowed.within((JSON,), MOST))
        try:
            given = values["name"], key.owner, values["notes"]
            releases.create(self.store, *given, key.id, once)
        except Taken as fault:
            words = f"there is a release {fault} already: what a name stands for never changes"
            other = f"releases/{fault}"
            cause = Cause("taken", words, path=("name",), rule="release-exists", other=other)
            raise NotDone([cause]) from None
        return once.response

    def _made(self, made: Release) -> Response:
        headers = {"Location": href("releases", made.name)}
        return answers.answer(
            orjson.dumps(self._told(made)), answers.etag(made.seq, "json"), JSON, headers, 201
        )

    def release(self, name: str) -> Response:
        """Answer with a release."""
        answers.read(())
        answers.choose(("json",))
        with self.store.reading() as connection:
            found = releases.find(connection, name)
            # What is redacted later changes how many records of it are.
            tag = answers.etag(latest(connection), "json")
        if found is None:
            raise _no_release(name)
        if had := answers.seen(tag):
            return answers.unchanged(had)
        return answers.answer(orjson.dumps(self._told(found)), tag, JSON)

    def _told(self, release: Release) -> dict[str, Any]:
        """Return a release as it is answered."""
        here = href("releases", release.name)
        rels = [("self", here), ("collection", f"{ROOT}/releases")]
        rels += [(name, f"{here}/{name}") for name in self.store.registry.records]
        links = [{"rel": rel, "href": to, "type": JSON} for rel, to in rels]
        return {**asdict(release), "links": links}

    def within(self, name: str, path: str) -> Response:
        """Answer what an address answered at a release."""
        self._pin(name)
        nowhere = Refuse("not-found", f"There is nothing to read at {ROOT}/{path[:200]}.")
        try:
            endpoint, values = current_app.url_map.bind("localhost").match(
                f"{ROOT}/{path}", method="GET"
            )
        except (HTTPException, RequestRedirect):
            raise nowhere from None
        if endpoint.startswith("releases."):
            raise nowhere
        request.environ[answers.RELEASE] = name
        try:
            found: Response = current_app.ensure_sync(current_app.view_functions[endpoint])(
                **values
            )
        except Unreadable as fault:
            if "known_at" in fault.faults and "known_at" not in request.args:
                words = (
                    f"{ROOT}/{path[:200]} takes no known_at: it can be read at the present only."
                )
                raise Refuse("not-found", words) from None
            raise
        return found

    def _pin(self, name: str) -> int:
        """Return the number of the transaction that a part of the address names."""
        with self.store.reading() as connection:
            pin = releases.pin_of(connection, name)
        if pin is None:
            raise _no_release(name)
        return pin

    def diff(self, name: str, other: str) -> Response:
        """Answer with what differs between two releases."""
        values = answers.read(self.asked)
        first, last = self._pin(name), self._pin(other)
        if first > last:
            words = f"{name} is later than {other}: name the earlier one first"
            raise Refuse("conflict", f"{words[0].upper()}{words[1:]}.")
        return differences.answer(self.store, first, last, values)


def _no_release(name: str) -> Refuse:
    return Refuse("not-found", f"There is no release {name[:100]!r}; see {ROOT}/releases.")
