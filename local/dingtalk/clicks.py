"""DingTalk → bot: a click on a card's button (回传请求), and what its answer changes for who clicked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.dingtalk.delivery import Answer, Poster
from local.dingtalk.ledger import Push
from local.dingtalk.signing import card_headers
from local.dingtalk.wire import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.dingtalk.cards import Card
    from local.dingtalk.organisation import Person
    from local.dingtalk.tenant import CardCallback, Tenant

CLICK_LIMIT_S = 2.0


class Clicks:
    """Posts clicks to the address registered for the card."""

    def __init__(self, tenant: Tenant, poster: Poster) -> None:
        self._tenant = tenant
        self._poster = poster

    async def click(self, card: Card, person: Person, action_id: str, params: Mapping[str, Any]) -> Push:
        """Click one button once.

        action_id: the button's id in the template. params: what its event carries.
        Repeats are not documented for these callbacks, so a failed click stays failed.
        """
        callback = self._tenant.callbacks.get(card.callback_route_key)
        at = self._tenant.clock()
        if callback is None:
            reason = "the card has no callback; create it with a registered callbackRouteKey"
            answer = Answer(None, "", 0.0, reason)
        else:
            answer = await self._post(callback, card, person, action_id, params)
        push = Push(
            at=at,
            what="click",
            robot=card.robot.name,
            subject=card.out_track_id,
            url=callback.url if callback else "",
            status=answer.status,
            body=answer.body,
            latency=answer.latency,
            error=answer.error or self._take_answer(answer.body, card, person),
        )
        self._tenant.pushed(push, card.conversation)
        return push

    async def _post(
        self, callback: CardCallback, card: Card, person: Person, action_id: str, params: Mapping[str, Any]
    ) -> Answer:
        content = {"cardPrivateData": {"actionIds": [action_id], "params": dict(params)}}
        body = {
            "type": "actionCallback",
            "outTrackId": card.out_track_id,
            "corpId": self._tenant.corp_id,
            "userId": card.user_key(person),
            "content": json.dumps(content, ensure_ascii=False),
        }
        headers = card_headers(self._tenant.now_ms, callback.api_secret)
        return await self._poster.post(callback.url, headers, body, limit=CLICK_LIMIT_S)

    def _take_answer(self, body: str, card: Card, person: Person) -> str:
        """Apply the answer to this person's card; returns why that is impossible, or an empty string."""
        try:
            answer = read_json(body)
            options = answer.get("cardUpdateOptions", {})
            # `cardData` of an answer is shown to nobody but the one who clicked.
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
