"""How long an answer's pictures may take, and what of the answer is remembered."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from rag_on_dingtalk.answering.enclosed import Enclosed
from rag_on_dingtalk.answering.inquiry import Heard, Inquiry
from rag_on_dingtalk.backends.base import Ask, Text
from rag_on_dingtalk.config import AnythingLLM, Bot, DingTalkApp
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.model import Conversation, ConversationType, Exchange, Question, Sender
from rag_on_dingtalk.state.sessions import Session, fresh_session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.answering.budget import Allowance
    from rag_on_dingtalk.answering.parties import Servant
    from rag_on_dingtalk.answering.recall import Recall

QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m1",
    text="五楼在哪里？",
    message_type="text",
    sender=Sender("s1"),
    conversation=Conversation("c1", ConversationType.ONE_TO_ONE),
    asked_ms=0,
)
BOT = Bot(
    dingtalk=DingTalkApp(client_id="a", client_secret="env:S"),
    backend=AnythingLLM(base_url="https://kb.example", api_key="env:K", workspace="w"),
)
INLINE = "![平面图](data:image/png;base64,AAAA)"


class Memory:
    """Remembers one exchange."""

    def __init__(self) -> None:
        self.kept: Exchange | None = None

    async def load(self) -> Session:
        return fresh_session("s", 0)

    async def keep(self, _session: Session, _conversation_id: str, exchange: Exchange | None) -> None:
        self.kept = exchange


class Talker:
    """Says a sentence, and then nothing more if it `hangs`."""

    def __init__(self, words: str, *, hangs: bool) -> None:
        self._words = words
        self._hangs = hangs

    async def ask(self, _ask: Ask) -> AsyncGenerator[Text, None]:
        yield Text(self._words)
        if self._hangs:
            await asyncio.Event().wait()

    async def stop(self, _ask: Ask, _task_id: str) -> None:
        """It has stopped."""


class Patience:
    """Notes how many seconds there are for the answer's pictures."""

    def __init__(self) -> None:
        self.seconds = -1.0

    async def bring(self, _answer: str, _files: object, *, seconds: float, **_: Any) -> Enclosed:
        self.seconds = seconds
        return Enclosed()


class Desk:
    """An inquiry with everything around it."""

    def __init__(self, words: str, *, hangs: bool = False) -> None:
        self.memory = Memory()
        self.patience = Patience()
        files = SimpleNamespace(enclosures=self.patience)
        self._inquiry = Inquiry(
            QUESTION,
            cast("Servant", SimpleNamespace(bot=BOT, backend=Talker(words, hangs=hangs), files=files)),
            cast("Recall", self.memory),
            allowance=cast("Allowance", None),
            texts=Texts("zh"),
            log=lambda *_, **__: None,
        )

    async def put(self, *, seconds: float = 60.0, stopped: bool = False) -> Heard:
        async def stop() -> None:
            if not stopped:
                await asyncio.Event().wait()

        return await self._inquiry.put(stop(), seconds=seconds, on_text=lambda _: None)


async def test_pictures_have_the_time_that_the_answer_has_left() -> None:
    desk = Desk("见图。")

    assert (await desk.put()).failure is None

    assert 0 < desk.patience.seconds <= 60


@pytest.mark.parametrize(
    ("cut_off", "failure"),
    [({"seconds": 0.0}, FailureKind.DEADLINE), ({"stopped": True}, FailureKind.STOPPED)],
    ids=["deadline", "stopped"],
)
async def test_nobody_waits_for_pictures_of_an_answer_that_was_cut_off(
    cut_off: dict[str, Any], failure: FailureKind
) -> None:
    desk = Desk("见图。", hangs=True)

    assert (await desk.put(**cut_off)).failure is failure

    assert desk.patience.seconds <= 0


async def test_a_picture_that_stands_in_the_answer_is_remembered_by_its_description() -> None:
    desk = Desk(f"见图：{INLINE}")

    heard = await desk.put()

    assert heard.draft.text == f"见图：{INLINE}"
    assert heard.answer == "见图：平面图"
    assert desk.memory.kept == Exchange("五楼在哪里？", "见图：平面图")
