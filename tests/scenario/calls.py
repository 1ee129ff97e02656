"""Bots whose model speaks at a given pace, and what DingTalk's side counted of their answers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from devserver.own_words import POINTER
from devserver.settings import Settings
from devserver.system import LocalSystem
from emulators.dingtalk import Person
from emulators.serving import LoopbackServer
from tests.scenario.conftest import Chat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from starlette.requests import Request
    from uvicorn._types import ASGIApplication

    from emulators.dingtalk.organisation.ledger import Call

ANSWERING = "rag-on-dingtalk-async-answer"

_SENTENCE = "差旅费用按照实际发生的金额凭票据报销。"


@dataclass(frozen=True)
class Pace:
    """How an answer is written: in equal pieces, the same time before each.

    together: no answer begins before this many have been asked for.
    """

    characters: int
    pieces: int = 1
    seconds: float = 0.0
    together: int = 1

    def answer(self, question: str) -> str:
        """The whole answer; it names its question."""
        filling = _SENTENCE * (self.characters // len(_SENTENCE) + 1)
        return f"关于“{question}”：{filling}"[: self.characters]


class PacedModel:
    """An OpenAI-compatible server that keeps to a pace.

    Source of the stream's shape: OpenAI API reference, "Chat Completions streaming".
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._asked = 0
        self._all_asked = asyncio.Event()
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        self.server = LoopbackServer(cast("ASGIApplication", app))

    async def _complete(self, request: Request) -> Response:
        chat = await request.json()
        answer = self._pace.answer(chat["messages"][-1]["content"])
        return StreamingResponse(self._events(answer), media_type="text/event-stream")

    async def _events(self, answer: str) -> AsyncIterator[bytes]:
        self._asked += 1
        if self._asked >= self._pace.together:
            self._all_asked.set()
        await self._all_asked.wait()
        loop = asyncio.get_running_loop()
        began, size = loop.time(), -(-len(answer) // self._pace.pieces)
        for number in range(1, self._pace.pieces + 1):
            # Late pieces do not make the next ones late.
            due = began + self._pace.seconds * number / self._pace.pieces
            await asyncio.sleep(max(due - loop.time(), 0))
            yield _event({"content": answer[size * (number - 1) : size * number]})
        yield b"data: [DONE]\n\n"


@asynccontextmanager
async def running(
    folder: Path, pace: Pace, bots: Mapping[str, Mapping[str, Any]], *, monthly_calls: int = 5_000
) -> AsyncIterator[LocalSystem]:
    """A system of its own with DingTalk's limits; each bot is an app of its own.

    bots: name → what is set besides the app and the backend.
    monthly_calls: of the organisation, and in the budget of every bot.
    """
    model = PacedModel(pace)
    await model.server.start()
    try:
        file = folder / "bots.yaml"
        # YAML takes JSON.
        file.write_text(json.dumps(_settings(bots, model.server.url, monthly_calls)), encoding="utf-8")
        system = LocalSystem(
            Settings(bots=file, monthly_calls=monthly_calls, environ={"OPENAI_API_KEY": "any"})
        )
        await system.start()
        try:
            yield system
        finally:
            await system.stop()
    finally:
        await model.server.stop()


def private_chats(system: LocalSystem, bot: str, number: int) -> list[Chat]:
    """Private chats of `number` new people with a bot."""
    robot = system.dingtalk.robot(bot)
    people = [
        system.dingtalk.add_person(Person(nick=f"{bot}{n}", staff_id=f"{bot}{n:04}")) for n in range(number)
    ]
    return [Chat(system, robot, system.dingtalk.private(person, robot), [person]) for person in people]


def said_on_cards(chat: Chat) -> list[str]:
    """What stands on the chat's cards; nothing on one that was left open."""
    return [card.text if card.closed else "" for card in chat.conversation.cards]


def said_by_message(chat: Chat) -> list[str]:
    """The robot's messages."""
    return [message.text for message in chat.conversation.messages if message.from_robot]


def answers(chat: Chat) -> list[str]:
    """What the chat's person is answered, on cards and by message; nothing for a card that was left open.

    A card that says that the answer is below is none: DingTalk did not confirm it within the 8 s that a call
    has, as may happen where the machine stands still.
    """
    return [text for text in said_on_cards(chat) if text != POINTER] + said_by_message(chat)


def counted(system: LocalSystem, bot: str) -> list[Call]:
    """The calls of a bot that DingTalk counts, whatever they were for."""
    return [call for call in system.dingtalk.ledger.calls if call.counted and call.app == bot]


def refusals(system: LocalSystem) -> list[str]:
    """The error codes that DingTalk answered with."""
    return [call.code for call in system.dingtalk.ledger.calls if call.code]


def _settings(bots: Mapping[str, Mapping[str, Any]], model: str, monthly_calls: int) -> dict[str, Any]:
    """What bots.yaml holds."""
    backend = {"kind": "openai", "base_url": f"{model}/v1", "api_key": "env:OPENAI_API_KEY", "model": "any"}
    return {
        "bots": {
            name: {
                "dingtalk": {
                    "client_id": f"ding{name}",
                    "client_secret": "env:DINGTALK_CLIENT_SECRET",
                    "budget": {"monthly_calls": monthly_calls, "card_wait_seconds": None},
                },
                "backend": backend,
                **bot,
            }
            for name, bot in bots.items()
        }
    }


def _event(delta: dict[str, str]) -> bytes:
    choices = [{"index": 0, "delta": delta}]
    return f"data: {json.dumps({'choices': choices}, ensure_ascii=False)}\n\n".encode()
