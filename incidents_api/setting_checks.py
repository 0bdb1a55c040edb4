"""What settings that are more than a number or a word may be."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import urlsplit

from marshmallow import ValidationError

#: What stands for a proxy that is connected by a Unix socket, which has no address.
UNIX: Final = "unix"

Network = IPv4Network | IPv6Network


def names(text: str) -> list[str]:
    """Return what a setting lists, separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def networks(text: str) -> list[Network]:
    """Return the networks that a setting lists; a Unix socket is none.

    Raises:
        ValidationError: A name is none of a network.

    """
    return [_network(name) for name in names(text) if name != UNIX]


def _network(name: str) -> Network:
    try:
        return ip_network(name)
    except ValueError as fault:
        words = f"{fault}; give addresses, networks such as 10.0.0.0/8, or {UNIX}"
        raise ValidationError(words) from None


def public_url(text: str) -> None:
    """Check an address that others reach this server by, such as https://incidents.example.org.

    Raises:
        ValidationError: It is not a scheme and a host, with a port or without, and nothing else.

    """
    parts = urlsplit(text)
    whole = f"{parts.scheme}://{parts.netloc}"
    good = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if text and not (good and text == whole):
        raise ValidationError(f"{text!r} is not http:// or https:// and a host, nothing else")
