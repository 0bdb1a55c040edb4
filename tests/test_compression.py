"""Answers are compressed for clients that ask for it, and only for those."""

import gzip
import zlib

import pytest

from incidents_api.web import compression
from tests.conftest import Base

PATH = "/v1/incidents"


@pytest.mark.parametrize(
    "accept", ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.1", "*", "GZIP"]
)
def test_who_takes_gzip_gets_it(sample: Base, accept: str) -> None:
    packed = sample.get(PATH, Accept_Encoding=accept)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert gzip.decompress(packed.data) == sample.get(PATH).data


@pytest.mark.parametrize("accept", ["identity", "br", "gzip;q=0", "gzip;q=0, *", "", "x y;;"])
def test_who_does_not_take_gzip_gets_the_plain_bytes(sample: Base, accept: str) -> None:
    answer = sample.get(PATH, Accept_Encoding=accept)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == sample.get(PATH).data
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_what_is_short_is_sent_as_it_is(sample: Base) -> None:
    answer = sample.get(f"{PATH}?fields=id&limit=1", Accept_Encoding="gzip")
    assert len(answer.data) < compression.SHORT
    assert "Content-Encoding" not in answer.headers


def test_a_refusal_is_not_compressed(sample: Base) -> None:
    answer = sample.get(f"{PATH}?nonsense={'x' * 2000}", Accept_Encoding="gzip")
    assert answer.status_code == 400
    assert "Content-Encoding" not in answer.headers


def test_a_stream_is_compressed_as_a_stream(sample: Base) -> None:
    packed = sample.get(f"{PATH}?f=csv", Accept_Encoding="gzip")
    assert "Content-Length" not in packed.headers
    assert gzip.decompress(packed.data) == sample.get(f"{PATH}?f=csv").data


def test_a_head_has_the_headers_of_its_get(sample: Base) -> None:
    whole = sample.get(PATH, Accept_Encoding="gzip")
    head = sample.client.head(PATH, headers={"Accept-Encoding": "gzip"})
    assert head.data == b""
    for name in ("Content-Encoding", "Content-Length", "ETag"):
        assert head.headers[name] == whole.headers[name]


def test_where_there_is_no_isal_zlib_does_it() -> None:
    assert compression.library("no_such_library.at_all", "zlib") is zlib
