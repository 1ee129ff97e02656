"""The card of one question: created once over all attempts, and relied on only when a record says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import anyio

from rag_on_dingtalk.dingtalk.cards.ai_card import fits_creation
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.errors import DingTalkError, StateError, UnreadableRowError
from rag_on_dingtalk.resilience.retry import retry, step
from rag_on_dingtalk.storage.turns.outcome import CardState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rag_on_dingtalk.delivery.reply_sender import ReplySender
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.storage.turns.outcome import Outcome

#: Between two tries of closing a card that only this invocation knows of, in seconds.
_PAUSES = (0.5, 2.0, 5.0)


class CardRecord(Protocol):
    """What the card needs of the turn's record.

    may_create_card: no earlier invocation has recorded one; no_card: what it means that this one has none.
    blind: the claim is recorded nowhere. away: Tablestore did not answer for a while, and another
        delivery may have answered without it.
    """

    outcome: Outcome
    may_create_card: bool
    no_card: CardState
    away: bool

    @property
    def blind(self) -> bool:
        """The claim is recorded nowhere."""
        ...

    def note(self, **changes: object) -> None:
        """Change the outcome in memory."""
        ...

    async def commit(self) -> None:
        """Return when Tablestore has confirmed the outcome."""
        ...

    async def is_named(self) -> bool:
        """Whether the turn's row says that the card stands in the chat."""
        ...

    def lift_fence(self) -> None:
        """Let calls leave although another invocation has the turn."""
        ...


class AnswerCard:
    """The card of one question.

    summary: what the list of chats shows until there is an answer.
    pointer: what a card says whose answer is a message.
    crowded: said to the asker when too many people ask for all to have cards.
    remember: keeps the key by which a reply to the card names it.
    watch: lets the card be looked for later, because its creation may have been on its way.
    sleep: seconds.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that a card may need
        self,
        record: CardRecord,
        sender: ReplySender,
        *,
        summary: str,
        pointer: str,
        crowded: str,
        remember: Callable[[str], Awaitable[None]],
        watch: Callable[[], Awaitable[None]],
        log: LogLine,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._record = record
        self._sender = sender
        self._summary = summary
        self._pointer = pointer
        self._crowded = crowded
        #: Cancels the creation as long as its call has not left.
        self._held: anyio.CancelScope | None = None
        self._withdrawn = self._waits = False
        self._remember = remember
        self.watch = watch
        self._sleep = sleep
        self._log = log
        #: It stands in the chat, created here while the claim was recorded nowhere. Of one that may be
        #: another invocation's nothing is known: it may be finished.
        self._created_blind = False

    async def open(self, *, ready: bool = False) -> bool:
        """Whether frames can be shown on a card that stands in the chat; creates it if none can be there.

        ready: the answer is there, and follows at once where there is no card.

        Raises:
            LostClaimError: another invocation has the turn.
            StateError: the claim is recorded nowhere and the card shows that an earlier attempt was here.
        """
        if self._record.may_create_card:
            state = await self._create(crowded="" if ready else self._crowded)
            if state is None:
                return False
            self._record.note(card=state)
            # The next owner may rely on the card, or must know that there is none.
            await self._record.commit()
            if state is CardState.DELIVERED:
                await self._remember(self._sender.card_key)
        return self._record.outcome.card is CardState.DELIVERED

    async def abandon(self) -> None:
        """Close the card if only this invocation knows of it: the answer is a message of another one.

        Never raises. Of a card that the turn's row names, its owner takes care, and may have put the answer
        there: a write of this invocation whose answer was lost has told it of the card.
        """
        if not (self._created_blind and self._record.blind):
            return

        def _pause(error: Exception, failed: int) -> float | None:
            retryable = not isinstance(error, DingTalkError) or error.retryable
            return step(failed, _PAUSES) if retryable and failed <= len(_PAUSES) else None

        async def _close() -> None:
            await self._sender.close_card(self._pointer, failed=False, suggestions=())

        try:
            if not await retry(self._record.is_named, on=StateError, pause=_pause, sleep=self._sleep):
                self._record.lift_fence()
                await retry(_close, on=DingTalkError, pause=_pause, sleep=self._sleep)
        except DingTalkError as error:
            self._log("unknown_card_not_closed", level="WARNING", code=error.code, error=str(error))
        except (StateError, UnreadableRowError) as error:
            # A card that stays open beside an answer is better than an answer that is overwritten.
            self._log("unknown_card_not_closed", level="WARNING", error=str(error))

    def withdraw(self) -> None:
        """The answer is ready: a card whose creation still waits for its place is created with it instead."""
        if self._held is not None and self._sender.cards_wait:
            self._withdrawn = True
            self._held.cancel()

    def waits_for(self, text: str, *, at_once: bool = False) -> bool:
        """Whether the card is created with this text in it, by `open_finished`, once the reply is recorded.

        One call instead of two, of which the second would wait once more.

        at_once: the reply was there before any card.
        """
        wanted = at_once or self._withdrawn
        self._waits = wanted and self._record.may_create_card and fits_creation(text)
        if self._waits:
            # From the next commit on it may be there.
            self._record.note(card=CardState.UNKNOWN)
        return self._waits

    async def open_finished(self) -> bool:
        """Create a card that waits for that with the reply's first part in it, and nothing follows on it.

        False: it was to be created, and does not stand in the chat for certain.

        Raises:
            StateError: as for `open`.
        """
        if not self._waits:
            return True
        self._waits = False
        state = await self._create(text=self._record.outcome.parts[0])
        if state is CardState.DELIVERED:
            self._record.note(card=state, sent=1)
            await self._remember(self._sender.card_key)
            return True
        self._record.note(card=state)
        return False

    async def _create(self, *, text: str = "", crowded: str = "") -> CardState | None:
        """What became of the creation; None: it was withdrawn before it left."""
        self._record.may_create_card = False

        def _leaving() -> None:
            self._held = None
            # Of a card that is created when its call was given up, no one would know that it is there.
            held.shield = self._record.blind

        with anyio.CancelScope() as held:
            # Of a whole reply nothing can be withdrawn.
            self._held = None if text else held
            try:
                state = await self._sender.open_card(
                    self._summary, text=text, crowded=crowded, leaving=_leaving
                )
            finally:
                self._held = None
        if held.cancelled_caught:
            self._record.may_create_card = True
            return None
        self._created_blind = state is CardState.DELIVERED and self._record.blind
        if state is CardState.UNKNOWN and self._record.blind:
            # If another invocation finishes the turn meanwhile, it may know of no card.
            await self.watch()
            raise StateError(
                "unreachable", "the question may have been answered before; it is tried again later"
            )
        return self._record.no_card if state is CardState.NONE else state

    async def show(self, text: Callable[[], str], *, priority: Priority = Priority.FRAME) -> None:
        """Overwrite the card with an unfinished answer.

        text: called when the frame leaves, after any waiting.

        Raises:
            DingTalkError: this frame was refused; the next one holds its text.
        """
        await self._sender.show_on_card(text, priority)
