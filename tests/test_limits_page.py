"""docs/limits.md has every limit, as it is."""

from typing import Final

import pytest

from incidents_api import server
from incidents_api.config import SETTINGS
from incidents_api.contract import LONGEST_TAGS
from incidents_api.storage import merging as moving
from incidents_api.storage import parameters
from incidents_api.web import exports, merging, releases, slots
from tests.conftest import TOP

PAGE: Final = (TOP / "docs" / "limits.md").read_text(encoding="utf-8")
FIXED: Final = {
    "values of one parameter in an address": parameters.MOST_VALUES,
    "ids of one parameter in the body of a search": parameters.MOST_IDS,
    "other values of one parameter there": parameters.MOST_OTHERS,
    "records of an export that is built before it is sent": exports.MOST_BUILT,
    "links that a merge moves": moving.MOST_MOVED,
    "bytes of a body that merges": merging.MOST,
    "bytes of a body that makes a release": releases.MOST,
    "characters of `If-Match` and `If-None-Match`": LONGEST_TAGS,
    "characters of a request line": server.REQUEST_LINE,
}
LIMITS: Final = {
    setting.name: setting.default
    for setting in SETTINGS
    if setting.name.endswith(("_bytes", "_depth", "_per_minute", "_at_a_time", "_seconds"))
    or setting.name in ("batch_operations", "query_parameters", "page_records")
}


@pytest.mark.parametrize("name", LIMITS)
def test_each_setting_stands_there_with_its_default(name: str) -> None:
    assert f"| `INCIDENTS_{name.upper()}` | {int(LIMITS[name]):,} |" in PAGE


@pytest.mark.parametrize("words", FIXED)
def test_each_fixed_limit_stands_there(words: str) -> None:
    assert f"| {words} | {FIXED[words]:,} |" in PAGE


def test_what_is_short_is_as_it_says() -> None:
    assert f"of more than {slots.SHORT // 1024} KiB" in PAGE.replace("\n", " ")
