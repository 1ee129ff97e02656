"""DingTalk → bot: a person's message goes to the robot's callback URL, or into a Stream connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.dingtalk import faults as fault
from emulators.dingtalk.organisation.ledger import Push
from emulators.dingtalk.pushing.posting import PUSH_LIMIT_S, Answer, Poster
from emulators.dingtalk.pushing.pushes import push_body, without_content
from emulators.dingtalk.pushing.signing import robot_headers
from emulators.dingtalk.replies import INLINE_TYPES, UnreadableReplyError, webhook_reply
from emulators.dingtalk.stream.gateway import NO_CONNECTION
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulators.dingtalk.organisation.chats import Conversation, Message
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.stream import StreamPushes
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard


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

    def __init__(self, tenant: Tenant, faults: FaultBoard, poster: Poster, stream: StreamPushes) -> None:
        self._tenant = tenant
        self._faults = faults
        self._poster = poster
        self._stream = stream

    async def push(self, message: Message, robot: RobotApp, *, host: str, times: int) -> PushOutcome:
        """Push one message `times` times, one after the other.

        host: our own address, for the `sessionWebhook`.
        DingTalk calls robot messages fire-and-forget, so a failed push is not repeated by itself. By Stream
        one was seen to come again that had reached a connection and was not acknowledged.
        """
        webhook = self._tenant.webhooks.open(message.conversation, robot, round(message.sent_at * 1000))
        body = push_body(message, robot, webhook, webhook.url(host), corp_id=self._tenant.corp_id)
        if self._faults.strikes(fault.PUSH_QUOTA):
            body = without_content(body)
        if self._faults.strikes(fault.PUSH_TWICE):
            times *= 2
        pushes = [await self._push_once(message, robot, body) for _ in range(times)]
        outcome = PushOutcome(message, tuple(pushes))
        self._note(message, "" if outcome.delivered else pushes[0].error)
        if "messages" in robot.by_stream and not outcome.delivered and _may_have_reached(pushes):
            self._stream.repeat_message(lambda: self._again(message, robot, body))
        return outcome

    async def _again(self, message: Message, robot: RobotApp, body: Mapping[str, Any]) -> bool:
        push = await self._push_once(message, robot, body)
        self._note(message, push.error)
        return push.delivered

    def _note(self, message: Message, undelivered: str) -> None:
        if undelivered != message.undelivered:
            message.undelivered = undelivered
            self._tenant.message_changed(message)

    async def _push_once(self, message: Message, robot: RobotApp, body: Mapping[str, Any]) -> Push:
        at = self._tenant.clock()
        by_stream = "messages" in robot.by_stream
        if by_stream:
            answer = await self._stream.message(robot, body)
        elif robot.callback_url:
            answer = await self._poster.post(
                robot.callback_url,
                lambda: robot_headers(self._tenant.now_ms, robot.client_secret),
                body,
                limit=PUSH_LIMIT_S,
            )
        else:
            answer = Answer(None, "", 0.0, "the robot has no callback URL; set RobotApp.callback_url")
        error = answer.error
        if not error and not by_stream:
            error = self._take_inline(answer.body, message.conversation, robot)
        push = Push(
            at=at,
            what="message",
            robot=robot.name,
            subject=message.id,
            url="stream" if by_stream else robot.callback_url,
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


def _may_have_reached(pushes: Sequence[Push]) -> bool:
    """Whether a connection took the frame and said nothing; an acknowledged failure does not come again."""
    return any(push.status is None and push.error != NO_CONNECTION for push in pushes)
