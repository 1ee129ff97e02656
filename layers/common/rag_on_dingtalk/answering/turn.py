"""The stages of a claimed turn: a command's reply, or ask → stream → close → remember."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk import messages
from rag_on_dingtalk.answering.ask import listen, listen_unless
from rag_on_dingtalk.answering.claim import lease_end
from rag_on_dingtalk.answering.commands import read_command
from rag_on_dingtalk.answering.deliver import deliver
from rag_on_dingtalk.answering.draft import Draft
from rag_on_dingtalk.answering.frames import FrameStream
from rag_on_dingtalk.answering.render import preview, render
from rag_on_dingtalk.answering.reply import Channels, Reply
from rag_on_dingtalk.backends.base import Ask, Backend
from rag_on_dingtalk.config import Bot
from rag_on_dingtalk.errors import BackendError, DingTalkError, FailureKind, LostClaimError, StateError
from rag_on_dingtalk.state.inbox import Inbox
from rag_on_dingtalk.state.sessions import Session, Sessions, fresh_session
from rag_on_dingtalk.state.turns import Record, Status, Timings, Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.answering.line import Standing
    from rag_on_dingtalk.model import Question
    from rag_on_dingtalk.telemetry.lines import LogLine

#: Closing the card and writing the record must fit in before FC ends the invocation.
CLOSING_SECONDS = 15.0

#: The person has the reply and nobody waits: a record that Tablestore did not take is written again.
_FINISH_AGAIN_SECONDS = (0.1, 0.4, 1.0)

#: Of a question that is given back to its asker.
_QUOTED_CHARACTERS = 500


class Servant(msgspec.Struct, frozen=True):
    """One bot, ready to work: its settings, its backend and its ways to reach people."""

    bot: Bot
    backend: Backend
    channels: Channels


class Invocation(msgspec.Struct, frozen=True):
    """One asynchronous invocation.

    owner: unique, also among retries of the same request.
    started_ms, deadline_ms: milliseconds since the epoch; FC ends the function at the deadline.
    """

    owner: str
    started_ms: int
    deadline_ms: int


class Memory(msgspec.Struct, frozen=True):
    """What is kept in Tablestore."""

    turns: Turns
    sessions: Sessions
    inbox: Inbox


class Turn:
    """One question whose claim is ours; `record` is how far it has come, for whoever must release it.

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
        self._invocation = invocation
        self._memory = memory
        self.record = record
        self._clock = clock
        self._log = log
        self._standing = standing
        self._session_id = standing.session_id
        self._reply = Reply(servant.channels, question, title=self._bot.title, log=log)
        self._writing = asyncio.Lock()
        self._finished = False
        self._note(timings=Timings(claimed=self._since_start()))

    async def renew(self, lease_seconds: float) -> None:
        """Keep the turn for so much longer.

        Raises:
            LostClaimError: too late, another invocation has it.
        """
        until = lease_end(self._clock(), lease_seconds, self._invocation.deadline_ms)
        self._note(lease_until=until)
        await self._save()
        try:
            await self._standing.renew()
        except StateError as error:
            self._log("place_not_renewed", level="WARNING", error=str(error))

    async def run(self) -> None:
        """Reply and write the record; a reply that an earlier attempt had ready is not asked for again.

        Raises:
            DingTalkError: no channel took the reply.
            LostClaimError: another invocation has the turn now.
        """
        if not self.record.parts:
            said = await self._fixed_reply()
            if said is not None:
                self._note(channel="message", answer=said, parts=(said,))
            elif await self._standing.wait_for_turn(self._tell_place, until_ms=self._closing_ms()):
                await self._ask()
            else:
                await self._card_out()
                self._note_reply(Draft(), FailureKind.QUEUED_TOO_LONG)
            self._note(status=Status.ANSWERING)
            await self._save()
        await self._hand_over()

    async def give_up(self) -> None:
        """Hand over the reply that was ready, or the sentence that there is none, with the question in it.

        Raises:
            DingTalkError, LostClaimError: as for `run`.
        """
        if not self.record.parts:
            await self._card_out()
            sentence = messages.text(
                "given_up", self._bot.language, question=self._question.text[:_QUOTED_CHARACTERS]
            )
            self._note(
                parts=(sentence,),
                answer=sentence,
                failure=FailureKind.INTERNAL.value,
                status=Status.ANSWERING,
            )
            await self._save()
        await self._hand_over()

    async def _hand_over(self) -> None:
        self.record = await deliver(self.record, self._reply, self._save_as)
        spent = self.record.calls + self._reply.calls
        timings = msgspec.structs.replace(self.record.timings, closed=self._since_start())
        self._note(calls=spent, timings=timings)
        await self._finish()

    async def _fixed_reply(self) -> str | None:
        """What to say without asking the backend, or None for a question."""
        language = self._bot.language
        if not self._question.text and self._question.message_type != "text":
            return messages.text("only_text", language)
        command = read_command(self._question.text)
        if command == "help":
            return messages.text("help", language, title=self._bot.title)
        if command == "new":
            return await self._new_session()
        if command == "stop":
            return await self._stop()
        return None

    async def _stop(self) -> str:
        try:
            found = await self._standing.lines.stop(self._session_id)
        except StateError as error:
            self._log("not_stopped", level="ERROR", error=str(error))
            return messages.failure(FailureKind.INTERNAL, self._bot.language)
        return messages.text("stopped" if found else "nothing_to_stop", self._bot.language)

    async def _new_session(self) -> str:
        try:
            await self._memory.sessions.restart(
                self._session_id, now_ms=self._clock(), idle_ms=self._idle_ms()
            )
        except StateError as error:
            self._log("session_not_saved", level="ERROR", error=str(error))
            return messages.failure(FailureKind.INTERNAL, self._bot.language)
        return messages.text("new_session", self._bot.language)

    async def _ask(self) -> None:
        """Card out and backend asked at the same time; afterwards the record holds the reply."""
        card = asyncio.ensure_future(self._card_out())
        frames = FrameStream(
            ready=card, show=self._show, mode=self._bot.streaming, clock=self._clock, log=self._log
        )
        first_piece = -1

        def _on_text(text: str) -> None:
            nonlocal first_piece
            if first_piece < 0:
                first_piece = self._since_start()
            frames.update(text)

        draft = Draft()
        try:
            session = await self._session()
            ask = Ask(
                text=self._question.text,
                session_key=session.key,
                conversation_id=session.conversation_id,
                user=self._session_id,
            )
            failure = await listen_unless(
                self._standing.wait_for_stop(),
                listen(
                    self._servant.backend,
                    ask,
                    draft,
                    seconds=(self._closing_ms() - self._clock()) / 1000,
                    on_text=_on_text,
                    log=self._log,
                ),
            )
        finally:
            await frames.stop()
            await card
        if failure in (FailureKind.STOPPED, FailureKind.DEADLINE):
            await self._stop_backend(ask, draft.task_id)
        await self._remember(session, draft)
        self._note_reply(draft, failure)
        self._note(
            timings=msgspec.structs.replace(
                self.record.timings,
                first_piece=first_piece,
                first_frame=frames.first_frame_ms - self._invocation.started_ms if frames.sent else -1,
            ),
        )

    async def _stop_backend(self, ask: Ask, task_id: str) -> None:
        try:
            await self._servant.backend.stop(ask, task_id)
        except BackendError as error:
            self._log("backend_not_stopped", level="WARNING", error=str(error))

    def _note_reply(self, draft: Draft, failure: FailureKind | None) -> None:
        language = self._bot.language
        answer = messages.text("nothing_found", language) if draft.stock_refusal else draft.text
        self._note(
            parts=tuple(render(answer, draft.citations, failure, language)),
            answer=answer,
            citations=draft.citations,
            failure=failure.value if failure else "",
            nothing_found=draft.nothing_found,
            backend_message_id=draft.message_id,
        )

    async def _tell_place(self, place: int) -> None:
        """Show the place in the line, once: every change would cost everybody who waits a call."""
        if await self._card_out():
            try:
                await self._reply.show_on_card(messages.text("waiting", self._bot.language, place=str(place)))
            except DingTalkError as error:
                self._log("frame_refused", level="WARNING", code=error.code, error=str(error))

    async def _card_out(self) -> bool:
        """Whether there is a card; an earlier attempt may have found out already."""
        if not self.record.channel:
            summary = messages.text("looking", self._bot.language)
            there = await self._reply.open_card(summary, resumed=self.record.attempt > 1)
            self._note(status=Status.CARD_OUT, channel="card" if there else "message")
            if not there:
                # A retry would find the card's id taken and trust in a card that nobody sees. One that is
                # there it finds by itself, which saves a write on every ordinary question.
                await self._save()
        return self.record.channel == "card"

    async def _show(self, text: str) -> None:
        await self._reply.show_on_card(preview(text))

    async def _session(self) -> Session:
        now_ms = self._clock()
        try:
            return await self._memory.sessions.load(self._session_id, now_ms=now_ms)
        except StateError as error:
            # An answer without memory is better than none.
            self._log("session_not_read", level="ERROR", error=str(error))
            return fresh_session(self._session_id, now_ms)

    async def _remember(self, session: Session, draft: Draft) -> None:
        used = msgspec.structs.replace(
            session, conversation_id=draft.conversation_id or session.conversation_id
        )
        try:
            kept = await self._memory.sessions.save(used, now_ms=self._clock(), idle_ms=self._idle_ms())
        except StateError as error:
            self._log("session_not_saved", level="ERROR", error=str(error))
        else:
            if not kept:
                self._log("session_replaced_meanwhile", session_id=self._session_id)

    async def _finish(self) -> None:
        record = self.record
        try:
            await self._finish_record(record)
        except (StateError, LostClaimError) as error:
            # The person has the answer; asking FC to try again would give it twice.
            self._log("not_recorded", level="ERROR", error=str(error))
        self._log(
            "answered",
            channel=record.channel,
            failure=record.failure,
            attempt=record.attempt,
            calls=record.calls,
            citations=len(record.citations),
            characters=len(record.answer),
            **msgspec.structs.asdict(record.timings),
        )

    async def _finish_record(self, record: Record) -> None:
        for pause in (*_FINISH_AGAIN_SECONDS, None):
            try:
                async with self._writing:
                    await self._memory.turns.finish(self._question, record)
                    self._finished = True
            except StateError:
                if pause is None:
                    raise
                # Not within the lock: meanwhile the claim must be renewed.
                await asyncio.sleep(pause)
            else:
                return

    def _note(self, **changes: object) -> None:
        self.record = msgspec.structs.replace(self.record, **changes)

    async def _save_as(self, record: Record) -> None:
        self.record = record
        await self._save()

    async def _save(self) -> None:
        try:
            # One write at a time, each of the newest record: an older one must not come last.
            async with self._writing:
                # A renewal that waited for the lock would open the finished turn again.
                if not self._finished:
                    await self._memory.turns.write(self._question, self.record)
        except StateError as error:
            # Only a crash before the next write would miss this one.
            self._log("not_recorded", level="WARNING", error=str(error))

    def _closing_ms(self) -> int:
        return self._invocation.deadline_ms - int(CLOSING_SECONDS * 1000)

    def _idle_ms(self) -> int:
        return int(self._bot.session.idle_minutes * 60_000)

    def _since_start(self) -> int:
        return self._clock() - self._invocation.started_ms
