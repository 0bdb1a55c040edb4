"""Estimates from claims that disagree: pure functions, no database, no HTTP.

A figure is what one claimant said (:class:`Figure`). This package chooses what counts, applies a
named rule, and shows its work.
"""

from incidents_api.estimates.figures import Claim, Figure

__all__ = ["Claim", "Figure"]
