"""Who calls: each caller may be given an address of its own, so that the ledger can tell them apart. Pure.

DingTalk knows apps only. Which of an app's processes sent a frame can be seen here by the address that the
process was given; a call to the plain address has no caller.
"""

from __future__ import annotations

import re

_PATH = re.compile(r"/caller/([A-Za-z0-9_-]+)(/.*)")


def caller_url(url: str, caller: str) -> str:
    """Our address for one caller.

    url: ours, without a trailing slash.
    caller: letters, digits, `_` and `-`.
    """
    return f"{url}/caller/{caller}"


def split_caller(path: str) -> tuple[str, str]:
    """The caller, empty when there is none, and the path as the API knows it."""
    found = _PATH.fullmatch(path)
    return (found[1], found[2]) if found else ("", path)
