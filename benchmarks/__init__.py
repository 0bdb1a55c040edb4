"""Measurements of the targets in the design's performance.md; they are no part of the program."""
