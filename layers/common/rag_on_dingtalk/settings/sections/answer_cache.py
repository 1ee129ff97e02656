"""Answers that are given again, as settings."""

from __future__ import annotations

from typing import Annotated

import msgspec

from rag_on_dingtalk.settings.strict import Strict


class AnswerCache(Strict, frozen=True, kw_only=True):
    """An answer is given again to the same question of people with the same rights.

    seconds: how long an answer is given again.
    counts: a question that is answered so counts in `limits` like any other.
    """

    seconds: Annotated[int, msgspec.Meta(ge=5, le=43_200)] = 300
    counts: bool = True
