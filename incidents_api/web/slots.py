"""How many answers without end may be sent at a time, so that threads are left for short ones.

An export, or a list of everything, takes a thread of the worker for as long as its client reads.
"""

from collections.abc import Callable
from itertools import chain
from threading import BoundedSemaphore
from typing import Final
from weakref import finalize

from flask import Response, current_app

from incidents_api.web.allowed import allowed
from incidents_api.web.problems import Refuse

#: A list of everything that is no longer, in bytes, is a short answer and needs no place.
SHORT: Final = 65_536


def export(make: Callable[[], Response]) -> Response:
    """Return an answer that takes a place from before it is made until it has been sent.

    Raises:
        Refuse: No place is free.

    """
    slots = _slots()
    if not slots.acquire(blocking=False):
        raise _full()
    try:
        response = make()
    except BaseException:
        slots.release()
        raise
    return _held(response, slots)


def whole(response: Response) -> Response:
    """Return a list of everything that takes a place until it has been sent, unless it is short.

    Raises:
        Refuse: No place is free.

    """
    slots = _slots()
    if slots.acquire(blocking=False):
        return _held(response, slots)
    pieces, read, size = response.iter_encoded(), [], 0
    for piece in pieces:
        read.append(piece)
        size += len(piece)
        if size > SHORT:
            response.close()
            raise _full()
    response.response = chain(read)
    return response


def _held(response: Response, slots: BoundedSemaphore) -> Response:
    """Free a place when an answer has been sent, has failed or has been left by its client.

    What is never sent, because something fails before, is freed when it is forgotten.
    """
    response.call_on_close(finalize(response, slots.release))
    return response


def _slots() -> BoundedSemaphore:
    found: BoundedSemaphore = current_app.extensions["incidents"].slots
    return found


def _full() -> Refuse:
    most = allowed("exports_at_a_time")
    words = (
        f"So many exports are being sent, {most} at a time here. Try again soon, or ask for pages "
        "by limit."
    )
    return Refuse("exporting", words, headers={"Retry-After": "5"})
