"""A reply that quotes, and a forwarded record, as they stand in the push. Pure.

Source: none of DingTalk's; as robots' authors have seen it. A person's words and pictures come along; a card,
a recording and a film come as ids alone. What the robot sent through the API is named by the key it was given
then.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.organisation.chats import Message
from emulators.dingtalk.organisation.people import RobotApp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.dingtalk.organisation.cards import Card

#: Kinds whose payload comes with the quote as it was sent.
_WITH_CONTENT = frozenset({"picture", "chatRecord", "link", "markdown"})


def with_quote(message: Message) -> dict[str, Any]:
    """The payload of a message, with what it replies to, and the fields that stand beside it."""
    quote, content = message.quote, dict(message.content)
    if quote is None:
        return content
    replied = _replied(quote)
    place = "text" if message.kind == "text" else "content"
    content[place] = {**content.get(place, {}), "isReplyMsg": True, "repliedMsg": replied}
    content["originalMsgId"] = replied["msgId"]
    if key := _key(quote, message.conversation.id):
        content["originalProcessQueryKey"] = key
    return content


def record_of(title: str, entries: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The payload of a forwarded record: its entries are JSON in a string.

    entries: who said what.
    """
    said = [{"senderNick": name, "msgType": "text", "content": words} for name, words in entries]
    return {"title": title, "summary": json.dumps(said, ensure_ascii=False)}


def card_of(lines: Sequence[str]) -> dict[str, Any]:
    """The payload of a card that a person sends on: a tree, the words in its leaves, a button at its end."""
    leaves = [{"elementType": "TEXT", "value": line} for line in lines]
    column = {"elementType": "COLUMN", "children": leaves}
    button = {"elementType": "BUTTON", "value": "open_detail"}
    tree = {"elementType": "ROOT", "children": [column, button]}
    return {"cardContent": json.dumps(tree, ensure_ascii=False)}


def _replied(quote: Message | Card) -> dict[str, Any]:
    if not isinstance(quote, Message):
        return {
            "createdAt": round(quote.created_at * 1000),
            "senderId": quote.robot.dingtalk_id,
            "msgType": "interactiveCard",
            # A card's message has an id of its own, which nothing but a quote tells.
            "msgId": f"msgCard{quote.out_track_id}==",
        }
    by_robot = isinstance(quote.sender, RobotApp)
    replied = {
        "createdAt": round(quote.sent_at * 1000),
        "senderId": quote.sender.dingtalk_id
        if isinstance(quote.sender, RobotApp)
        else quote.sender.sender_id,
        "msgType": "markdown" if by_robot else quote.kind,
        "msgId": quote.id,
    }
    content = _title_of(quote) if by_robot else _content_of(quote)
    return replied if content is None else replied | {"content": content}


def _content_of(quote: Message) -> dict[str, Any] | None:
    if quote.kind == "text":
        return {"text": quote.content["text"]["content"].strip()}
    payload = quote.content.get("content", {})
    if quote.kind == "richText":
        # Runs of a quote have other names than those of a message.
        return {"richText": [_quoted_run(run) for run in payload["richText"]]}
    if quote.kind == "file":
        return {"fileName": payload["fileName"], "downloadCode": payload["downloadCode"]}
    return dict(payload) if quote.kind in _WITH_CONTENT else None


def _quoted_run(run: dict[str, Any]) -> dict[str, Any]:
    if "text" in run:
        return {"msgType": "text", "content": run["text"]}
    kind = run.get("type", "picture")
    return {"msgType": kind, **{key: value for key, value in run.items() if key != "type"}}


def _title_of(quote: Message) -> dict[str, Any]:
    """Of a robot's message its title, which is what the list of chats shows."""
    title = quote.content.get("title")
    return {"text": str(title) if title else quote.text}


def _key(quote: Message | Card, conversation_id: str) -> str:
    if isinstance(quote, Message):
        return quote.process_query_key
    return quote.carriers.get(conversation_id, "")
