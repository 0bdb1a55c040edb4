"""The page of the documentation: Swagger UI over the service's own OpenAPI document.

Its files come from ``flask-swagger-ui``; the page is our own, for that one's has a script in it,
which the policy of this one forbids (``script-src 'self'``).
"""

from pathlib import Path
from typing import Final

import flask_swagger_ui
import orjson
from flask import Blueprint, Response, send_from_directory

from incidents_api.contract import DOCS, ROOT

_FILES: Final = Path(flask_swagger_ui.__file__).parent / "dist"
_STYLES: Final = ("index.css", "swagger-ui.css")
_SCRIPTS: Final = ("swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "start.js")
_PAGE: Final = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Incidents API</title>
{"".join(f'<link rel="stylesheet" href="{DOCS}/{name}">' for name in _STYLES)}
<link rel="icon" type="image/png" href="{DOCS}/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
{"".join(f'<script src="{DOCS}/{name}"></script>' for name in _SCRIPTS)}
</body>
</html>
"""
_SETTINGS: Final = {
    "url": f"{ROOT}/openapi.json",
    "dom_id": "#swagger-ui",
    "layout": "StandaloneLayout",
    "deepLinking": True,
    "docExpansion": "none",
    "validatorUrl": None,
}
_START: Final = f"""window.ui = SwaggerUIBundle({{
  ...{orjson.dumps(_SETTINGS).decode()},
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
}});
"""


def blueprint() -> Blueprint:
    """Return the routes of the page and of what it loads."""
    made = Blueprint("docs", __name__, url_prefix=DOCS)
    made.add_url_rule("/", "page", page)
    made.add_url_rule("/start.js", "start", start)
    made.add_url_rule("/<path:name>", "file", file)
    return made


def page() -> Response:
    """Answer with the page."""
    return Response(_PAGE, content_type="text/html; charset=utf-8")


def start() -> Response:
    """Answer with the script that starts it."""
    return Response(_START, content_type="text/javascript; charset=utf-8")


def file(name: str) -> Response:
    """Answer with one of its files."""
    return send_from_directory(_FILES, name)
