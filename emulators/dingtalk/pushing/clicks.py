"""DingTalk → bot: a click on a card's button (回传请求), and what its answer changes for who clicked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.organisation.ledger import Push
from emulators.dingtalk.pushing.posting import Answer, Poster
from emulators.dingtalk.pushing.signing import card_headers
from emulators.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.dingtalk.organisation.cards import Card
    from emulators.dingtalk.organisation.people import Person
    from emulators.dingtalk.stream import StreamPushes
    from emulators.dingtalk.tenant import CardCallback, Tenant

CLICK_LIMIT_S = 2.0


class Clicks:
    """Posts clicks to the address registered for the card; for a card of callbackType STREAM, by Stream."""

    def __init__(self, tenant: Tenant, poster: Poster, stream: StreamPushes) -> None:
        self._tenant = tenant
        self._poster = poster
        self._stream = stream

    async def click(self, card: Card, person: Person, action_id: str, params: Mapping[str, Any]) -> Push:
        """Click one button once.

        action_id: the button's id in the template. params: what its event carries.
        Repeats are not documented for these callbacks, so a failed click stays failed.
        """
        callback = self._tenant.callbacks.get(card.callback_route_key)
        at = self._tenant.clock()
        if card.by_stream:
            answer = await self._stream.click(card.robot, self._by_stream(card, person, action_id, params))
        elif callback is None:
            reason = "the card has no callback; create it with a registered callbackRouteKey"
            answer = Answer(None, "", 0.0, reason)
        else:
            answer = await self._post(callback, card, person, action_id, params)
        push = Push(
            at=at,
            what="click",
            robot=card.robot.name,
            subject=card.out_track_id,
            url="stream" if card.by_stream else callback.url if callback else "",
            status=answer.status,
            body=answer.body,
            latency=answer.latency,
            error=answer.error or self._take_answer(answer.body, card, person),
        )
        self._tenant.pushed(push, card.conversation)
        return push

    def _by_stream(
        self, card: Card, person: Person, action_id: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The same click in the shape that Stream's samples have: more fields, and the content twice."""
        content = self._content(action_id, params)
        return {
            "type": "actionCallback",
            "outTrackId": card.out_track_id,
            "corpId": self._tenant.corp_id,
            "userId": card.user_key(person),
            "userIdType": card.user_id_type,
            "spaceType": "im",
            "spaceId": card.conversation.id if card.conversation else "",
            "extension": "{}",
            "content": content,
            "value": content,
        }

    def _content(self, action_id: str, params: Mapping[str, Any]) -> str:
        content = {"cardPrivateData": {"actionIds": [action_id], "params": dict(params)}}
        return json.dumps(content, ensure_ascii=False)

    async def _post(
        self, callback: CardCallback, card: Card, person: Person, action_id: str, params: Mapping[str, Any]
    ) -> Answer:
        body = {
            "type": "actionCallback",
            "outTrackId": card.out_track_id,
            "corpId": self._tenant.corp_id,
            "userId": card.user_key(person),
            "content": self._content(action_id, params),
        }
        return await self._poster.post(
            callback.url,
            lambda: card_headers(self._tenant.now_ms, callback.api_secret),
            body,
            limit=CLICK_LIMIT_S,
        )

    def _take_answer(self, body: str, card: Card, person: Person) -> str:
        """Apply the answer to this person's card; returns why that is impossible, or an empty string."""
        try:
            answer = read_json(body)
            options = answer.get("cardUpdateOptions", {})
            # `cardData` of an answer is shown only to the person who clicked.
            local = _variables(answer, "cardData")
            private = _variables(answer, "userPrivateData")
            by_key = options.get("updatePrivateDataByKey") is True
        except (ValueError, AttributeError):
            return "the answer is no card update; answer {} to leave the card as it is"
        if local or private:
            # Nothing is kept of a person's variables unless the answer asks for it.
            card.update_private(card.user_key(person), {**local, **private}, by_key=by_key)
            self._tenant.card_changed(card, None, was_closed=card.closed)
        return ""


def _variables(answer: Mapping[str, Any], part: str) -> dict[str, str]:
    found = answer.get(part, {}).get("cardParamMap", {})
    if not all(isinstance(value, str) for value in found.values()):
        raise ValueError(f"{part}.cardParamMap holds something else than strings.")
    return dict(found)
