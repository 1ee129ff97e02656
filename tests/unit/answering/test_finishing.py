"""The last write of a turn's record: it lands, and nothing comes after it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from rag_on_dingtalk.answering import progress as module
from rag_on_dingtalk.answering.budget import CallBudget
from rag_on_dingtalk.answering.parties import Invocation, Memory, Servant
from rag_on_dingtalk.answering.turn import Turn
from rag_on_dingtalk.config import AnythingLLM, Bot, Budget, DingTalkApp
from rag_on_dingtalk.errors import StateError
from rag_on_dingtalk.model import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.state.turns import Record, Status

if TYPE_CHECKING:
    import pytest

    from rag_on_dingtalk.answering.line import Standing
    from rag_on_dingtalk.answering.parties import Files
    from rag_on_dingtalk.answering.reply import Channels
    from rag_on_dingtalk.backends.base import Backend
    from rag_on_dingtalk.state.inbox import Inbox
    from rag_on_dingtalk.state.sessions import Sessions
    from rag_on_dingtalk.state.turns import Turns

QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m1",
    text="年假有几天？",
    message_type="text",
    sender=Sender("s1"),
    conversation=Conversation("c1", ConversationType.ONE_TO_ONE),
    asked_ms=0,
)
#: All of the reply is out already; what is left is to record that.
DELIVERED = Record(
    owner="me", lease_until=1_000, status=Status.ANSWERING, channel="card", parts=("5 天。",), sent=1
)


class RecordingTurns:
    """Remembers what was written, in order; `refusals` finishes fail first."""

    def __init__(self, refusals: int = 0) -> None:
        self.written: list[str] = []
        self.finishing = asyncio.Event()
        self.go_on = asyncio.Event()
        self._refusals = refusals

    async def write(self, _question: Question, record: Record) -> None:
        self.written.append(record.status.value)

    async def finish(self, _question: Question, _record: Record) -> None:
        self.finishing.set()
        await self.go_on.wait()
        if self._refusals:
            self._refusals -= 1
            raise StateError("unreachable", "dropped", ambiguous=True)
        self.written.append("finished")


def turn_with(turns: RecordingTurns) -> Turn:
    async def renew() -> None:
        return

    bot = Bot(
        title="员工手册助手",
        dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET"),
        backend=AnythingLLM(base_url="http://127.0.0.1", api_key="env:KEY", workspace="handbook"),
    )
    # Nothing is left to be sent.
    channels = SimpleNamespace(
        api=SimpleNamespace(charged_to=lambda _: None),
        cards=None,
        budget=CallBudget(Budget(monthly_calls=None), None, clock=lambda: 0, log=lambda *_, **__: None),
    )
    return Turn(
        QUESTION,
        Servant(
            bot=bot,
            backend=cast("Backend", None),
            channels=cast("Channels", channels),
            files=cast("Files", None),
        ),
        Invocation("me", started_ms=0, deadline_ms=300_000),
        Memory(turns=cast("Turns", turns), sessions=cast("Sessions", None), inbox=cast("Inbox", None)),
        DELIVERED,
        cast("Standing", SimpleNamespace(session_id="s1", renew=renew)),
        clock=lambda: 0,
        log=lambda *_, **__: None,
    )


async def test_a_renewal_that_waited_does_not_open_a_finished_turn_again() -> None:
    turns = RecordingTurns()
    turn = turn_with(turns)
    running = asyncio.create_task(turn.run())
    await turns.finishing.wait()
    renewing = asyncio.create_task(turn.renew(30))
    turns.go_on.set()
    await asyncio.gather(running, renewing)

    assert turns.written == ["finished"]


async def test_going_on_from_an_older_record_keeps_the_renewed_claim() -> None:
    turn = turn_with(RecordingTurns())
    turn.progress.note(lease_until=9_000)

    turn.progress.adopt(DELIVERED)

    assert turn.progress.record.lease_until == 9_000


async def test_a_finish_that_tablestore_did_not_take_is_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_FINISH_AGAIN_SECONDS", (0.0, 0.0))
    turns = RecordingTurns(refusals=2)
    turns.go_on.set()
    await turn_with(turns).run()

    assert turns.written == ["finished"]


async def test_a_finish_that_never_lands_does_not_cost_the_invocation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The person has the reply: what raises here would make FC give it once more.
    monkeypatch.setattr(module, "_FINISH_AGAIN_SECONDS", (0.0, 0.0))
    turns = RecordingTurns(refusals=3)
    turns.go_on.set()
    await turn_with(turns).run()

    assert turns.written == []
