"""What a person is told about limits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.access.limits.meters import PLACES
from rag_on_dingtalk.access.limits.windows import days_between, frees_at

if TYPE_CHECKING:
    from rag_on_dingtalk.access.limits.meters import Meter
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.settings.sections.limits import Limit
    from rag_on_dingtalk.texts import Texts


def reached(limit: Limit, question: Question, texts: Texts) -> str:
    """Which limit on questions it is, how many, and when it frees."""
    moment = frees_at(limit.per, question.asked_ms)
    day = "limit_tomorrow" if days_between(question.asked_ms, moment) else "limit_today"
    return texts.say(
        "limit_reached",
        who=texts.say(f"limit_{limit.scope}"),
        per=texts.say(f"limit_{limit.per}"),
        questions=str(limit.questions),
        frees=texts.say(day, time=f"{moment:%H:%M}"),
    )


def near(limit: Limit, texts: Texts) -> str:
    """That most of the questions are used."""
    return texts.say(
        "limit_near",
        who=texts.say(f"limit_{limit.scope}"),
        per=texts.say(f"limit_{limit.per}"),
        questions=str(limit.questions),
    )


def used(meter: Meter, count: int | None, texts: Texts) -> str:
    """One limit in a list; count: questions asked already, None: not known now, or a limit on places."""
    limit = meter.limit
    who = texts.say(f"limit_{limit.scope}")
    if meter.window == PLACES:
        return texts.say("whoami_places", who=who, places=str(limit.concurrent))
    return texts.say(
        "whoami_limit",
        who=who,
        per=texts.say(f"limit_{limit.per}"),
        questions=str(limit.questions),
        used=texts.say("not_known") if count is None else str(count),
    )


def no_place(limit: Limit, texts: Texts) -> str:
    """That too many answers were given at the same time for too long."""
    who = texts.say(f"limit_{limit.scope}")
    return texts.say("limit_places", who=who, places=str(limit.concurrent))


def waits(meter: Meter, texts: Texts) -> str:
    """That the question waits for a place."""
    return texts.say("limit_waiting", who=texts.say(f"limit_{meter.limit.scope}"))
