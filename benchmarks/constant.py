"""The measure of all ratios: a Flask application that answers with constant bytes.

It runs under the very server class of the program, so both have the same gunicorn settings.
"""

from typing import Any

import click
from flask import Flask, Response

from incidents_api.config import SETTINGS
from incidents_api.server import Server


def make_app(size: int) -> Flask:
    """Return an application with one route, whose body has so many bytes."""
    app = Flask(__name__, static_folder=None)
    body = b'{"constant":"' + b"x" * max(0, size - 15) + b'"}'

    @app.get("/constant")
    def constant() -> Response:
        return Response(body, content_type="application/json")

    return app


class ConstantServer(Server):
    """Our server with another application in it."""

    def __init__(self, settings: dict[str, Any], size: int) -> None:
        self._size = size
        super().__init__(settings)

    def load(self) -> Any:
        """Make the application, in each worker."""
        return make_app(self._size)


@click.command()
@click.option("--bind", required=True)
@click.option("--size", required=True, type=click.IntRange(15))
def main(bind: str, size: int) -> None:
    """Serve constant bytes at /constant until told to stop."""
    settings = {setting.name: setting.default for setting in SETTINGS}
    ConstantServer({**settings, "bind": bind}, size).run()


if __name__ == "__main__":
    main()
