"""A click on a card (回传请求) → a CardAction, and what the one who clicked sees then. Pure.

Source: DingTalk, "卡片回调" (development/event-callback-card). What was clicked is JSON in a string,
under `content` or, on some pages, `value`; the parameters are our template's, `infra/dingtalk`. The built-in
feedback component is not documented; its action ids are as public bots have seen them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.inbound.fields import LONGEST_ID, clean, opened, text_of
from rag_on_dingtalk.models.jobs import CardAction
from rag_on_dingtalk.models.question import is_turn_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.models.jobs import Action

_ACTIONS: Mapping[str, Action] = {
    "like": "like",
    "dislike": "dislike",
    "stop": "stop",
    "retry": "retry",
    "ask": "ask",
    "request": "request",
    "approve": "approve",
    "reject": "reject",
    "deeper": "deeper",
    "feedback_up": "like",
    "feedback_down": "dislike",
    # The panel below 👎 in DingTalk's own template; its reasons come with a second click.
    "submit_dislike": "dislike",
}

#: Private variables of the template, for the one who clicked: strings, as all variables are.
_SEEN_AFTER: Mapping[Action, Mapping[str, str]] = {
    "like": {"feedback": "like"},
    "dislike": {"feedback": "dislike"},
    "stop": {"stopping": "true"},
    "retry": {"retried": "true"},
    "ask": {"asked": "true"},
    "request": {"requested": "true"},
    "approve": {"decided": "true"},
    "reject": {"decided": "true"},
    "deeper": {"deepened": "true"},
}

#: Where a template keeps the reason of a dislike: ours, and the official one's tags and own words.
_REASONS = ("reason", "dislike_reason", "custom_dislike_reason")
_LONGEST_REASON = 500
_LONGEST_HOURS = 5
#: Public templates keep suggestions within a variable's 1 KB.
_LONGEST_QUESTION = 1_000


class UnreadableClickError(ValueError):
    """Raised for a signed body that is not a click."""


def read_click(body: object, *, bot: str, now_ms: int) -> CardAction | None:
    """Turn a decoded JSON body into a CardAction; None for a click that means nothing to us.

    The signature does not cover the body: whether there is such a card, and whose, is looked up later.

    Raises:
        UnreadableClickError: it does not say on which card who clicked.
    """
    if not isinstance(body, dict):
        raise UnreadableClickError("the body is not a JSON object")
    card, user = text_of(body, "outTrackId"), text_of(body, "userId")
    if not card or not user or len(user) > LONGEST_ID:
        raise UnreadableClickError("outTrackId or userId is missing or too long")
    if text_of(body, "type") not in ("", "actionCallback") or not is_turn_id(card):
        return None
    action_ids, params = _clicked(body)
    action = _action(action_ids, params)
    if action is None:
        return None
    words = _words(action, params)
    if action in ("ask", "approve") and not words:
        return None
    return CardAction(
        bot=bot,
        turn_id=card,
        action=action,
        user_id=user,
        clicked_ms=now_ms,
        corp_id=text_of(body, "corpId"),
        words=words,
    )


def card_update(action: Action) -> dict[str, Any]:
    """The answer that changes the card for the one who clicked, and nothing else on it."""
    return {
        # Without these the answer would replace all variables.
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
        # Not keyed by person here, unlike in the API.
        "userPrivateData": {"cardParamMap": dict(_SEEN_AFTER[action])},
    }


def _clicked(body: Mapping[str, Any]) -> tuple[list[Any], Mapping[str, Any]]:
    """Ids of the components, and the parameters of their event."""
    content = _object(body.get("content")) or _object(body.get("value"))
    private = _object(content.get("cardPrivateData"))
    ids = private.get("actionIds")
    params = _object(private.get("params")) or _object(content.get("params")) or _object(body.get("params"))
    return ids if isinstance(ids, list) else [], params


def _object(value: object) -> Mapping[str, Any]:
    value = opened(value)
    return value if isinstance(value, dict) else {}


def _action(action_ids: list[Any], params: Mapping[str, Any]) -> Action | None:
    for name in (params.get("action"), *action_ids):
        if isinstance(name, str) and name in _ACTIONS:
            return _ACTIONS[name]
    return None


def _words(action: Action, params: Mapping[str, Any]) -> str:
    if action == "ask":
        return text_of(params, "question")[:_LONGEST_QUESTION]
    if action == "approve":
        return text_of(params, "hours")[:_LONGEST_HOURS]
    if action != "dislike":
        return ""
    given: list[str] = []
    for key in _REASONS:
        # Several tags may come as JSON in a string, as all variables do.
        value = opened(params.get(key))
        given += (clean(one) for one in (value if isinstance(value, list) else [value]))
    return "；".join(one for one in given if one)[:_LONGEST_REASON]
