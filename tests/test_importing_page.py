"""What docs/importing.md shows of importing is what the command and the service say."""

from pathlib import Path

from incidents_api.importers import FORMATS
from tests.conftest import TOP
from tests.importing_page import PAGE, imported, renewed

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_lines_give_the_answers_that_are_printed(tmp_path: Path) -> None:
    base, told = imported(tmp_path)
    assert renewed(TEXT, base, told) == TEXT
    base.store.close()


def test_every_format_is_described() -> None:
    for name in FORMATS:
        assert f"| `{name}` |" in TEXT


def test_the_readme_leads_here() -> None:
    assert "(docs/importing.md)" in (TOP / "README.md").read_text(encoding="utf-8")
