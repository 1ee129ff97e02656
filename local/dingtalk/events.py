"""DingTalk → bot: an event push, sealed, signed and checked for the one answer that counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.dingtalk.delivery import PUSH_LIMIT_S, Answer, Poster
from local.dingtalk.envelope import EnvelopeError, EnvelopeKeys, event_signature, seal, unseal
from local.dingtalk.ledger import Push
from local.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.dingtalk.organisation import EventSubscription, RobotApp
    from local.dingtalk.tenant import Tenant

CHECK_URL = "check_url"


class Events:
    """Posts events to the address an app has subscribed with."""

    def __init__(self, tenant: Tenant, poster: Poster) -> None:
        self._tenant = tenant
        self._poster = poster

    async def push(self, robot: RobotApp, event_type: str, fields: Mapping[str, Any], event_id: str) -> Push:
        """Push one event once; anything but an encrypted `success` makes it undelivered.

        DingTalk repeats a failed push after 10 s and 30 s; here whoever waits that long pushes the same
        `event_id` again.
        """
        subscription = robot.events
        at = self._tenant.clock()
        if subscription is None:
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
            url=subscription.url if subscription else "",
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
        return await self._poster.post(url, {}, {"encrypt": encrypted}, limit=PUSH_LIMIT_S)


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
