"""One push by Stream, and when it comes again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.pushing.posting import Answer
from emulators.dingtalk.stream.frames import CALLBACK, CARD_TOPIC, ROBOT_TOPIC, Outgoing, answer_in, event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.stream.gateway import Gateway
    from emulators.dingtalk.tenant import Tenant

_TAKEN = "SUCCESS"


class StreamPushes:
    """Messages, clicks and events for apps that take them by Stream."""

    def __init__(self, tenant: Tenant, gateway: Gateway) -> None:
        self._tenant = tenant
        self._gateway = gateway
        self._repeating: set[asyncio.Task[None]] = set()

    async def message(self, robot: RobotApp, body: Mapping[str, Any]) -> Answer:
        """A robot message; its acknowledgement cannot carry a reply."""
        outgoing = Outgoing(CALLBACK, ROBOT_TOPIC, body, {})
        return await self._gateway.push(robot, outgoing, limit=self._gateway.times.acknowledge)

    async def click(self, robot: RobotApp, body: Mapping[str, Any]) -> Answer:
        """A click on a card; the answer's body is what stands under `response`, as an HTTP body would."""
        outgoing = Outgoing(CALLBACK, CARD_TOPIC, body, {})
        answer = await self._gateway.push(robot, outgoing, limit=self._gateway.times.click)
        if answer.error:
            return answer
        try:
            response = answer_in(answer.body)
        except ValueError as problem:
            return Answer(answer.status, answer.body, answer.latency, str(problem))
        return Answer(answer.status, json.dumps(response or {}), answer.latency, "")

    async def event(
        self, robot: RobotApp, event_type: str, event_id: str, fields: Mapping[str, Any]
    ) -> Answer:
        """An event; only `{"status": "SUCCESS"}` in the acknowledgement's data says that it was taken."""
        outgoing = event(
            event_type, event_id, fields, corp_id=self._tenant.corp_id, born_ms=self._tenant.now_ms
        )
        answer = await self._gateway.push(robot, outgoing, limit=self._gateway.times.acknowledge)
        if answer.error:
            return answer
        return Answer(answer.status, answer.body, answer.latency, _refusal(answer.body))

    def repeat_message(self, push: Callable[[], Awaitable[bool]]) -> None:
        """Push a message again that was delivered and not acknowledged, until it is."""
        self._repeat(push, self._gateway.times.message_again)

    def repeat_event(self, push: Callable[[], Awaitable[bool]]) -> None:
        """Push an event again that was not taken, until it is."""
        self._repeat(push, self._gateway.times.event_again)

    def _repeat(self, push: Callable[[], Awaitable[bool]], delays: tuple[float, ...]) -> None:
        task = asyncio.create_task(_until_taken(push, delays))
        self._repeating.add(task)
        task.add_done_callback(self._repeating.discard)

    async def close(self) -> None:
        """Repeat nothing more."""
        for task in list(self._repeating):
            task.cancel()
        await asyncio.gather(*self._repeating, return_exceptions=True)


async def _until_taken(push: Callable[[], Awaitable[bool]], delays: tuple[float, ...]) -> None:
    for delay in delays:
        await asyncio.sleep(delay)
        if await push():
            return


def _refusal(data: str) -> str:
    """Why an event counts as not taken, or an empty string."""
    try:
        status = json.loads(data).get("status")
    except (ValueError, AttributeError):
        status = None
    return "" if status == _TAKEN else f"the acknowledgement's status is {status!r} instead of {_TAKEN!r}"
