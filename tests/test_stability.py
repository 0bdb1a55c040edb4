"""What was released stays: the contract of the last release is kept."""

import copy
import re
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents_api import __version__
from tests import contract
from tests.conftest import TOP
from tests.contract import breaking
from tests.contract_schemas import Json, binding

DOCUMENT: Json = binding(contract.present())
RELEASED: Json = contract.read(contract.newest())
TEXT: Json = {"type": "string"}
KINDS = ("path", "parameter", "status", "format", "header", "member", "term")


def test_the_released_contract_is_kept() -> None:
    assert breaking(RELEASED, DOCUMENT) == []


def test_nothing_breaks_where_nothing_changed() -> None:
    assert breaking(DOCUMENT, DOCUMENT) == []


def test_this_version_s_contract_is_the_newest_that_was_written() -> None:
    assert contract.newest().name == f"openapi-{__version__}.json"


def test_every_release_has_its_contract() -> None:
    released = re.findall(r"^## (\d[\d.]*)", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    files = {path.name for path in contract.RELEASED.iterdir()}
    assert {f"openapi-{version}.json" for version in [*released, __version__]} == files


def test_the_newest_is_found_by_its_version(tmp_path: Path) -> None:
    for version in ("0.9.0", "0.10.0", "0.2.11"):
        (tmp_path / f"openapi-{version}.json").touch()
    assert contract.newest(tmp_path).name == "openapi-0.10.0.json"


def test_what_is_written_is_all_that_binds_a_line_for_each_component(tmp_path: Path) -> None:
    text = contract.written(contract.present())
    (tmp_path / "one.json").write_text(text)
    assert contract.read(tmp_path / "one.json") == DOCUMENT
    assert '"description": {' in text
    assert '"description": "' not in text
    for name in DOCUMENT["components"]["schemas"]:
        assert f'\n"{name}": {{' in text
    assert len(text) < 1_500_000


def test_a_fault_of_a_component_is_said_once() -> None:
    new = copy.deepcopy(DOCUMENT)
    del new["components"]["schemas"]["Link"]["properties"]["href"]
    assert breaking(DOCUMENT, new) == ["components/schemas/Link.href (response): is gone"]


def found(node: Any, word: str) -> list[Json]:
    """Return the nodes of a document that have a keyword."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    here = [node] if isinstance(node, dict) and isinstance(node.get(word), dict | list) else []
    return here + [one for item in inner for one in found(item, word)]


def add(document: Json, data: st.DataObject) -> None:
    """Add something to a document that may be added at any time."""

    def one_of(some: Any) -> Any:
        # By its place: what is drawn is shown, and a document is long.
        choices = list(some)
        return choices[data.draw(st.integers(0, len(choices) - 1))]

    reads = [item["get"] for item in document["paths"].values() if "get" in item]
    operation = one_of(one for one in reads if "content" in one["responses"]["200"])
    answer = operation["responses"]["200"]
    schemas = document["components"]["schemas"]
    match one_of(KINDS):
        case "path":
            document["paths"]["/v1/new"] = {"get": operation}
        case "parameter":
            new = {"name": "new", "in": "query", "schema": one_of((TEXT, {}))}
            operation["parameters"].append(new)
        case "status":
            operation["responses"]["418"] = {}
        case "format":
            answer["content"]["text/new"] = {"schema": TEXT}
        case "header":
            answer["headers"]["New"] = {"schema": TEXT}
        case "member":
            some = [one for one in found(schemas, "properties") if one.get("type") == "object"]
            one_of(some)["properties"]["new"] = one_of((TEXT, {}))
        case "term":
            terms = one_of(found(document, "enum"))["enum"]
            terms.append(99 if isinstance(terms[0], int) else "new")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_added_is_harmless_and_what_is_taken_away_is_not(data: st.DataObject) -> None:
    new = copy.deepcopy(DOCUMENT)
    for _ in range(data.draw(st.integers(1, 3))):
        add(new, data)
    assert breaking(DOCUMENT, new) == []
    assert breaking(new, DOCUMENT) != []
