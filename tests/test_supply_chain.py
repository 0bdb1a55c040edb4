"""What is deployed is pinned by version and hash, and is what setup.cfg asks for."""

import configparser
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import TOP

#: The deployment that the file is made for.
WHERE = {
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "sys_platform": "linux",
}
LOCK = (TOP / "requirements.lock").read_text(encoding="utf-8")


def pinned() -> dict[str, str]:
    """Return the versions that are pinned."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def asked() -> list[Requirement]:
    """Return what setup.cfg asks for in the deployment."""
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["install_requires"].strip().splitlines()
    found = [Requirement(line) for line in lines]
    return [one for one in found if one.marker is None or one.marker.evaluate(WHERE)]


def test_all_that_is_asked_for_is_pinned_within_its_bounds() -> None:
    versions = pinned()
    wrong = [
        str(one)
        for one in asked()
        if not one.specifier.contains(versions.get(canonicalize_name(one.name), "0"))
    ]
    assert len(asked()) > 10
    assert wrong == []


def test_every_pin_has_hashes() -> None:
    blocks = re.split(r"^(?=\w)", LOCK.replace("\\\n", " "), flags=re.MULTILINE)
    pins = [block for block in blocks if re.match(r"\w", block)]
    assert len(pins) == len(pinned())
    assert [pin for pin in pins if "--hash=sha256:" not in pin.splitlines()[0]] == []
