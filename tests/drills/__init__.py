"""Drills: what only shows after many seconds of many clients at once.

A few seconds of each are part of the tests; ``make drills`` runs them for a minute.
"""
