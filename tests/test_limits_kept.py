"""Every limit, asked for as much as it allows, one more, and ten times as much."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from marshmallow.validate import Range
from werkzeug.test import TestResponse

from incidents_api import operations
from incidents_api.config import SETTINGS
from incidents_api.contract import LONGEST_TAGS
from incidents_api.storage import addresses, grammar, parameters
from incidents_api.web import bodies
from tests.conftest import Base, open_base
from tests.test_errors import problem

ACTOR: Final = {"name": "A", "actor_type": "media"}
#: Ten parameters that can be given together.
TEN: Final = (
    *("limit=1", "sort=id", "total=true", "fields=id", "f=json", "q=prison"),
    *("country=SYR", "status=ended", "from=2000-01-01", "to=2030-01-01"),
)


@dataclass
class Kept:
    """A limit: what keeps it, and how so much of something is asked for.

    Attributes:
        most: How much is allowed.
        ask: Asks for so much.
        good: The status of what is allowed.
        status: That of what is not.
        words: Of what there is too much; the refusal has them, with what is allowed.
        settings: What sets the limit, if it can be set.

    """

    most: int
    ask: Callable[[Base, int], TestResponse]
    good: int
    status: int
    words: str
    settings: dict[str, Any] | None = None


def padded(path: str, content: Any, method: str = "POST") -> Callable[[Base, int], TestResponse]:
    """Return what sends a body of so many bytes."""

    def ask(base: Base, size: int) -> TestResponse:
        return base.write(method, path, json.dumps(content).encode().ljust(size))

    return ask


def nested(path: str) -> Callable[[Base, int], TestResponse]:
    return lambda base, depth: base.write("POST", path, b"[" * depth + b"]" * depth)


def listed(base: Base, count: int) -> TestResponse:
    operation = {"op": "create", "resource": "actors", "record": ACTOR}
    return base.write("POST", "/v1/batch", {"operations": [operation] * count})


def asked(base: Base, count: int) -> TestResponse:
    return base.get("/v1/incidents?" + "&".join((TEN * 10)[:count]))


def searched(base: Base, count: int) -> TestResponse:
    given = dict(pair.split("=") for pair in TEN) | {"limit": 1, "total": True}
    more = {f"x{place}": 1 for place in range(count - len(TEN))}
    return base.write("POST", "/v1/incidents/search", given | more)


def page(path: str) -> Callable[[Base, int], TestResponse]:
    return lambda base, size: base.get(f"{path}={size}")


def values(base: Base, count: int) -> TestResponse:
    return base.get(f"/v1/incidents?country={','.join(['SYR'] * count)}")


def values_in_body(base: Base, count: int) -> TestResponse:
    return base.write("POST", "/v1/incidents/search", {"country": ["SYR"] * count})


def ids_in_body(base: Base, count: int) -> TestResponse:
    return base.write("POST", "/v1/actors/search", {"id": ["is"] * count})


def included(base: Base, depth: int) -> TestResponse:
    return base.get(f"/v1/incidents?include={'.'.join(['figures', *['claimant'] * (depth - 1)])}")


def tagged(base: Base, length: int) -> TestResponse:
    return base.get("/v1/incidents", If_None_Match=f'"{"x" * (length - 2)}"')


PAGES: Final = (
    *("incidents?limit", "incidents?sample", "search?q=prison&limit", "changes?limit"),
    *(
        "releases?limit",
        "incidents/hasakah-prison-battle-2022/history?limit",
        "figures?f=csv&limit",
    ),
    *(
        "incidents/hasakah-prison-battle-2022/figures?limit",
        "contradictions?limit",
        "sources?limit",
    ),
    *("incidents/hasakah-prison-battle-2022/duplicates?limit", "estimates?limit"),
)
KEPT: Final[dict[str, Kept]] = {
    "body": Kept(2048, padded("/v1/actors", ACTOR), 201, 413, "2,048 bytes", {"body_bytes": 2048}),
    "body of a patch": Kept(
        2048,
        lambda base, size: base.write(
            "PATCH", "/v1/actors/is", b'{"notes": "x"}'.ljust(size), If_Match="*"
        ),
        *(200, 413, "2,048 bytes", {"body_bytes": 2048}),
    ),
    "body of a batch": Kept(
        2048,
        padded(
            "/v1/batch", {"operations": [{"op": "create", "resource": "actors", "record": ACTOR}]}
        ),
        *(200, 413, "2,048 bytes", {"batch_bytes": 2048}),
    ),
    "body of a search": Kept(
        2048, padded("/v1/incidents/search", {}), 200, 413, "2,048 bytes", {"search_bytes": 2048}
    ),
    **{
        f"depth of {path}": Kept(
            8, nested(path), 422, 400, "nested more than 8 deep", {"json_depth": 8}
        )
        for path in ("/v1/actors", "/v1/batch", "/v1/incidents/search", "/v1/releases")
    },
    "operations": Kept(5, listed, 200, 422, "1 to 5 operations", {"batch_operations": 5}),
    "parameters": Kept(10, asked, 200, 400, "10 are allowed", {"query_parameters": 10}),
    "parameters in a body": Kept(
        10, searched, 200, 422, "10 are allowed", {"query_parameters": 10}
    ),
    **{
        f"page of {path}": Kept(
            50, page(f"/v1/{path}"), 200, 400, "from 1 to 50 here", {"page_records": 50}
        )
        for path in PAGES
    },
    "page of a search": Kept(
        50,
        lambda base, size: base.write("POST", "/v1/incidents/search", {"limit": size}),
        *(200, 422, "from 1 to 50 here", {"page_records": 50}),
    ),
    "page": Kept(grammar.MOST, page("/v1/incidents?limit"), 200, 400, "from 1 to 1000"),
    "page of groups": Kept(
        *(10_000, page("/v1/aggregate?group_by=country&limit"), 200, 400, "from 1 to 10000"),
        {"page_records": 50},
    ),
    "values": Kept(parameters.MOST_VALUES, values, 200, 400, "50 are allowed"),
    "values in a body": Kept(parameters.MOST_OTHERS, values_in_body, 200, 422, "1,000 are allowed"),
    "ids in a body": Kept(parameters.MOST_IDS, ids_in_body, 200, 422, "10,000 are allowed"),
    "depth of include": Kept(1, included, 200, 400, "is not one of"),
    "entity tags": Kept(LONGEST_TAGS, tagged, 200, 400, "1,000 are allowed"),
}


@pytest.fixture(scope="module")
def opened(
    sample_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[dict[str, Any]], Base]]:
    """Open the sample with settings; it is one file for all these tests, and one key."""
    path = Path(shutil.copy(sample_file, tmp_path_factory.mktemp("limits") / "limits.db"))
    first = open_base(path)
    bases: dict[str, Base] = {}

    def limited(settings: dict[str, Any]) -> Base:
        name = json.dumps(settings, sort_keys=True)
        if name not in bases:
            bases[name] = open_base(path, **settings)
            bases[name].__dict__["key"] = first.key
        return bases[name]

    yield limited
    for base in (first, *bases.values()):
        base.store.close()


@pytest.mark.parametrize("name", KEPT)
def test_so_much_is_allowed_and_no_more(
    opened: Callable[[dict[str, Any]], Base], name: str
) -> None:
    kept = KEPT[name]
    base = opened(kept.settings or {})
    good = kept.ask(base, kept.most)
    assert good.status_code == kept.good, good.text[:500]
    for more in (kept.most + 1, 10 * kept.most):
        seq = base.store.seq()
        told = problem(kept.ask(base, more), kept.status)
        assert kept.words in told["detail"], told["detail"][:500]
        assert base.store.seq() == seq


def test_each_limit_that_can_be_set_is_what_it_was_and_the_contract_allows() -> None:
    settings = {setting.name: setting for setting in SETTINGS}
    usual = {
        "json_depth": bodies.DEPTH,
        "batch_operations": operations.MOST,
        "query_parameters": addresses.MOST_FILTERS,
        "page_records": grammar.MOST,
    }
    assert {name: settings[name].default for name in usual} == usual
    for name in ("batch_operations", "query_parameters", "page_records"):
        bounds = settings[name].bounds
        assert isinstance(bounds, Range)
        assert bounds.max == usual[name]
    assert isinstance(bounds, Range)
    assert bounds.min == grammar.LIMIT
