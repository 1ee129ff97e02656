"""What is kept for those who operate a bot, and how they are told."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.settings.strict import Strict


class Heartbeat(Strict, frozen=True, kw_only=True):
    """A question that every backend is asked once a day, though no person asks.

    question: one that the documents answer; what the answer says is not looked at.
    hour: of the day in China, from which on it is asked.
    """

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 7


class OperationsSettings(Strict, frozen=True, kw_only=True):
    """What operators see.

    group: openConversationId of the group that is told of incidents and gets the report; the robot is in it.
        Empty: the operators are told in private, and there is no report.
    report: when the group gets it, at nine in China: `daily` of yesterday, `weekly` on Mondays, or `off`.
    operators: staff ids of those who may take or silence an incident; empty: the administrators.
    slow_seconds: an answer whose first text comes later than this is slow.
    quiet_seconds: an incident is over when an answer succeeds this long after its last failure.
    keep_questions: keeps the first 500 characters of each question for 400 days, from which the most asked
        ones and the gaps of the documents are found. The answer's own record keeps all of it for 30 days.
    heartbeat: asks every backend once a day, and tells the operators when one does not answer.
    """

    group: str = ""
    report: Literal["daily", "weekly", "off"] = "daily"
    operators: tuple[str, ...] = ()
    slow_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 15.0
    quiet_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = 10.0
    keep_questions: bool = True
    heartbeat: Heartbeat | None = None
