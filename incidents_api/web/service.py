"""What is not a resource: the index, vocabularies, search, the contract, the state."""

from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

import orjson
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from incidents_api import __version__, openapi
from incidents_api.contract import (
    FORMATS,
    JSON,
    PLAIN,
    PROBLEMS,
    ROOT,
    SEARCH,
    TABLES,
    YAML,
    format_parameter,
)
from incidents_api.exporting.questions import exports
from incidents_api.model.published import published
from incidents_api.model.vocabularies import Vocabulary
from incidents_api.storage.claims import claimed
from incidents_api.storage.health import health
from incidents_api.storage.levels import PUBLIC
from incidents_api.storage.lists import counts, datasets
from incidents_api.storage.search import search
from incidents_api.storage.store import Store, latest
from incidents_api.web import answers
from incidents_api.web.metrics import Metrics
from incidents_api.web.problems import Refuse

#: The text format of Prometheus.
EXPOSITION: Final = f"{PLAIN}; version=0.0.4; charset=utf-8"


class Service:
    """The routes of the service itself."""

    def __init__(
        self, store: Store, settings: Mapping[str, Any], metrics: Metrics | None = None
    ) -> None:
        self.store = store
        self.contact = settings["contact"] or "whoever runs this service"
        self._min_free_mb = settings["min_free_mb"]
        self._metrics = metrics
        self.public_url = settings["public_url"]
        self.closed = not settings["anonymous_reads"]
        self._counts: tuple[int, dict[str, int]] = (-1, {})
        self._contract: dict[str, bytes] = {}

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        made = Blueprint("service", __name__)
        made.add_url_rule("/", "root", self.root)
        made.add_url_rule(ROOT, "index", self.index)
        made.add_url_rule(f"{ROOT}/", "index", self.index)
        made.add_url_rule(f"{ROOT}/search", "search", self.search)
        made.add_url_rule(f"{ROOT}/vocabularies", "vocabularies", self.vocabularies)
        made.add_url_rule(f"{ROOT}/vocabularies/<name>", "vocabulary", self.vocabulary)
        made.add_url_rule(f"{ROOT}/problems", "problems", self.problems)
        made.add_url_rule(f"{ROOT}/problems/<name>", "problem", self.problem)
        made.add_url_rule(f"{ROOT}/openapi.json", "openapi_json", self.openapi_json)
        made.add_url_rule(f"{ROOT}/openapi.yaml", "openapi_yaml", self.openapi_yaml)
        made.add_url_rule(f"{ROOT}/health", "health", self.health)
        made.add_url_rule(f"{ROOT}/ready", "ready", self.ready)
        made.add_url_rule(f"{ROOT}/metrics", "metrics", self.metrics)
        return made

    def root(self) -> AnyResponse:
        """Lead to the index."""
        return redirect(f"{ROOT}/", 308)

    def index(self) -> Response:
        """Say what is here: how much, from which data sets, and where to go."""
        self._plain()
        with self.store.reading() as connection:
            seq = latest(connection)
            tag = answers.etag(seq, "json")
            if had := answers.seen(tag):
                return answers.unchanged(had)
            here = self._count(connection, seq)
            found = datasets(connection)
        body = {
            "title": "Incidents API",
            "description": "Armed-conflict incidents, with every claim about them: who said "
            "what, when, in which words.",
            "version": __version__,
            "seq": seq,
            "counts": here,
            "datasets": found,
            "corrections": f"To report an error in the data, write to {self.contact}, with the "
            "record's address.",
            "links": self._links(),
        }
        return answers.answer(orjson.dumps(body), tag, JSON)

    def _count(self, connection: Any, seq: int) -> dict[str, int]:
        """Count what everybody may see; once for each state of the database."""
        if self._counts[0] != seq:
            self._counts = (seq, counts(self.store, connection))
        return self._counts[1]

    def _links(self) -> list[dict[str, str]]:
        names = list(self.store.registry.records)
        names += ["aggregate"] if "incidents" in self.store.registry else []
        names += ["estimates", "contradictions"] if claimed(self.store.registry) else []
        names += ["search", "changes", "releases", "vocabularies", "problems"]
        rels = [("self", "/", JSON), *((name, f"/{name}", JSON) for name in names)]
        rels += [("export", path, type_) for path, type_ in exports(self.store.registry)]
        rels += [
            ("service-desc", "/openapi.json", JSON),
            ("service-desc", "/openapi.yaml", YAML),
            ("service-doc", "/docs/", "text/html"),
            ("health", "/health", JSON),
            ("ready", "/ready", JSON),
            ("metrics", "/metrics", PLAIN),
        ]
        return [{"rel": rel, "href": ROOT + path, "type": type_} for rel, path, type_ in rels]

    def search(self) -> Response:
        """Answer with the records of all resources that match, best first."""
        values = answers.read((*SEARCH, format_parameter(("json",))))
        answers.choose(("json",))
        matches = search(self.store, values, PUBLIC)
        found, more = matches.found, matches.more
        tag = answers.etag(matches.seq, "json")
        if had := answers.seen(tag):
            return answers.unchanged(had)
        entries = [
            b'{"resource":'
            + orjson.dumps(resource)
            + b',"score":'
            + orjson.dumps(round(-score, 4))
            + b',"record":'
            + document
            + b"}"
            for score, resource, document in found
        ]
        meta = {
            "returned": len(found),
            "known_seq": matches.known_seq,
            "ranked": "the newest 1,000 matches of each resource" if more else "all matches",
            "more_matches": more,
        }
        links = [{"rel": "self", "href": answers.address(), "type": JSON}]
        body = (
            b'{"data":['
            + b",".join(entries)
            + b'],"links":'
            + orjson.dumps(links)
            + b',"meta":'
            + orjson.dumps(meta)
            + b"}"
        )
        return answers.answer(body, tag, JSON, answers.known(matches.known_seq))

    def vocabularies(self) -> Response:
        """Answer with all vocabularies and their terms."""
        found = list(published().values())
        return self._vocabulary("vocabularies", found, {"data": [_told(one) for one in found]})

    def vocabulary(self, name: str) -> Response:
        """Answer with one vocabulary."""
        found = published().get(name)
        if found is None:
            names = ", ".join(published())
            raise Refuse("not-found", f"There is no vocabulary {name[:80]!r}; there are {names}.")
        return self._vocabulary(name, [found], _told(found))

    def _vocabulary(self, name: str, found: list[Vocabulary], body: dict[str, Any]) -> Response:
        values = answers.read((format_parameter(TABLES),))
        format_ = answers.choose(TABLES, values.get("f"))
        tag = f'"{__version__}-{format_.name}-vocabularies"'
        if had := answers.seen(tag):
            return answers.unchanged(had)
        if format_.name == "json":
            links = [{"rel": "self", "href": answers.address(), "type": JSON}]
            return answers.answer(orjson.dumps({**body, "links": links}), tag, JSON)
        headers = answers.file_name(name, "csv")
        return answers.answer(_table(found), tag, FORMATS["csv"].header, headers)

    def problems(self) -> Response:
        """Answer with every kind of problem."""
        self._plain()
        body = {"data": [_problem(name) for name in PROBLEMS]}
        return self._constant(orjson.dumps(body), JSON)

    def problem(self, name: str) -> Response:
        """Answer with what a kind of problem means."""
        self._plain()
        if name not in PROBLEMS:
            raise Refuse("not-found", f"There is no kind of problem {name[:80]!r}.")
        return self._constant(orjson.dumps(_problem(name)), JSON)

    def openapi_json(self) -> Response:
        """Answer with the OpenAPI document as JSON."""
        answers.read(())
        return self._constant(self._document("json"), JSON, self.public_url)

    def openapi_yaml(self) -> Response:
        """Answer with the OpenAPI document as YAML: as plain text, unless YAML is asked for."""
        answers.read(())
        type_ = request.accept_mimetypes.best_match([PLAIN, YAML]) or PLAIN
        return self._constant(self._document("yaml"), type_, self.public_url)

    def _document(self, form: str) -> bytes:
        if form not in self._contract:
            whole = openapi.document(self.store.registry, closed=self.closed)
            if self.public_url:
                whole["servers"] = [{"url": self.public_url, "description": "This server."}]
            made = openapi.to_yaml(whole).encode() if form == "yaml" else orjson.dumps(whole)
            self._contract[form] = made
        return self._contract[form]

    def health(self) -> Response:
        """Say that the process is alive."""
        self._plain()
        return self._state({"status": "alive"})

    def ready(self) -> Response:
        """Say whether the database answers and has this program's schema, and what to look at."""
        self._plain()
        found = health(self.store)
        body = {"status": "ready", "seq": found.seq, "writable": found.writable}
        return self._state(body | {"warnings": found.warnings(self._min_free_mb)})

    def metrics(self) -> Response:
        """Answer with the metrics of all workers, where the settings say so."""
        answers.read(())
        if self._metrics is None:
            raise Refuse("not-found", "There are no metrics here: they are turned off.")
        headers = {"Cache-Control": "no-store"}
        return Response(self._metrics.text(), headers=headers, content_type=EXPOSITION)

    @staticmethod
    def _plain() -> None:
        """Take no parameters, and answer in JSON."""
        answers.read(())
        answers.choose(("json",))

    @staticmethod
    def _constant(body: bytes, type_: str, made_for: str = "") -> Response:
        kind = type_.replace("/", "-").replace("+", "-")
        mark = f"-{crc32(made_for.encode()):x}" if made_for else ""
        tag = f'"{__version__}-{request.path.rsplit("/", 1)[-1]}-{kind}{mark}"'
        had = answers.seen(tag)
        header = f"{type_}; charset=utf-8" if type_ == PLAIN else type_
        return answers.unchanged(had) if had else answers.answer(body, tag, header)

    @staticmethod
    def _state(body: dict[str, Any]) -> Response:
        return Response(
            orjson.dumps(body), headers={"Cache-Control": "no-store"}, content_type=JSON
        )


def _told(vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "id": vocabulary.name,
        "title": vocabulary.title,
        "description": vocabulary.description,
        "source": vocabulary.source,
        "terms": [
            {"term": term.term, "parent": term.parent, "definition": term.definition}
            for term in vocabulary.terms
        ],
    }


def _table(found: list[Vocabulary]) -> bytes:
    rows = (
        [vocabulary.name, term.term, term.parent, term.definition]
        for vocabulary in found
        for term in vocabulary.terms
    )
    return b"".join(answers.csv_rows(["vocabulary", "term", "parent", "definition"], rows))


def _problem(name: str) -> dict[str, Any]:
    kind = PROBLEMS[name]
    return {
        "type": f"{ROOT}/problems/{name}",
        "title": kind.title,
        "status": kind.status,
        "description": kind.words,
    }
