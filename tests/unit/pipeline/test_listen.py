"""Asking a backend: again only where nothing was begun, and with a line in the log for what was odd."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from rag_on_dingtalk.backends.base import Anomaly, AnswerFile, Ask, Reasoning, Replacement, Text
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.pipeline.asking.listen import listen
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.resilience.beside import unless

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rag_on_dingtalk.backends.base import AnswerPart, Backend

ASK = Ask(text="年假有几天？", session_key="s")
GOOD: list[Any] = [Text("十天。")]


def failed(kind: FailureKind = FailureKind.UPSTREAM, **marks: bool) -> BackendError:
    return BackendError(kind, "scripted", **marks)


class Scripted:
    """Says the next script for each question."""

    def __init__(self, *scripts: list[Any]) -> None:
        self.scripts = list(scripts)
        self.asked = 0

    async def ask(self, _ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        self.asked += 1
        for step in self.scripts.pop(0):
            if isinstance(step, Exception):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step


class Listener:
    def __init__(self, *scripts: list[Any], **settings: Any) -> None:
        self.backend = Scripted(*scripts)
        self.draft = Draft(**settings)
        self.lines: list[tuple[str, dict[str, Any]]] = []
        self.told: list[str] = []
        self._spoke = asyncio.Event()

    async def spoke(self) -> None:
        await self._spoke.wait()

    def _tell(self, draft: Draft) -> None:
        self.told.append(draft.text)
        self._spoke.set()

    async def listen(self) -> FailureKind | None:
        async def prepare() -> Ask:
            return ASK

        return await listen(
            cast("Backend", self.backend),
            prepare,
            self.draft,
            seconds=30.0,
            sleep=lambda _: asyncio.sleep(0),
            on_text=self._tell,
            log=lambda message, **fields: self.lines.append((message, fields)),
        )


@pytest.mark.parametrize("kind", [FailureKind.BUSY, FailureKind.UPSTREAM, FailureKind.UNREACHABLE])
async def test_a_passing_failure_before_anything_was_begun_is_asked_again(kind: FailureKind) -> None:
    listener = Listener([failed(kind)], GOOD)

    assert await listener.listen() is None
    assert (listener.backend.asked, listener.draft.text) == (2, "十天。")


@pytest.mark.parametrize(
    "script",
    [
        [failed(begun=True)],
        [failed(verdict=True)],
        [failed(FailureKind.BUSY, begun=True)],
        [Reasoning("想"), failed()],
        [Text("<think>想"), failed()],
        [Text("十"), failed()],
        [failed(FailureKind.FORM)],
        [failed(FailureKind.QUOTA)],
        [failed(FailureKind.TIMEOUT)],
        [failed(FailureKind.CUT_SHORT)],
    ],
)
async def test_everything_else_is_asked_once(script: list[Any]) -> None:
    listener = Listener(script, GOOD)

    assert await listener.listen() is not None
    assert listener.backend.asked == 1


async def test_what_is_odd_about_an_answer_is_logged_and_not_shown() -> None:
    odd = [Anomaly("unreadable", "64 characters", lost=True), Anomaly("unreadable", "3 characters")]
    listener = Listener([Text("十"), *odd, Text("天。")])

    assert await listener.listen() is None
    assert listener.lines == [
        (
            "backend_anomaly",
            {"level": "WARNING", "what": "unreadable", "detail": "64 characters", "count": 2, "lost": 1},
        )
    ]
    assert listener.told == ["十", "十天。"]


async def test_a_stream_of_oddities_does_not_fill_the_log() -> None:
    listener = Listener([*[Anomaly("stray")] * 1_000, *GOOD])

    await listener.listen()

    assert [fields["count"] for _, fields in listener.lines] == [1_000]


async def test_nothing_above_the_sentence_is_no_interruption() -> None:
    listener = Listener([Text("<think>想到一半"), failed(FailureKind.INTERRUPTED, begun=True)])

    assert await listener.listen() is FailureKind.UPSTREAM


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ([Text("<think>只有想")], FailureKind.EMPTY),
        ([Text(" \n")], FailureKind.EMPTY),
        ([AnswerFile("http://kb/a.png", picture=True)], None),
    ],
)
async def test_an_answer_is_empty_when_it_shows_nothing(
    script: list[Any], failure: FailureKind | None
) -> None:
    assert await Listener(script).listen() is failure


async def test_a_stopped_answer_keeps_what_was_held_back() -> None:
    listener = Listener([Text("1 < 2 <thin"), asyncio.Event()])

    stopped: FailureKind | None = FailureKind.STOPPED
    assert await unless(listener.spoke, listener.listen, instead=stopped) is FailureKind.STOPPED
    assert listener.draft.text == "1 < 2 <thin"


async def test_a_model_that_starts_open_shows_no_word_of_its_reasoning() -> None:
    pieces = [Text("内部评分"), Text("不要说"), Text("</think>十"), Text("天。")]
    listener = Listener(pieces, starts_open=True)

    assert await listener.listen() is None
    assert [one for one in listener.told if one] == ["十", "十天。"]


async def test_a_long_answer_is_not_joined_for_every_piece() -> None:
    listener = Listener([Text("字" * 1_000)] * 200)

    assert await listener.listen() is None
    assert len(listener.draft.text) == 200_000
    assert len(listener.told) <= 60


LONG = (
    "<think>先查年假。</think>"
    + "年假有 **十** 天，见[制度](https://kb.example.com/a)。\n\n```\n<think>\n```\n" * 5_000
)


@pytest.mark.parametrize("part", [Text(LONG), Replacement(LONG)])
async def test_the_others_go_on_while_one_long_piece_is_read(part: AnswerPart) -> None:
    listener = Listener([part])
    turns = 0

    async def beside() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(beside())
    failure = await listener.listen()
    other.cancel()

    whole = Draft(text=LONG)
    assert failure is None
    assert (listener.draft.text, listener.draft.reasoning) == (whole.text, whole.reasoning)
    # It is read in 32 pieces; the loop turns between two of them.
    assert turns > 20


async def test_a_long_replacement_by_the_same_words_changes_nothing() -> None:
    text = "年假有十天。" * 5_000
    listener = Listener([Text(text), Replacement(text)])

    await listener.listen()

    assert listener.told == [text]
