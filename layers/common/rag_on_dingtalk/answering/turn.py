"""The stages of a claimed turn: a command's reply, or line → ask → stream → hand over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.answering.claim import lease_end
from rag_on_dingtalk.answering.deliver import deliver
from rag_on_dingtalk.answering.draft import Draft
from rag_on_dingtalk.answering.enclosed import Enclosed
from rag_on_dingtalk.answering.fixed_reply import fixed_reply
from rag_on_dingtalk.answering.frames import FrameStream
from rag_on_dingtalk.answering.inquiry import Heard, Inquiry
from rag_on_dingtalk.answering.progress import Progress
from rag_on_dingtalk.answering.recall import Recall
from rag_on_dingtalk.answering.render import preview, render
from rag_on_dingtalk.answering.reply import Reply
from rag_on_dingtalk.errors import DingTalkError, FailureKind, StateError
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.state.turns import Record, Status, Timings

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.answering.line import Standing
    from rag_on_dingtalk.answering.parties import Invocation, Memory, Servant
    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.telemetry.lines import LogLine

#: A question whose turn comes later than so long before the end is not worth asking.
_WORTH_ASKING_MS = 20_000
#: So many fit on a card.
_SUGGESTIONS = 3
#: Of a question that is given back to its asker.
_QUOTED_CHARACTERS = 500


class Turn:
    """One question whose claim is ours.

    progress: how far it has come.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        question: Question,
        servant: Servant,
        invocation: Invocation,
        memory: Memory,
        record: Record,
        standing: Standing,
        *,
        clock: Callable[[], int],
        log: LogLine,
    ) -> None:
        self._question = question
        self._servant = servant
        self._bot = servant.bot
        self._texts = Texts(servant.bot.language, servant.bot.texts)
        self._invocation = invocation
        self._waiting_frames = 0
        self.deadline_ms = invocation.deadline_ms
        self._standing = standing
        self._clock = clock
        self._log = log
        self._reply = Reply(servant.channels, question, title=self._bot.title, log=log)
        self._recall = Recall(
            memory.sessions,
            standing.session_id,
            idle_minutes=self._bot.session.idle_minutes,
            exchanges=getattr(self._bot.backend, "history", 0),
            clock=clock,
            log=log,
        )
        self.progress = Progress(memory.turns, question, record, log)
        self.progress.note(timings=Timings(claimed=self._since_start()))

    async def renew(self, lease_seconds: float) -> None:
        """Keep the turn for so much longer.

        Raises:
            LostClaimError: too late, another invocation has it.
        """
        self.progress.note(lease_until=lease_end(self._clock(), lease_seconds, self._invocation.deadline_ms))
        await self.progress.save()
        try:
            await self._standing.renew()
        except StateError as error:
            self._log("place_not_renewed", level="WARNING", error=str(error))

    async def aclose(self) -> None:
        """Whatever came of it, nothing more is sent."""
        await self._reply.aclose()

    async def run(self) -> None:
        """Reply and write the record; a reply that an earlier attempt had ready is not asked for again.

        Raises:
            DingTalkError: no channel took the reply.
            LostClaimError: another invocation has the turn now.
        """
        if not self.progress.record.parts:
            until_ms = self._invocation.closing_ms - _WORTH_ASKING_MS
            said = await fixed_reply(
                self._question,
                self._bot,
                self._texts,
                recall=self._recall,
                lines=self._standing.lines,
                log=self._log,
            )
            if said is not None:
                self.progress.note(channel="message", answer=said, parts=(said,))
            elif not await self._standing.wait_for_turn(self._tell_place, until_ms=until_ms):
                await self._leave_unasked(FailureKind.QUEUED_TOO_LONG)
            elif self._standing.stopped.is_set():
                await self._leave_unasked(FailureKind.STOPPED)
            else:
                await self._ask()
        await self._hand_over()

    async def give_up(self) -> None:
        """Hand over the reply that was ready, or the sentence that there is none, with the question in it.

        Raises:
            DingTalkError, LostClaimError: as for `run`.
        """
        await self._standing.take_place()
        if not self.progress.record.parts:
            await self._card_out()
            asked = self._question.text[:_QUOTED_CHARACTERS]
            sentence = self._texts.say("given_up", question=asked)
            self.progress.note(parts=(sentence,), failure=FailureKind.INTERNAL.value)
        await self._hand_over()

    async def _hand_over(self) -> None:
        progress = self.progress
        if progress.record.status is not Status.ANSWERING:
            progress.note(status=Status.ANSWERING)
            await progress.save_patiently()
        progress.adopt(await deliver(progress.record, self._reply, progress.save))
        progress.note(
            calls=progress.record.calls + self._reply.calls,
            timings=msgspec.structs.replace(progress.record.timings, closed=self._since_start()),
        )
        await progress.finish()

    async def _leave_unasked(self, why: FailureKind) -> None:
        await self._card_out()
        self._note_reply(Heard(Draft(), why, Enclosed()))

    async def _ask(self) -> None:
        """Card out and backend asked at the same time; afterwards the record holds the reply."""
        card = asyncio.ensure_future(self._card_out())
        frames = FrameStream(
            ready=card,
            show=self._show,
            mode=self._bot.streaming,
            allowance=self._reply.allowance,
            clock=self._clock,
            log=self._log,
            spent=self._waiting_frames,
        )
        first_piece = -1

        def _on_text(text: str) -> None:
            nonlocal first_piece
            if first_piece < 0:
                first_piece = self._since_start()
            frames.update(text)

        inquiry = Inquiry(
            self._question,
            self._servant,
            self._recall,
            allowance=self._reply.allowance,
            texts=self._texts,
            log=self._log,
        )
        try:
            heard = await inquiry.put(
                self._standing.wait_for_stop(),
                seconds=(self._invocation.closing_ms - self._clock()) / 1000,
                on_text=_on_text,
            )
        finally:
            await frames.stop()
            await card
        self._note_reply(heard)
        shown = frames.first_frame_ms >= 0
        first_frame = frames.first_frame_ms - self._invocation.started_ms if shown else -1
        timings = self.progress.record.timings
        self.progress.note(
            timings=msgspec.structs.replace(timings, first_piece=first_piece, first_frame=first_frame)
        )

    def _note_reply(self, heard: Heard) -> None:
        bot, draft, failure = self._bot, heard.draft, heard.failure
        self.progress.note(
            parts=render(
                draft,
                failure,
                self._texts,
                reasoning=bot.reasoning,
                link=bot.sources.link,
                enclosed=heard.enclosed,
            ),
            files=heard.enclosed.files,
            answer=heard.answer,
            citations=draft.citations,
            failure=failure.value if failure else "",
            nothing_found=draft.nothing_found,
            suggestions=draft.suggestions[:_SUGGESTIONS] if failure is None else (),
            backend_message_id=draft.message_id,
        )

    async def _card_out(self) -> bool:
        """Whether there is a card; an earlier attempt may have found out already."""
        progress = self.progress
        if not progress.record.channel:
            summary = self._texts.say("looking")
            there = await self._reply.open_card(
                summary, mode=self._bot.streaming, resumed=progress.record.attempt > 1
            )
            progress.note(status=Status.CARD_OUT, channel="card" if there else "message")
            if not there:
                # A retry would find the card's id taken and trust in a card that nobody sees. One that is
                # there it finds by itself, which saves a write on every ordinary question.
                await progress.save_patiently()
        return progress.record.channel == "card"

    async def _show(self, text: str) -> None:
        await self._reply.show_on_card(preview(text, self._texts, reasoning=self._bot.reasoning))

    async def _tell_place(self, place: int) -> None:
        """Show the place in the line, once: every change would cost everybody who waits a call."""
        if await self._card_out():
            self._waiting_frames = 1
            try:
                await self._show(self._texts.say("waiting", place=str(place)))
            except DingTalkError as error:
                self._log("frame_refused", level="WARNING", code=error.code, error=str(error))

    def _since_start(self) -> int:
        return self._clock() - self._invocation.started_ms
