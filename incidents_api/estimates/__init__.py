"""Estimates from claims that disagree: pure functions, no database, no HTTP.

A figure is what one claimant said (:class:`Figure`). This package chooses what counts, applies a
named rule, and shows its work.
"""

from incidents_api.estimates.answer import Estimate, estimates
from incidents_api.estimates.bounds import UNKNOWN, Bounds, Number
from incidents_api.estimates.figures import Assertion, Claim, Figure
from incidents_api.estimates.headline import casualties, headline
from incidents_api.estimates.questions import Question, Subject
from incidents_api.estimates.rules import DEFAULT, RULES, Rule
from incidents_api.estimates.sums import Total, total

__all__ = [
    "DEFAULT",
    "RULES",
    "UNKNOWN",
    "Assertion",
    "Bounds",
    "Claim",
    "Estimate",
    "Figure",
    "Number",
    "Question",
    "Rule",
    "Subject",
    "Total",
    "casualties",
    "estimates",
    "headline",
    "total",
]
