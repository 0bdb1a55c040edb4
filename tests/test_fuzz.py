"""A short property-based run of the contract against the service, in process.

Schemathesis makes requests that the OpenAPI document calls valid, and some that it does not, and
compares every answer with what the document says: status, headers, body. A handful of examples of
some operations: what all operations have in common is made by the same code.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from incidents_api.storage import access
from tests.conftest import open_base

#: A request that is valid by every schema may still break a rule between members or records
#: (409), miss a precondition (412) or ask for what is not there (404).
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "412", "429"]
REJECTED = ["400", *(["401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"])]
OPERATIONS = [
    ("/v1", "get"),
    ("/v1/vocabularies/{name}", "get"),
    ("/v1/problems/{name}", "get"),
    ("/v1/controls", "post"),
    ("/v1/controls/{id}", "get"),
    ("/v1/controls/{id}", "put"),
    ("/v1/controls/{id}", "patch"),
    ("/v1/controls/{id}", "delete"),
    ("/v1/controls/{id}/restore", "post"),
    ("/v1/controls/{id}/merge-into", "post"),
    ("/v1/incidents/{id}/duplicates", "get"),
    ("/v1/controls/{id}/history", "get"),
    ("/v1/figures", "post"),
    ("/v1/releases", "post"),
    ("/v1/releases/{name}", "get"),
]


@pytest.fixture(scope="module")
def contract(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The contract of a service over a base that may be spoiled, and a key for it."""
    path = tmp_path_factory.mktemp("fuzzed") / "copy.db"
    shutil.copy(sample_file, path)
    base = open_base(path)
    _, key = access.create(base.store, "fuzzer", "write")
    checks = {
        "positive_data_acceptance": {"expected-statuses": ACCEPTED},
        "negative_data_rejection": {"expected-statuses": REJECTED},
    }
    config = SchemathesisConfig.from_dict({"checks": checks})
    app = base.client.application
    yield schemathesis.openapi.from_wsgi("/v1/openapi.json", app, config=config), key
    base.store.close()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_contract_is_kept(path: str, method: str, mode: GenerationMode, contract: Any) -> None:
    schema, key = contract

    @settings(
        max_examples=3,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        # The transport in process does not decompress.
        shown = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
        case.call_and_validate(headers=shown)

    run()
