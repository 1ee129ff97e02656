"""Stage: ask the bot's backend, show the answer while it grows, remember the exchange."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.conversations.waiting import taken
from rag_on_dingtalk.delivery.card_stream import CardStream
from rag_on_dingtalk.dingtalk.cards.ai_card import fits_creation
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Exchange
from rag_on_dingtalk.pipeline.asking.hearing import hear, may_be_asked_elsewhere
from rag_on_dingtalk.pipeline.asking.tiers import turn_to_another, with_route
from rag_on_dingtalk.pipeline.reply import Reply
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.prepared import Prepared, prepare
from rag_on_dingtalk.rendering.render import preview, render
from rag_on_dingtalk.rendering.uploaded_media import UploadedMedia
from rag_on_dingtalk.resilience.beside import beside
from rag_on_dingtalk.resilience.off_loop import off_loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.pipeline.checks.safety_out import AnswerGuard
    from rag_on_dingtalk.pipeline.context import TurnContext

#: Another question with the same files would fail like this one.
_OF_FILES = (
    FailureKind.FILE_LOST,
    FailureKind.FILE_TOO_LARGE,
    FailureKind.FILE_REFUSED,
    FailureKind.BAD_INPUT,
)
#: Of an answer, in the session and in the turn's row: a column of Tablestore has 2 MB.
_KEPT_CHARACTERS = 20_000
#: Suggestion buttons in the card template.
_SUGGESTIONS = 3


class GenerationResult(msgspec.Struct, frozen=True):
    """What came back from the backend.

    prepared: the draft's answer, read once for all that is made of it.
    failure: why the draft is not whole; None: it is.
    words: the answer's, with words in the place of pictures that stand in it themselves.
    """

    draft: Draft
    prepared: Prepared
    failure: FailureKind | None
    media: UploadedMedia
    words: str = ""


async def generate(context: TurnContext) -> Reply:
    """The backend's answer. The card is created and the backend asked at the same time.

    Raises:
        LostClaimError: another invocation has the turn.
    """
    settings = context.settings
    stream = CardStream(
        opened=context.card.open,
        show=partial(_show, context),
        pace=context.sender.reservation,
        clock=context.clock,
        log=context.log,
        spent=context.frames_spent,
    )
    guard = _guard(context, stream.update)
    first_piece, judged = -1, ""

    def _on_text(text: Callable[[], str]) -> None:
        nonlocal first_piece, judged
        if first_piece < 0:
            if not text():
                # Reasoning that is not shown.
                return
            first_piece = context.since_start()
        if guard is None:
            stream.changed(text)
        elif judged != (judged := text()):
            guard.take(judged)

    async with beside(stream.run):
        result = await _ask(context, stream, guard, on_text=_on_text)
    shown = stream.first_frame_ms >= 0
    draft, failure = result.draft, result.failure
    if draft.usage is not None:
        context.fact(prompt_tokens=draft.usage.prompt_tokens, completion_tokens=draft.usage.completion_tokens)
    rendering = partial(
        render,
        draft,
        failure,
        context.texts,
        reasoning=settings.reasoning,
        link=settings.sources.link,
        enclosed=result.media,
        prepared=result.prepared,
    )
    parts = await off_loop(rendering, size=draft.size)
    return Reply(
        parts=_with_route(context, parts) if failure is None else parts,
        failure=failure,
        answer=result.words,
        citations=draft.citations,
        files=result.media.files,
        suggestions=draft.suggestions[:_SUGGESTIONS] if failure is None else (),
        nothing_found=draft.nothing_found,
        backend_message_id=draft.message_id,
        first_piece=first_piece,
        first_frame=stream.first_frame_ms - context.times.started_ms if shown else -1,
    )


def _guard(context: TurnContext, show: Callable[[str], None]) -> AnswerGuard | None:
    if context.bot.safety is None:
        return None
    from rag_on_dingtalk.pipeline.checks.safety_out import AnswerGuard  # most bots look for nothing

    return AnswerGuard(context, context.bot.safety, show)


def _with_route(context: TurnContext, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Says which route the answer came by, and why, where the bot is to."""
    settings, texts = context.settings, context.texts
    if context.judged is None:
        return parts
    route, why = context.judged.decision.route, str(context.record.outcome.facts.get("routed", ""))
    if settings.explain_route and why:
        named = texts.say("from_route_because", route=route, why=texts.say(f"routed_{why}"))
    elif settings.name_route:
        named = texts.say("from_route", route=route)
    else:
        return parts
    return (f"{parts[0]}\n\n{named}", *parts[1:])


async def _show(context: TurnContext, text: Callable[[], str]) -> None:
    await context.card.show(lambda: preview(text()))


async def _ask(
    context: TurnContext,
    stream: CardStream,
    guard: AnswerGuard | None,
    *,
    on_text: Callable[[Callable[[], str]], None],
) -> GenerationResult:
    """Ask, listen, remember, and bring the answer's pictures along, all before the closing time."""
    loop_time = asyncio.get_running_loop().time
    until = loop_time() + (context.times.closing_ms - context.clock()) / 1000
    heard = await hear(context, guard, until=until, on_text=on_text)
    if may_be_asked_elsewhere(heard, until - loop_time()) and turn_to_another(context):
        # The answer is another route's, and so not for those who wait for this one's.
        await context.lead_no_more()
        heard = await hear(context, guard, until=until, on_text=on_text)
    question, session, draft, failure = context.question, heard.session, heard.draft, heard.failure
    conversation_id = draft.conversation_id
    if guard is None:
        prepared = await off_loop(partial(prepare, draft, context.texts), size=draft.size)
    else:
        draft, prepared = await guard.finish(draft)
        failure = guard.failure or failure
    if failure is None and not (prepared.text.strip() or draft.files):
        failure = FailureKind.EMPTY
    words = prepared.words[:_KEPT_CHARACTERS]
    # The session is stored before the answer leaves: the next question may come as soon as it is seen.
    said = Exchange(heard.ask.text, words) if failure is None else None
    # What DingTalk no longer has, or the backend does not take, must not spoil the next question, too.
    session = taken(session, question) if said or failure in _OF_FILES else session
    await context.memory.keep(with_route(context, session), conversation_id, said)
    # What is left after that belongs to closing the card; a person who stops an answer waits no longer.
    left = 0.0 if failure is FailureKind.STOPPED else until - loop_time()
    media = await context.knowledge.uploader.upload(
        prepared.document.card,
        draft.files,
        inline=prepared.pictures,
        seconds=left,
        reservation=context.sender.reservation,
        log=context.log,
    )
    if failure is None and fits_creation(prepared.text):
        # A card that still waits for its place is created with the answer in it.
        context.card.withdraw()
    # No frame may be in flight when the final one leaves.
    await stream.stop()
    return GenerationResult(draft, prepared, failure, media, words)
