"""What a check of a text comes to. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

#: A question on its way to the backend, or an answer on its way to the person.
Direction = Literal["question", "answer"]


class Verdict(msgspec.Struct, frozen=True):
    """Whether a text may go on.

    labels: of what was found, the service's own words.
    judged: False: nothing could judge it, and the settings decided.
    answer: what the service would have said instead; empty: it says nothing.
    """

    allowed: bool
    labels: tuple[str, ...] = ()
    judged: bool = True
    answer: str = ""


PASSED = Verdict(allowed=True)
