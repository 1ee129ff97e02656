"""What a message says: its words, with a mark where a picture stands, and its pictures and files. Pure.

Source: DingTalk, "机器人接收消息" (development/robot-message-type). Quotes, forwarded records and cards are
not documented; their shapes are as public bots have seen them, and `payload` reads what has another shape.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import clean, opened, text_of
from rag_on_dingtalk.dingtalk.inbound.invisible import trimmed
from rag_on_dingtalk.dingtalk.inbound.mentions import (
    is_bot,
    is_bot_name,
    people_in,
    run_mention,
    stands_in,
    with_people,
    without_bot,
)
from rag_on_dingtalk.models.question import Attachment, Mention, Quote

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Stands in the words where the n-th picture stood.
PICTURE_MARK = "[图片{number}]"
#: Stands where something was that the push says nothing more of.
LOST_PICTURE = "[图片：钉钉没有提供内容]"
MORE = "[后面还有内容，没有读完]"
_MARKS = re.compile(r"\[图片\d+\]")

#: More than a person sends; the body's size bounds it anyway.
_MOST_ATTACHMENTS = 50

#: Where a quote was seen in `text`, in `content` or in the body; the first one with words counts.
QUOTE_KEYS = (
    "repliedMsg",
    "quoteMessage",
    "quotedMessage",
    "quoteMsg",
    "quotedMsg",
    "quoteContent",
    "quotedContent",
    "replyMsg",
    "replyMessage",
    "referMsg",
    "quote",
)

#: What has a code and nothing to read but its name or what was recognised.
_MEDIA = frozenset(("picture", "image", "audio", "voice", "video", "file"))
_PICTURES = ("picture", "image")
_KNOWN_IN_RUNS = ("type", "msgType", "downloadCode", "pictureDownloadCode", "fileName")
#: Kinds of the documentation; any other message's payload is looked for under its own name, too.
_DOCUMENTED = frozenset(("text", "richText", "picture", "audio", "video", "file", "unknownMsgType"))


class Contents(msgspec.Struct, frozen=True):
    """One message's words and attachments, and the message it replies to.

    attachments: pictures come in the order of their marks, those of the quoted message last.
    mentions: the people whose marks stand in the words.
    """

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    quote: Quote | None = None
    mentions: tuple[Mention, ...] = ()


def read_contents(body: Mapping[str, Any], message_type: str, title: str = "") -> Contents:
    """What the body of a robot message says.

    title: the bot's name as people see it, which is no part of what they ask.
    """
    reader = Reader(body, title)
    text = without_bot(reader.message(message_type), title)
    if body.get("atUsers"):
        missing = people_in(body)
        text = with_people(text, missing)
        reader.mentions += (
            one for one in missing if stands_in(one.mark, text) and one not in reader.mentions
        )
    quote = None
    if _may_quote(body):
        from rag_on_dingtalk.dingtalk.inbound.quotes import read_quote  # seldom needed

        quote = read_quote(body, reader)
    return Contents(text, tuple(reader.attachments[:_MOST_ATTACHMENTS]), quote, tuple(reader.mentions))


def is_wordless(text: str) -> bool:
    """Whether a message's words are none but the marks of its pictures."""
    return not trimmed(_MARKS.sub("", text))


def _may_quote(body: Mapping[str, Any]) -> bool:
    """Whether the push has anything that a plain message has not."""
    text, content = body.get("text"), body.get("content")
    plain = isinstance(text, dict) and len(text) == 1 and content is None
    return not plain or any(key.startswith(("original", "quote", "repl", "refer")) for key in body)


class Reader:
    """Reads the parts of one push and collects what they have attached."""

    def __init__(self, body: Mapping[str, Any], title: str) -> None:
        self._body = body
        self._title = title
        self.attachments: list[Attachment] = []
        self.mentions: list[Mention] = []

    def message(self, kind: str) -> str:
        """The words of the message itself."""
        content = self._body.get("content")
        if kind == "text":
            # Documented twice: {"text": {"content": …}} and, in the HTTP sample, a bare "content".
            words = _typed(self._body.get("text")) or _typed(content)
            return words or (self._own_part("richText", content) if isinstance(content, dict) else "")
        if kind in _DOCUMENTED:
            # A recording or a rich text that comes as a bare string is still what the person said.
            is_read = kind in ("audio", "richText") or isinstance(opened(content), dict)
            return self._own_part(kind, content) if is_read else ""
        parts = (self._own_part(kind, content), self._own_part(kind, self._body.get(kind)))
        return "\n".join(dict.fromkeys(part for part in (*parts, _typed(self._body.get("text"))) if part))

    def _own_part(self, kind: str, content: object) -> str:
        content = opened(content)
        if isinstance(content, dict):
            content = {key: value for key, value in content.items() if key not in QUOTE_KEYS}
        return self.part(kind, content)

    def part(self, kind: str, content: object) -> str:
        """The words of a message or a quoted one; `kind` is its `msgtype`, as far as the push names it."""
        if kind not in ("text", ""):
            content = opened(content)
        if isinstance(content, str):
            return clean(content)
        if isinstance(content, list) and kind == "richText":
            return self._rich(content)
        if not isinstance(content, dict):
            return self._undocumented(content) if content else ""
        if kind in _MEDIA:
            return self._media(kind, content)
        if kind == "unknownMsgType" and len(content) == 1:
            return ""  # Its one field names what cannot be delivered.
        return self._object(kind, content)

    def _object(self, kind: str, content: Mapping[str, Any]) -> str:
        """Whatever an object says, what is documented of it first."""
        words, rest = "", dict(content)
        if isinstance(runs := opened(rest.get("richText")), list):
            del rest["richText"]
            words = self._rich(runs)
        elif kind == "text":
            # Typed text may look like JSON; it is not opened.
            words = text_of(rest, "text") or text_of(rest, "content")
            rest = {key: value for key, value in rest.items() if clean(value) != words} if words else rest
        more = self._undocumented(rest) if rest else ""
        return "\n".join(dict.fromkeys(part for part in (words, more) if part))

    def _media(self, kind: str, content: Mapping[str, Any]) -> str:
        kind = {"image": "picture", "voice": "audio"}.get(kind, kind)
        attached = self.attach(content, kind)
        words = text_of(content, "recognition")
        if kind == "picture":
            # A picture says nothing but itself; the mark says so where it is quoted.
            return words or text_of(content, "text")
        return words if attached or words else ""

    def _rich(self, runs: list[Any]) -> str:
        words = ""
        for run in runs:
            said = self._run(run)
            # DingTalk's client sets a mention apart with blanks, which its run does not hold.
            apart = isinstance(run, dict) and said.startswith("@") and run_mention(run) is not None
            if apart:
                words += said if not words or words[-1].isspace() else f" {said}"
                words += " "
            elif words.endswith(" ") and said[:1].isspace():
                words += said.lstrip(" ")
            else:
                words += said
        return clean(words)

    def _run(self, run: object) -> str:
        if not isinstance(run, dict):
            return run if isinstance(run, str) else self._undocumented(run)
        mentioned = run_mention(run)
        if mentioned is not None:
            return self._mentioned(run, mentioned)
        kind = (text_of(run, "type") or text_of(run, "msgType")).lower()
        typed = next((key for key in ("text", "content") if isinstance(run.get(key), str)), "")
        said = "" if not typed or is_bot_name(run[typed], self._title) else run[typed]
        rest = {key: run[key] for key in run if key not in (typed, *_KNOWN_IN_RUNS, *QUOTE_KEYS)}
        more = self._undocumented(rest) if rest else ""
        if more and more != said.strip():
            said += f" {more}" if said else more
        if self.attach(run, "picture"):
            said += self.mark()
        return said or (LOST_PICTURE if kind in _PICTURES else "")

    def _mentioned(self, run: Mapping[str, Any], mention: Mention) -> str:
        if is_bot(run, self._body) or is_bot_name(mention.mark, self._title):
            return ""
        self.mentions.append(mention)
        return mention.mark

    def _undocumented(self, content: object) -> str:
        from rag_on_dingtalk.dingtalk.inbound.records import read_undocumented  # seldom needed

        words = read_undocumented(content, self._picture)
        return words.text if words.complete else f"{words.text}\n{MORE}".strip()

    def _picture(self, content: Mapping[str, Any]) -> str:
        """The mark of a picture that an object holds; empty for other objects."""
        kind = (text_of(content, "msgType") or text_of(content, "type")).lower()
        if kind in ("file", "audio", "video") or text_of(content, "fileName"):
            return ""
        return self.mark() if self.attach(content, "picture") else ""

    def mark(self) -> str:
        """What stands in the words for the picture that was attached last."""
        number = sum(1 for attachment in self.attachments if attachment.kind == "picture")
        return PICTURE_MARK.format(number=number)

    def attach(self, content: Mapping[str, Any], kind: Any) -> bool:
        """Take what an object has a code for; whether it has one."""
        code, second = text_of(content, "downloadCode"), text_of(content, "pictureDownloadCode")
        if not code and not second:
            return False
        second = second if code and second != code else ""
        self.attachments.append(
            Attachment(
                kind, code or text_of(content, "pictureDownloadCode"), text_of(content, "fileName"), second
            )
        )
        return True


def _typed(value: object) -> str:
    # In a group the blank between the removed @robot and the words is left.
    return text_of(value, "content") if isinstance(value, dict) else clean(value)
