"""Whether a call that failed can have been carried out: not without a connection to send it on. Pure."""

from __future__ import annotations

import httpx

#: The errors of that moment of aiohttp (two) and httpcore, by name: a program need not have both libraries.
#: httpx-aiohttp makes an httpx.ConnectTimeout of aiohttp's, but also of a connection that broke after the
#: request had left, so httpx's own error does not tell.
_NO_CONNECTION = frozenset(("ClientConnectorError", "ConnectionTimeoutError", "ConnectTimeout"))


def never_left(error: BaseException) -> bool:
    """Whether the request has certainly not left.

    error: of httpx, over its own transport or over httpx-aiohttp.

    >>> never_left(httpx.ConnectError("refused"))
    True
    >>> never_left(httpx.ReadTimeout("no answer"))
    False
    """
    if isinstance(error, httpx.ConnectError):
        return True
    cause = error.__cause__
    return cause is not None and any(one.__name__ in _NO_CONNECTION for one in type(cause).__mro__)
