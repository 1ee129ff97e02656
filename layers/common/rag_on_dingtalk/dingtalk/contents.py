"""What a message says: its words, with a mark where a picture stands, and its pictures and files. Pure.

Source: DingTalk, "机器人接收消息" (development/robot-message-type). What is quoted is not documented;
the shape of `repliedMsg` is as public bots have seen it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.dingtalk.fields import clean, text_of
from rag_on_dingtalk.model import Attachment

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Stands in the words where the n-th picture stood.
PICTURE_MARK = "[图片{number}]"
_MARKS = re.compile(r"\[图片\d+\]")

#: More than anybody sends; the body's size bounds it anyway.
_MOST_ATTACHMENTS = 50


class Contents(msgspec.Struct, frozen=True):
    """One message's words and attachments, and the words of the message it replies to.

    attachments: pictures come in the order of their marks, those of the quoted message last.
    """

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    quoted: str = ""


def read_contents(body: Mapping[str, Any], message_type: str) -> Contents:
    """What the body of a robot message says; nothing for a type that is not known."""
    attachments: list[Attachment] = []
    text = _words(body, message_type, attachments)
    quoted = _quoted(body, attachments)
    return Contents(text, tuple(attachments[:_MOST_ATTACHMENTS]), quoted)


def is_wordless(text: str) -> bool:
    """Whether a message's words are none but the marks of its pictures."""
    return not _MARKS.sub("", text).strip()


def _words(body: Mapping[str, Any], kind: str, attachments: list[Attachment]) -> str:
    """The words of a message of this kind; what it has attached is appended to `attachments`."""
    content = body.get("content")
    if kind == "text":
        # Documented twice: {"text": {"content": …}} and, in the HTTP sample, a bare "content".
        typed = body.get("text")
        return _typed(typed) or _typed(content)
    if not isinstance(content, dict):
        # A recording or a rich text that comes as a bare string is still what somebody said.
        return clean(content) if kind in ("audio", "richText") else ""
    if kind == "richText":
        return _rich(content.get("richText"), attachments)
    if kind == "picture":
        _attach(content, "picture", attachments)
    elif kind == "audio":
        _attach(content, "audio", attachments)
        return text_of(content, "recognition")
    elif kind == "video":
        _attach(content, "video", attachments)
    elif kind == "file":
        _attach(content, "file", attachments)
    return ""


def _typed(value: object) -> str:
    # In a group the space between the removed @robot and the words is left.
    return text_of(value, "content") if isinstance(value, dict) else clean(value)


def _rich(runs: object, attachments: list[Attachment]) -> str:
    words = []
    for run in runs if isinstance(runs, list) else []:
        if not isinstance(run, dict):
            continue
        if isinstance(run.get("text"), str):
            words.append(run["text"])
        if _attach(run, "picture", attachments):
            words.append(_mark(attachments))
    return clean("".join(words))


def _mark(attachments: list[Attachment]) -> str:
    number = sum(1 for attachment in attachments if attachment.kind == "picture")
    return PICTURE_MARK.format(number=number)


def _attach(content: Mapping[str, Any], kind: Any, attachments: list[Attachment]) -> bool:
    code = text_of(content, "downloadCode") or text_of(content, "pictureDownloadCode")
    if not code:
        return False
    attachments.append(Attachment(kind=kind, code=code, name=text_of(content, "fileName")))
    return True


def _quoted(body: Mapping[str, Any], attachments: list[Attachment]) -> str:
    text = body.get("text")
    replied = text.get("repliedMsg") if isinstance(text, dict) else None
    if not isinstance(replied, dict):
        return ""
    content = replied.get("content")
    if not isinstance(content, dict):
        return clean(content)
    kind = text_of(replied, "msgType")
    if isinstance(content.get("richText"), list):
        return _rich(content["richText"], attachments)
    words = text_of(content, "text") or text_of(content, "recognition") or text_of(content, "fileName")
    if kind in ("audio", "file", "video"):
        _attach(content, kind, attachments)
        return words
    # A picture says nothing but itself.
    return words or (_mark(attachments) if _attach(content, "picture", attachments) else "")
