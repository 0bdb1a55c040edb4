"""The lines of docs/importing.md, and their answers over the sample of GED: run, written anew.

``python -m tests.importing_page --write`` puts the present answers there.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from incidents_api.cli import main
from tests.conftest import TOP, Base, open_base
from tests.readme import answer

PAGE: Final = TOP / "docs" / "importing.md"
_BLOCK: Final = re.compile(r"```console\n(.*?)```", re.DOTALL)
_CURL: Final = re.compile(r"\$ curl -s 'http://127\.0\.0\.1:8080(.*)'")
_COMMAND: Final = re.compile(r"\$ \.venv/bin/incidents-api (.*)")


def imported(folder: Path) -> tuple[Base, str]:
    """Run the page's command, with a database and a report in a folder of their own."""
    command = _COMMAND.search(PAGE.read_text(encoding="utf-8"))
    assert command
    words = command[1].replace("ged.db", str(folder / "ged.db"))
    words = words.replace("report.json", str(folder / "report.json"))
    words = words.replace("tests/data", str(TOP / "tests" / "data"))
    told = CliRunner().invoke(main, words.split())
    assert told.exit_code == 0, told.output
    return open_base(folder / "ged.db"), told.output.replace(f"{folder}/", "")


def renewed(text: str, base: Base, told: str) -> str:
    """Return the page with the present answers."""

    def block(match: re.Match[str]) -> str:
        lines = [line for line in match[1].splitlines() if line.startswith("$ ")]
        answers = (f"{line}\n{_answer(line, base, told)}" for line in lines)
        return f"```console\n{''.join(answers)}```"

    return _BLOCK.sub(block, text)


def _answer(line: str, base: Base, told: str) -> str:
    asked = _CURL.fullmatch(line)
    return answer(base, asked[1]) if asked else told


def main_() -> None:
    """Write the present answers."""
    with tempfile.TemporaryDirectory() as folder:
        base, told = imported(Path(folder))
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(renewed(text, base, told), encoding="utf-8")
        base.store.close()


if __name__ == "__main__" and "--write" in sys.argv:
    main_()
