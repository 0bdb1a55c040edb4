"""A knowledge base of armed-conflict incidents that keeps every claim, served over HTTP."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app(**given: Any) -> "Flask":
    """Return the service for a database, after checking that the file can be served.

    Args:
        given: Settings by name (:data:`incidents_api.config.SETTINGS`); the rest come from the
            environment.

    Raises:
        WrongSetting: A name is not a setting, or its value cannot be used.
        Unusable: The file is missing, empty, foreign, damaged, older or newer than this program.

    """
    from incidents_api import config
    from incidents_api.storage.store import Store
    from incidents_api.web import make_app

    settings = config.with_given(given)
    store = Store(Path(settings["db"]), read_seconds=settings["read_seconds"])
    store.check()
    store.close()
    return make_app(store, settings)
