"""DingTalk → bot: an event push, sealed when it goes by HTTP, checked for the one answer that counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.organisation.ledger import Push
from emulators.dingtalk.pushing.envelope import EnvelopeError, EnvelopeKeys, event_signature, seal, unseal
from emulators.dingtalk.pushing.posting import PUSH_LIMIT_S, Answer, Poster
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.dingtalk.organisation.people import EventSubscription, RobotApp
    from emulators.dingtalk.stream import StreamPushes
    from emulators.dingtalk.tenant import Tenant

CHECK_URL = "check_url"


class Events:
    """Pushes events to the address an app has subscribed with, or into one of its Stream connections."""

    def __init__(self, tenant: Tenant, poster: Poster, stream: StreamPushes) -> None:
        self._tenant = tenant
        self._poster = poster
        self._stream = stream

    async def push(self, robot: RobotApp, event_type: str, fields: Mapping[str, Any], event_id: str) -> Push:
        """Push one event once; anything but an encrypted `success` makes it undelivered.

        DingTalk repeats a failed push after 10 s and 30 s; here a caller that waits that long pushes the same
        `event_id` again, except by Stream, where it comes by itself.
        """
        push = await self._push_once(robot, event_type, fields, event_id)
        if "events" in robot.by_stream and not push.delivered:

            async def again() -> bool:
                return (await self._push_once(robot, event_type, fields, event_id)).delivered

            self._stream.repeat_event(again)
        return push

    async def _push_once(
        self, robot: RobotApp, event_type: str, fields: Mapping[str, Any], event_id: str
    ) -> Push:
        subscription = robot.events
        at = self._tenant.clock()
        by_stream = "events" in robot.by_stream
        if by_stream:
            answer = await self._stream.event(robot, event_type, event_id, fields)
            error = answer.error
        elif subscription is None:
            answer = Answer(None, "", 0.0, "the app has no event subscription; set RobotApp.events")
            error = answer.error
        else:
            keys = EnvelopeKeys(subscription.token, subscription.aes_key, robot.client_id)
            event = self._event(event_type, fields, event_id)
            answer = await self._post(subscription, keys, event)
            error = answer.error or _refusal(keys, answer.body)
        push = Push(
            at=at,
            what="event",
            robot=robot.name,
            subject=event_id,
            url="stream" if by_stream else subscription.url if subscription else "",
            status=answer.status,
            body=answer.body,
            latency=answer.latency,
            error=error,
        )
        self._tenant.pushed(push, None)
        return push

    def _event(self, event_type: str, fields: Mapping[str, Any], event_id: str) -> dict[str, Any]:
        if event_type == CHECK_URL:
            return {"EventType": CHECK_URL}
        now = self._tenant.now_ms
        return {
            "EventType": event_type,
            "EventTime": now,
            "CorpId": self._tenant.corp_id,
            "BizId": str(now),
            "eventId": event_id,
            **fields,
        }

    async def _post(
        self, subscription: EventSubscription, keys: EnvelopeKeys, event: Mapping[str, Any]
    ) -> Answer:
        timestamp, nonce = str(self._tenant.now_ms), self._tenant.new_id()[:8]
        random16 = self._tenant.new_id().encode().ljust(16, b"0")[:16]
        encrypted = seal(keys, json.dumps(event, ensure_ascii=False), random16=random16)
        signature = event_signature(keys.token, timestamp, nonce, encrypted)
        url = f"{subscription.url}?signature={signature}&timestamp={timestamp}&nonce={nonce}"
        return await self._poster.post(url, dict, {"encrypt": encrypted}, limit=PUSH_LIMIT_S)


def _refusal(keys: EnvelopeKeys, body: str) -> str:
    """Why this body is not an encrypted `success`, or an empty string when it is."""
    try:
        answer = read_json(body)
        signature, timestamp, nonce, encrypted = (
            str(answer[key]) for key in ("msg_signature", "timeStamp", "nonce", "encrypt")
        )
        if signature != event_signature(keys.token, timestamp, nonce, encrypted):
            return "the answer's msg_signature is wrong"
        word = unseal(keys, encrypted)
    except EnvelopeError as problem:
        return str(problem)
    except (ValueError, KeyError, TypeError):
        return "the answer is not {msg_signature, timeStamp, nonce, encrypt}"
    return "" if word == "success" else f"the answer says {word!r} instead of 'success'"
