"""DingTalk → bot: posts a person's message to the robot's callback URL and takes the answer it gives."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from local.dingtalk import faults as fault
from local.dingtalk.ledger import Push
from local.dingtalk.pushes import push_body, without_content
from local.dingtalk.replies import INLINE_TYPES, UnreadableReplyError, webhook_reply
from local.dingtalk.signing import robot_headers
from local.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.dingtalk.chats import Conversation, Message
    from local.dingtalk.organisation import RobotApp
    from local.dingtalk.tenant import Tenant
    from local.faults import FaultBoard

#: Published for HTTP push; robot messages have no figure of their own.
PUSH_LIMIT_S = 2.5


@dataclass(frozen=True)
class Answer:
    """What came back from one POST.

    status: None when nothing came. latency: seconds. error: why there is no 2xx; empty when there is.
    """

    status: int | None
    body: str
    latency: float
    error: str


class Poster:
    """POSTs JSON to a bot, each time within a limit. Never raises for what the bot does."""

    def __init__(self, clock: Callable[[], float], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._clock = clock
        # A proxy in the environment must not see traffic that stays on this machine.
        self._client = httpx.AsyncClient(trust_env=False, transport=transport)

    async def post(
        self, url: str, headers: Mapping[str, str], body: Mapping[str, Any], *, limit: float
    ) -> Answer:
        """One POST; `limit` in seconds is for the whole exchange."""
        began = self._clock()
        content = json.dumps(body, ensure_ascii=False).encode()
        every = {"content-type": "application/json; charset=utf-8", **headers}
        status, text, error = None, "", ""
        try:
            response = await asyncio.wait_for(self._client.post(url, content=content, headers=every), limit)
        except asyncio.TimeoutError:
            error = f"no answer within {limit} s"
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            error = f"{type(problem).__name__}: {problem}"
        else:
            status, text = response.status_code, response.text
            error = "" if response.is_success else f"HTTP {status}"
        return Answer(status, text, self._clock() - began, error)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


@dataclass(frozen=True)
class PushOutcome:
    """What became of one message: `pushes` has one entry per delivery of it."""

    message: Message
    pushes: tuple[Push, ...]

    @property
    def delivered(self) -> bool:
        """The bot took at least one delivery."""
        return any(push.delivered for push in self.pushes)

    @property
    def status(self) -> int | None:
        """HTTP status of the first delivery; None when no answer came."""
        return self.pushes[0].status

    @property
    def body(self) -> str:
        """Response body of the first delivery."""
        return self.pushes[0].body

    @property
    def latency(self) -> float:
        """Seconds the slowest delivery took."""
        return max(push.latency for push in self.pushes)


class Delivery:
    """Pushes messages to robots and shows what they answer inline."""

    def __init__(self, tenant: Tenant, faults: FaultBoard, poster: Poster) -> None:
        self._tenant = tenant
        self._faults = faults
        self._poster = poster

    async def push(self, message: Message, robot: RobotApp, *, host: str, times: int) -> PushOutcome:
        """Push one message `times` times, one after the other.

        host: our own address, for the `sessionWebhook`.
        DingTalk calls robot messages fire-and-forget, so a failed push is not repeated by itself.
        """
        webhook = self._tenant.webhooks.open(message.conversation, robot, round(message.sent_at * 1000))
        body = push_body(message, robot, webhook, webhook.url(host), corp_id=self._tenant.corp_id)
        if self._faults.strikes(fault.PUSH_QUOTA):
            body = without_content(body)
        if self._faults.strikes(fault.PUSH_TWICE):
            times *= 2
        pushes = [await self._push_once(message, robot, body) for _ in range(times)]
        outcome = PushOutcome(message, tuple(pushes))
        undelivered = "" if outcome.delivered else pushes[0].error
        if undelivered != message.undelivered:
            message.undelivered = undelivered
            self._tenant.message_changed(message)
        return outcome

    async def _push_once(self, message: Message, robot: RobotApp, body: Mapping[str, Any]) -> Push:
        at = self._tenant.clock()
        if robot.callback_url:
            headers = robot_headers(self._tenant.now_ms, robot.client_secret)
            answer = await self._poster.post(robot.callback_url, headers, body, limit=PUSH_LIMIT_S)
        else:
            answer = Answer(None, "", 0.0, "the robot has no callback URL; set RobotApp.callback_url")
        error = answer.error or self._take_inline(answer.body, message.conversation, robot)
        push = Push(
            at=at,
            what="message",
            robot=robot.name,
            subject=message.id,
            url=robot.callback_url,
            status=answer.status,
            body=answer.body,
            latency=answer.latency,
            error=error,
        )
        self._tenant.pushed(push, message.conversation)
        return push

    def _take_inline(self, body: str, conversation: Conversation, robot: RobotApp) -> str:
        """Show the reply in a response body; returns why it cannot be shown, or an empty string."""
        if not body.strip():
            return ""
        try:
            answer = read_json(body)
        except ValueError:
            return "the answer is not JSON"
        # An object without a msgtype says nothing; official samples answer so, too.
        if isinstance(answer, dict) and "msgtype" not in answer:
            return ""
        try:
            reply = webhook_reply(answer, allowed=INLINE_TYPES)
        except UnreadableReplyError as problem:
            return f"the answer is no reply: {problem}"
        if reply is not None:
            self._tenant.robot_says(conversation, robot, reply, "inline")
        return ""
