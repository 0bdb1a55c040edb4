"""Why something is not exported."""


class NotExported(Exception):
    """What is asked for cannot be written; the message says why, and what can be done."""
