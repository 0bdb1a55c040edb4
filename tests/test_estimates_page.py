"""The page on estimates: its table of the rules against what the service answers."""

import re

import orjson
import pytest

from incidents_api.estimates import RULES
from tests.conftest import TOP, Base

PAGE = (TOP / "docs" / "estimates.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (.* \| (?:true|false)) \|$", PAGE, re.MULTILINE)
TABLE = {rule: cells.split(" | ") for rule, cells in ROWS}
MEMBERS = ("low", "best", "best_basis", "high", "high_open")


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_answers_as_the_page_says(rule: str, sample: Base) -> None:
    path = f"/v1/incidents/hasakah-prison-battle-2022/estimates?measure=escaped&rule={rule}"
    (answer,) = sample.json(path)["data"]
    told = [orjson.dumps(answer[name]).decode().strip('"') for name in MEMBERS]
    assert TABLE[rule] == told


def test_each_rule_is_described_in_the_order_of_the_contract() -> None:
    assert re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE) == list(RULES) == list(TABLE)
