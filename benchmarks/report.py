"""Telling what was measured: when, where, on what, and a table."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]


def circumstances(more: str) -> str:
    """Say when, where and on what it was measured, and more."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} cores{_model()}, load "
        f"{os.getloadavg()[0]:.1f}; Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, gunicorn {version('gunicorn')}, "
        f"Flask {version('flask')}; {more}"
    )


def _model() -> str:
    """Return what the processor calls itself, where the system tells."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next((f" ({name})" for name in names), "")


def show(
    headings: Sequence[str], rows: Sequence[Sequence[str]], words: str, output: Path | None
) -> None:
    """Print a table; if there is a file for it, write it as Markdown and beside that as JSON."""
    table = Table(*headings, title=words)
    for line in rows:
        table.add_row(*line)
    console = Console()
    Console(width=console.width if console.is_terminal else 160).print(table)
    if output:
        output.write_text(markdown(headings, rows, words), encoding="utf-8")
        told = {"words": words, "headings": list(headings), "rows": [list(row) for row in rows]}
        whole = json.dumps(told, indent=1, ensure_ascii=False)
        output.with_suffix(".json").write_text(whole + "\n", encoding="utf-8")


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]], words: str) -> str:
    """Return a table as Markdown."""
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return words + "\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def met(value: float, *, most: float | None = None, least: float | None = None) -> str:
    """Say whether a value meets its target."""
    good = (most is None or value <= most) and (least is None or value >= least)
    return "met" if good else "NOT MET"
