"""The last of a question: its row and its counts, once its reply is out and that is recorded.

Nothing here can change or delay an answer: it has been delivered, the turn is finished and the queue has gone
on. A question whose invocation is killed between the two is not counted; its row in `turns` has all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from rag_on_dingtalk.errors import FailureKind, StateError
from rag_on_dingtalk.observability.events import MOST_CHARACTERS, QuestionEvent

if TYPE_CHECKING:
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.storage.journal.questions import Questions
    from rag_on_dingtalk.storage.turns.outcome import Outcome

#: An invocation waits no longer for it: the numbers are not worth the seconds.
_SECONDS = 3.0
#: Stages whose reply is a refusal.
_REFUSING = frozenset(("access", "access_after_waiting", "limits", "safety_in"))
#: Facts that stages may note, by their names in QuestionEvent.
_NOTED = ("cache", "routed", "skill", "expert", "prompt_tokens", "completion_tokens")


def event_of(
    question: Question, outcome: Outcome, settings: Bot, *, attempt: int, started_ms: int
) -> QuestionEvent:
    """What is said of a finished question. Pure.

    attempt, started_ms: of the invocation that finished it.
    """
    facts, times = outcome.facts, outcome.timings
    stage = str(facts.get("stage", ""))
    until_claimed = max(started_ms + max(times.claimed, 0) - question.asked_ms, 0)
    total = max(started_ms + max(times.closed, 0) - question.asked_ms, 0)
    shown = max(started_ms + times.first_frame - question.asked_ms, 0) if times.first_frame >= 0 else total
    return QuestionEvent(
        turn_id=question.turn_id,
        bot=question.bot,
        asked_ms=question.asked_ms,
        asker=question.sender.key,
        chat="group" if question.conversation.is_group else "private",
        conversation=question.conversation.id,
        question=question.text[:MOST_CHARACTERS] if settings.operations.keep_questions else "",
        message_type=question.message_type,
        outcome=_outcome_of(outcome, stage),
        failure=outcome.failure,
        backend=_kind_of_backend(settings, outcome.route) if stage == "generate" else "",
        route=outcome.route,
        rule=str(facts.get("rule", "") or (stage if stage in _REFUSING else "")),
        arm=outcome.decided.arm if outcome.decided is not None else "",
        channel=outcome.channel,
        attempt=attempt,
        waited_ms=until_claimed,
        first_text_ms=shown,
        total_ms=total,
        citations=len(outcome.citations),
        characters=len(outcome.answer),
        attachments=len(question.attachments),
        repeated=int(bool(question.repeats)),
        calls=outcome.calls,
        **{name: facts[name] for name in _NOTED if name in facts},  # type: ignore[arg-type]  # as noted
    )


async def remember(questions: Questions, event: QuestionEvent, log: LogLine) -> None:
    """Write the row and the counts. Never raises: it is a log line when that fails."""
    try:
        with anyio.fail_after(_SECONDS):
            failed = await questions.remember(event)
    except (StateError, TimeoutError) as error:
        failed = [f"{type(error).__name__}: {error}"]
    except Exception as error:  # noqa: BLE001 - numbers must not break what has been answered
        failed = [type(error).__name__]
    if failed:
        log("not_counted", level="WARNING", error="; ".join(failed))


def _outcome_of(outcome: Outcome, stage: str) -> str:
    if stage in _REFUSING:
        return "refused"
    if outcome.failure:
        return "stopped" if outcome.failure == FailureKind.STOPPED.value else "failed"
    if outcome.nothing_found:
        return "nothing_found"
    return "answered" if stage in ("", "generate", "answer_cache", "skills") else stage


def _kind_of_backend(settings: Bot, route: str) -> str:
    used = next((one.use for one in settings.all_routes if one.name == route), "")
    backend = settings.all_backends.get(used) or settings.main_backend
    return str(type(backend).__struct_config__.tag)
