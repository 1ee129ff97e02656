"""The message a message replies to: its words, wherever clients of all ages put them, and its ids. Pure.

Source: none, DingTalk documents no quotes. Public bots have seen `text.repliedMsg {msgType, msgId, senderId,
content}` with `text.isReplyMsg`, top-level `originalMsgId` and (for what the robot sent)
`originalProcessQueryKey`, and on older clients `quoteMessage`, `content.quoteContent` and
`content.repliedMsg`, each also as JSON in a string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.inbound.contents import QUOTE_KEYS
from rag_on_dingtalk.dingtalk.inbound.fields import clean, opened, text_of
from rag_on_dingtalk.dingtalk.inbound.payload import SPEAKERS
from rag_on_dingtalk.models.question import Quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rag_on_dingtalk.dingtalk.inbound.contents import Reader

_IDS = ("originalProcessQueryKey", "processQueryKey", "carrierId", "outTrackId", "originalMsgId", "msgId")
#: Of a quote's own fields these describe it and are none of its words.
_ABOUT_IT = frozenset((*_IDS, *SPEAKERS, "msgType", "msgtype", "isReplyMsg"))
_LONGEST_ID = 500
_MOST_RUNS = 200


def read_quote(body: Mapping[str, Any], reader: Reader) -> Quote | None:
    """What the message replies to; None when it replies to none. What it shows is attached to `reader`."""
    places = list(_containers(body))
    found = [opened(place[key]) for place in places for key in QUOTE_KEYS if place.get(key)]
    ids = tuple(dict.fromkeys(_ids(body, places, found)))
    is_reply = any(place.get("isReplyMsg") in (True, "true", 1) for place in places)
    named = any(text_of(body, key) for key in ("originalMsgId", "originalProcessQueryKey"))
    if not found and not is_reply and not named:
        return None
    if not found:
        # A quote under a name not seen yet: whatever stands beside the words typed.
        text = opened(body.get("text"))
        beside = {key: text[key] for key in text if key != "content"} if isinstance(text, dict) else {}
        found = [beside] if beside else []
    quoted = [one for one in found if isinstance(one, dict)]
    bot = text_of(body, "chatbotUserId")
    return Quote(
        text=next((words for one in found if (words := _words(one, reader))), ""),
        kind=next((kind for one in quoted if (kind := _kind(one))), ""),
        own=bool(text_of(body, "originalProcessQueryKey"))
        or (bool(bot) and any(text_of(one, "senderId") == bot for one in quoted)),
        ids=ids,
    )


def _containers(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects that may hold a quote."""
    yield body
    for key in dict.fromkeys(("text", "content", text_of(body, "msgtype"))):
        inner = opened(body.get(key))
        if not isinstance(inner, dict):
            continue
        yield inner
        runs = inner.get("richText")
        for run in runs[:_MOST_RUNS] if isinstance(runs, list) else ():
            if isinstance(run, dict):
                yield run


def _ids(body: Mapping[str, Any], places: list[Mapping[str, Any]], found: list[object]) -> Iterator[str]:
    quoted = [one for one in found if isinstance(one, dict)]
    contents = [inner for one in quoted if isinstance(inner := opened(one.get("content")), dict)]
    for key in _IDS:
        # `msgId` of the body is the message's own.
        holders = [*quoted, *contents] if key == "msgId" else [body, *places, *quoted, *contents]
        for holder in holders:
            given = text_of(holder, key)
            if given and len(given) <= _LONGEST_ID:
                yield given


def _kind(quoted: Mapping[str, Any]) -> str:
    return text_of(quoted, "msgType") or text_of(quoted, "msgtype")


def _words(quoted: object, reader: Reader) -> str:
    if isinstance(quoted, str):
        return clean(quoted)
    if not isinstance(quoted, dict):
        return reader.part("", quoted) if isinstance(quoted, list) else ""
    kind = _kind(quoted)
    rest = {key: value for key, value in quoted.items() if key not in _ABOUT_IT}
    content = opened(rest.pop("content", None)) if kind != "text" else rest.pop("content", None)
    before = len(reader.attachments)
    words = reader.part(kind, content)
    if not words and len(reader.attachments) > before:
        last = reader.attachments[-1]
        # A recording or film without a transcript stays unread; a picture is shown, a file has a name.
        words = reader.mark() if last.kind == "picture" else last.name if last.kind == "file" else ""
    # Older clients: {msgtype, text: {content}} in the place of `content`.
    return words or (reader.part("" if kind in ("text", "") else kind, rest) if rest else "")
