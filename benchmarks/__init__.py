"""Measurements of the read path; they are no part of the program."""
