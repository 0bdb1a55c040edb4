"""The HTTP service: an application over a store."""

from functools import cached_property
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, Response, request

from incidents_api.contract import grammar
from incidents_api.setting_checks import names
from incidents_api.storage.claims import claimed
from incidents_api.storage.lists import Lists
from incidents_api.storage.migrations import render_revision
from incidents_api.storage.store import Store, now
from incidents_api.web import access, directly, docs, everywhere, problems, retries
from incidents_api.web.aggregate import Aggregate
from incidents_api.web.answers import Answer
from incidents_api.web.batch import Batch
from incidents_api.web.changes import Changes
from incidents_api.web.claims import Claims
from incidents_api.web.compression import compress
from incidents_api.web.duplicates import Duplicates
from incidents_api.web.estimates import Estimates
from incidents_api.web.exports import Exports
from incidents_api.web.limits import limit
from incidents_api.web.metrics import Metrics
from incidents_api.web.proxies import believe
from incidents_api.web.releases import Releases
from incidents_api.web.resources import Resource
from incidents_api.web.service import Service
from incidents_api.web.sites import Sites
from incidents_api.web.timelines import TimelineRoutes


class Incidents:
    """What requests need, made once an application."""

    def __init__(self, store: Store, settings: dict[str, Any]) -> None:
        self.store = store
        self.clock = now
        self.settings = settings
        self.slots = BoundedSemaphore(settings["exports_at_a_time"])
        self.public_url = settings["public_url"]
        self.metrics = Metrics(store) if settings["metrics"] else None
        self.lists = {
            record.resource: Lists(store, record, grammar(store.registry, record))
            for record in store.registry
        }

    @cached_property
    def revision(self) -> int:
        """How often what is rendered has changed."""
        return render_revision(self.store.connection)


def make_app(store: Store, settings: dict[str, Any]) -> Flask:
    """Return the application that serves a store."""
    app = Flask("incidents_api", static_folder=None)
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    state = app.extensions["incidents"] = Incidents(store, settings)
    app.config["TRUSTED_HOSTS"] = names(settings["hosts"]) or None
    problems.register(app)
    retries.register(app)
    closed = not settings["anonymous_reads"]
    app.register_blueprint(Service(store, settings, state.metrics).blueprint())
    app.register_blueprint(Batch(store).blueprint())
    app.register_blueprint(Changes(store).blueprint())
    if "incidents" in state.lists:
        app.register_blueprint(Aggregate(state.lists["incidents"]).blueprint())
    app.register_blueprint(Exports(state.lists).blueprint())
    app.register_blueprint(Releases(store).blueprint())
    if claimed(store.registry):
        app.register_blueprint(Claims(store).blueprint())
        app.register_blueprint(Estimates(store).blueprint())
        app.register_blueprint(TimelineRoutes(store, state.lists["figures"]).blueprint())
    for record in store.registry:
        app.register_blueprint(Resource(store, state.lists, record).blueprint())
    app.register_blueprint(Duplicates(store).blueprint())
    app.register_blueprint(docs.blueprint())
    if closed:
        access.close(app, store)
    sites = _finished(app, settings)
    if sites.constant and not closed:
        directly.add(app, state)
    limit(app, settings)
    believe(app, settings)
    everywhere.add(app, sites.constant)
    return app


def _finished(app: Flask, settings: dict[str, Any]) -> Sites:
    """Let pages of other sites read, and compress for those who ask: one step after a request."""
    sites = Sites(settings["cors_origins"])
    constant = sites.constant

    @app.after_request
    def finish(response: Response) -> Response:
        if not (constant and type(response) is Answer):
            sites.allow(response)
        if "HTTP_ACCEPT_ENCODING" in request.environ:
            compress(response)
        return response

    return sites
