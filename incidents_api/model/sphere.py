"""Distances on the earth, taken as a sphere."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_KM: Final = 6371.0088


def km(south: float, west: float, north: float, east: float) -> float:
    """Return the great-circle distance of two points in kilometres (haversine, mean radius)."""
    phi, psi = radians(south), radians(north)
    across = sin(radians(east - west) / 2) ** 2 * cos(phi) * cos(psi)
    return 2 * EARTH_KM * asin(min(1.0, sqrt(sin((psi - phi) / 2) ** 2 + across)))
