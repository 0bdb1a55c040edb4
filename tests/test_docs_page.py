"""The documentation page works without the internet: everything it loads comes from here."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Base

PAGE = "/v1/docs/"


class Addresses(HTMLParser):
    """Gathers what a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href")]


def addresses(page: str) -> list[str]:
    parser = Addresses()
    parser.feed(page)
    return parser.found


def get(sample: Base, path: str) -> TestResponse:
    """Read a file; buffered, so that it is closed."""
    return sample.client.get(path, buffered=True)


def test_the_page_is_html(sample: Base) -> None:
    answer = get(sample, PAGE)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_the_slash_can_be_left_out(sample: Base) -> None:
    answer = sample.client.get("/v1/docs", buffered=True, follow_redirects=True)
    assert (answer.status_code, answer.text) == (200, get(sample, PAGE).text)


def test_it_loads_scripts_and_styles(sample: Base) -> None:
    found = addresses(get(sample, PAGE).text)
    assert {urlsplit(one).path.rsplit(".", 1)[-1] for one in found} >= {"js", "css"}


def test_all_it_loads_is_a_path_of_this_server_that_answers(sample: Base) -> None:
    answers = {}
    for one in addresses(get(sample, PAGE).text):
        parts = urlsplit(one)
        assert (parts.scheme, parts.netloc) == ("", ""), one
        answers[one] = get(sample, urljoin(PAGE, one)).status_code
    assert set(answers.values()) == {200}, answers


def test_it_shows_this_server_s_document(sample: Base) -> None:
    assert '"url":"/v1/openapi.json"' in get(sample, f"{PAGE}start.js").text


def test_it_asks_no_validator_elsewhere(sample: Base) -> None:
    assert '"validatorUrl":null' in get(sample, f"{PAGE}start.js").text


def test_no_script_stands_in_the_page(sample: Base) -> None:
    answer = get(sample, PAGE)
    assert re.findall(r"<script[^>]*>([^<]+)</script>", answer.text) == []
    assert not re.search(r"\son\w+=|javascript:", answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("name", ["index.css", "swagger-ui.css"])
def test_its_styles_load_nothing_from_elsewhere(name: str, sample: Base) -> None:
    style = get(sample, f"{PAGE}{name}").text
    loaded = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s]+)", style)
    assert [one for one in loaded if not one.startswith("data:")] == []


@pytest.mark.parametrize("name", ["nothing.js", "../openapi.yaml", "..%2f..%2fsetup.cfg"])
def test_no_other_file_is_served_beside_it(name: str, sample: Base) -> None:
    answer = get(sample, f"{PAGE}{name}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
