"""A push → the queue → its acknowledgement. DingTalk is told that a push is taken once the queue has it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
import httpx

from bridge.retries import Retries
from rag_on_dingtalk.dingtalk.stream.frames import (
    BAD_REQUEST,
    CARD_TOPIC,
    EVENT,
    NOT_FOUND,
    OK,
    ROBOT_TOPIC,
    Ack,
)
from rag_on_dingtalk.errors import RequestRefusedError
from rag_on_dingtalk.webhook.refusals import fields_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio import CapacityLimiter
    from anyio.abc import TaskGroup

    from rag_on_dingtalk.dingtalk.stream.frames import Push
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.webhook.stream_push import StreamPushes

T = TypeVar("T")

#: DingTalk waits 2 s for what changes a card; the job goes on when that is over.
CLICK_SECONDS = 1.7
_TELL_SECONDS = 5.0


class HandOver:
    """What is done with one bot's pushes.

    threads: how many submit at the same time, for all bots together.
    tasks: where messages are tried again.
    seconds: how long the pushes took that were handed over, and `handed_over` how many they were.
    """

    def __init__(
        self,
        pushes: StreamPushes,
        *,
        threads: CapacityLimiter,
        tasks: TaskGroup,
        http: httpx.AsyncClient,
        log: LogLine,
        retries: Callable[..., Retries] = Retries,
    ) -> None:
        self._pushes = pushes
        self._threads = threads
        self._tasks = tasks
        self._http = http
        self._log = log
        self.retries = retries(submit=self._submit, give_up=self._tell)
        self.handed_over = 0
        self.not_queued = 0
        self.refused = 0
        self.given_up = 0
        self.seconds = 0.0

    async def __call__(self, push: Push) -> Ack | None:
        """The acknowledgement of a push, after the queue has taken what is in it; None: it has not."""
        began = time.monotonic()
        try:
            if push.type == EVENT:
                return await self._event(push)
            if push.topic == ROBOT_TOPIC:
                return await self._message(push)
            return await self._click(push) if push.topic == CARD_TOPIC else Ack(NOT_FOUND)
        except RequestRefusedError as refused:
            self.refused += 1
            self._log("refused", level="INFO", bot=self._pushes.bot, topic=push.topic, **fields_of(refused))
            # It will not get better by coming again.
            return _taken() if push.type == EVENT else Ack(BAD_REQUEST)
        finally:
            self.handed_over += 1
            self.seconds += time.monotonic() - began

    async def _message(self, push: Push) -> Ack | None:
        # The acknowledgement cannot carry a reply; what DingTalk makes of its data is nothing.
        if await self._submit(push.data):
            return Ack(OK, {"response": None})
        self.not_queued += 1
        self.retries.add(push.data, self._tasks)
        # It is tried again from this process's memory, which may end: what is not acknowledged comes again.
        return None

    async def _event(self, push: Push) -> Ack:
        if await self._run(partial(self._pushes.event, push.data, push.headers, push.message_id)):
            return _taken()
        self.not_queued += 1
        return Ack(OK, {"status": "LATER", "message": "not queued"})

    async def _click(self, push: Push) -> Ack:
        update: dict[str, Any] = {}
        with anyio.move_on_after(CLICK_SECONDS):
            update = await self._run(partial(self._pushes.click, push.data), abandon=True)
        return Ack(OK, {"response": update})

    async def _submit(self, data: object) -> bool:
        return await self._run(partial(self._pushes.message, data))

    async def _run(self, work: Callable[[], T], *, abandon: bool = False) -> T:
        """Do in a thread what waits for Function Compute: reading and submitting are the callback's code."""
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=abandon, limiter=self._threads)

    async def _tell(self, data: object) -> None:
        """Tell the person who asked that the question is lost, as the callback does in its response."""
        self.given_up += 1
        reply = self._pushes.not_queued_reply(data)
        told = False
        if reply is not None:
            url, body = reply
            try:
                answer = await self._http.post(url, json=body, timeout=_TELL_SECONDS)
                told = answer.is_success
            except httpx.HTTPError:
                told = False
        self._log("question_lost", level="ERROR", bot=self._pushes.bot, told=int(told))


def _taken() -> Ack:
    return Ack(OK, {"status": "SUCCESS", "message": "OK"})
