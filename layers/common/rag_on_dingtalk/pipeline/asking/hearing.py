"""Asking the backend of the question's route, and listening to it until it is over."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import anyio
import msgspec

from rag_on_dingtalk.backends.base import Ask
from rag_on_dingtalk.conversations.waiting import waiting_for
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.pipeline.asking.attachments import accepted, fetch_attachments, most_bytes
from rag_on_dingtalk.pipeline.asking.listen import listen
from rag_on_dingtalk.pipeline.asking.redaction import redacted
from rag_on_dingtalk.pipeline.asking.tiers import OF_A_BACKEND
from rag_on_dingtalk.pipeline.checks.uploads import safe_uploads
from rag_on_dingtalk.pipeline.wording.question_text import text_for_model, with_dates_explained, with_unheard
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.resilience.beside import unless
from rag_on_dingtalk.storage.conversations.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.models.answer import Exchange
    from rag_on_dingtalk.models.question import Attachment
    from rag_on_dingtalk.pipeline.checks.safety_out import AnswerGuard
    from rag_on_dingtalk.pipeline.context import TurnContext

#: How long a backend is given to hear that its answer is no longer wanted.
_STOP_SECONDS = 2.0
#: The backend goes on with an answer that is no longer wanted.
_CUT_OFF = (FailureKind.STOPPED, FailureKind.DEADLINE, FailureKind.ANSWER_BLOCKED, FailureKind.UNCHECKED)
#: Less time than this is not enough for another backend.
_WORTH_ASKING_SECONDS = 10.0


class Asked(msgspec.Struct, frozen=True):
    """What a backend was asked and has said.

    session: in which it was asked. failure: why the draft is not whole; None: it is.
    """

    session: Session
    ask: Ask
    draft: Draft
    failure: FailureKind | None


async def hear(
    context: TurnContext,
    guard: AnswerGuard | None,
    *,
    until: float,
    on_text: Callable[[Callable[[], str]], None],
) -> Asked:
    """Ask and listen.

    until: the loop's time at which the answer that has come by then is all there is.
    on_text: given, with each piece, what tells how much of the growing answer is to be shown.
    """
    loop_time = asyncio.get_running_loop().time
    question, settings = context.question, context.settings
    attachments = accepted(question, settings.files)
    session = await _session(context)
    attachments += waiting_for(
        session, question, len(attachments), context.clock(), settings.session.picture_minutes
    )
    if session.asked:
        # What was said before is a part of the answer.
        await context.lead_no_more()
    ask = _ask_in(context, session, attachments)
    draft = Draft.of(context.knowledge.settings)
    stopped: FailureKind | None = FailureKind.STOPPED
    async with AsyncExitStack() as held:
        listening = partial(
            listen,
            context.knowledge.backend,
            partial(_with_uploads, context, ask, attachments, held),
            draft,
            seconds=until - loop_time(),
            on_text=lambda growing: on_text(partial(_shown, context, growing)),
            log=context.log,
        )
        work = listening if guard is None else partial(guard.until_blocked, listening)
        failure = await unless(context.ticket.wait_for_stop, work, instead=stopped)
    if failure in _CUT_OFF:
        await _stop(context, ask, draft.task_id)
    return Asked(session, ask, draft, failure)


def may_be_asked_elsewhere(heard: Asked, seconds: float) -> bool:
    """Whether the backend failed before its first word, and there is time for another one."""
    return heard.failure in OF_A_BACKEND and not heard.draft.size and seconds > _WORTH_ASKING_SECONDS


async def _session(context: TurnContext) -> Session:
    """As the backend that is asked now knows it."""
    session = context.session
    if session is None:
        session = await context.memory.load(context.remembered_for)
    context.session = session.on(context.remembered_for)
    return context.session


def _shown(context: TurnContext, growing: Draft) -> str:
    return growing.shown(context.settings.reasoning, label=context.texts.say("reasoning"))


def _ask_in(context: TurnContext, session: Session, attachments: tuple[Attachment, ...]) -> Ask:
    question = with_dates_explained(context.question) if context.settings.explain_dates else context.question
    text = text_for_model(question, attachments, context.texts)
    # Who asks the same anew wants no earlier answer as a part of it.
    unheard = () if question.repeats else session.unheard
    return Ask(
        text=with_unheard(unheard, text, context.texts),
        session_key=session.key,
        conversation_id=session.conversation_id,
        user=session.session_id,
        user_name=question.sender.nick if context.settings.share_name else "",
        history=_window(context, session),
        trace_id=question.turn_id,
    )


def _window(context: TurnContext, session: Session) -> tuple[Exchange, ...]:
    """The exchanges this backend takes; the session keeps as many as the one that takes most."""
    most = getattr(context.knowledge.settings, "history", 0)
    return session.exchanges[-most:] if most else ()


async def _with_uploads(
    context: TurnContext, ask: Ask, attachments: tuple[Attachment, ...], held: AsyncExitStack
) -> Ask:
    """The question with its files; their bytes are held until `held` is closed."""
    if not attachments:
        return ask
    # For all of them at once: a question that held one while it waited for room for the next could wait for
    # another that does the same.
    most = most_bytes(context.settings.files)
    hold = await held.enter_async_context(context.bot.in_flight.hold(most))
    media = context.bot.media.charged_to(context.sender.reservation)
    uploads = await fetch_attachments(attachments, context.settings.files, media, context.bot.downloads)
    hold.shrink(sum(len(upload.data) for upload in uploads))
    if context.bot.safety is not None:
        uploads = await safe_uploads(uploads, context.bot.safety)
    return msgspec.structs.replace(ask, uploads=uploads)


async def _stop(context: TurnContext, ask: Ask, task_id: str) -> None:
    try:
        # The partial answer is not delivered yet; a backend that hangs in stop() must not lose it.
        with anyio.fail_after(_STOP_SECONDS):
            await context.knowledge.backend.stop(ask, task_id)
    except (BackendError, TimeoutError) as error:
        context.log("backend_not_stopped", level="WARNING", error=redacted(str(error), ask.text))
