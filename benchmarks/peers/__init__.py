"""Programs of others that answer the same questions about the same records."""

from pathlib import Path

from benchmarks.peers.datasette import Datasette, DatasetteAlpha
from benchmarks.peers.fastapi_sqlmodel import FastApi, FastApiEager
from benchmarks.peers.flask_sqlalchemy import FlaskEager, FlaskSqlalchemy
from benchmarks.peers.pygeoapi import Pygeoapi
from benchmarks.peers.soul import Soul
from benchmarks.programs import Program


def peers(plain: Path) -> list[Program]:
    """Return the peers.

    Args:
        plain: The plain file that they serve (``benchmarks.peers.plain``).

    """
    return [
        FastApi(plain),
        FastApiEager(plain),
        FlaskSqlalchemy(plain),
        FlaskEager(plain),
        Datasette(plain),
        DatasetteAlpha(plain),
        Pygeoapi(plain),
        Soul(plain),
    ]
