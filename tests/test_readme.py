"""What the README shows is what the service answers."""

import re
from pathlib import Path

import pytest

from incidents_api import bundle
from incidents_api.config import PREFIX, SETTINGS
from tests.conftest import Base
from tests.readme import DAY, PAGES, README, answer, blocks, day

TEXT = README.read_text(encoding="utf-8")
EXAMPLES = list(blocks(TEXT))
SHOWN = [example for page in PAGES for example in blocks(page.read_text(encoding="utf-8"))]


def test_there_are_ten_curl_lines() -> None:
    assert len(EXAMPLES) == 10
    assert DAY.sub("", TEXT).count("$ curl") == 10


@pytest.mark.parametrize(("path", "printed"), SHOWN, ids=[path[:60] for path, _ in SHOWN])
def test_an_answer_is_the_one_that_is_printed(sample: Base, path: str, printed: str) -> None:
    assert answer(sample, path) == printed


def test_an_editor_s_day_goes_as_it_is_told(base: Base) -> None:
    assert DAY.search(TEXT)
    assert day(TEXT, base) == TEXT


@pytest.mark.parametrize("setting", SETTINGS, ids=[setting.name for setting in SETTINGS])
def test_a_setting_is_documented_with_its_default(setting: object) -> None:
    name, default, words = (getattr(setting, part) for part in ("name", "default", "words"))
    default = str(default).lower() if isinstance(default, bool) else default
    assert f"| `{PREFIX}{name.upper()}` | `{default}` | {words} |" in TEXT


def test_the_bundle_that_is_shown_can_be_loaded(empty: Base, tmp_path: Path) -> None:
    shown = re.search(r"```json\n(\{\"bundle\".*?)```", TEXT, re.DOTALL)
    assert shown
    (tmp_path / "shown.ndjson").write_text(shown[1], encoding="utf-8")
    counts = bundle.load(empty.store, [tmp_path / "shown.ndjson"], who="test")
    assert counts["created"] == 3


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_file_that_is_linked_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
