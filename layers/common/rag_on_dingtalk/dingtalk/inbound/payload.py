"""The words in a payload of unknown shape: cards, forwarded records, older clients' quotes. Pure.

Every string is taken for words unless its key names something technical (`…Id`, `…Url`, `msgType`): a key
that is not known here must not cost what a person wanted to show. `Words.complete` is False when a payload is
deeper or has more values than are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import clean, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Cards nest about ten levels; Python's own limit is far above both.
_MOST_LEVELS = 40
#: The body's own bound does not cover JSON that comes as strings.
_MOST_VALUES = 5_000

#: The last word of a key whose value is for programs: `senderStaffId`, `biz_custom_action_url`, `flowStatus`.
#: What people read in such a place (a status that says 已批准) is told by its script.
_TECHNICAL = frozenset(
    (
        "appearance", "at", "avatar", "code", "codes", "color", "colour", "config", "corp", "duration",
        "encoding", "extension", "flag", "height", "icon", "id", "ids", "key", "keys", "layout", "logo",
        "md5", "platform", "priority", "schema", "sign", "signature", "size", "status", "style", "tag",
        "time", "timestamp", "token", "type", "uri", "url", "uuid", "version", "width",
    )
)  # fmt: skip
_FOR_PEOPLE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_KEY_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
#: How card templates call the variables that are not shown.
_HIDDEN = "sys_"

#: Parts of a card that are operated, not read; their `value` is an id.
_CONTROLS = frozenset(
    (
        "action", "btn", "button", "checkbox", "divider", "hr", "icon", "image", "img", "input", "select",
        "spacer",
    )
)  # fmt: skip
_TYPE_KEYS = ("elementType", "componentName", "component", "tag", "type")
_CHILDREN = ("children", "elements", "items")
#: Who said a part of a record.
SPEAKERS = ("senderNick", "senderName", "senderNickName", "sender_nick", "sender_name", "nickName", "nick")
_TITLES = ("title", "header")
_FLAGS = frozenset(("", "true", "false", "null", "none", "undefined"))
#: An encrypted id stands under many keys.
_ENCRYPTED = "$:LWCP"


class Words(msgspec.Struct, frozen=True):
    """What could be read.

    complete: False when there was more than is read.
    """

    lines: tuple[str, ...] = ()
    complete: bool = True

    @property
    def text(self) -> str:
        """One line for each piece."""
        return "\n".join(self.lines)


def words_in(value: object, attach: Callable[[Mapping[str, Any]], str] | None = None) -> Words:
    """The words anywhere in a JSON value, or in JSON within its strings, in the order they stand.

    attach: is given each object and returns what stands for its picture in the words; empty without one.
    """
    walk = _Walk(attach)
    lines = tuple(walk.lines(value, 0))
    return Words(lines, walk.complete)


def is_technical(key: str) -> bool:
    """Whether the value under this key is for programs."""
    words = _KEY_WORD.findall(key)
    # Keys in other scripts than Latin have no such words; they name what a person reads.
    return bool(words) and words[-1].lower() in _TECHNICAL


class _Walk:
    """One walk through a value; `complete` becomes False where it leaves something out."""

    def __init__(self, attach: Callable[[Mapping[str, Any]], str] | None) -> None:
        self.complete = True
        self._attach = attach
        self._values = 0

    def lines(self, value: object, level: int) -> Iterator[str]:
        self._values += 1
        if level > _MOST_LEVELS or self._values > _MOST_VALUES:
            self.complete = False
            return
        inner = opened(value)
        if isinstance(value, str) and inner is not value:
            found = tuple(self.lines(inner, level + 1))
            # JSON that says nothing to people is still what stood there, unless it is empty.
            yield from found or ((clean(value),) if inner else ())
        elif isinstance(value, str):
            words = clean(value)
            if words.lower() not in _FLAGS and not words.startswith(_ENCRYPTED):
                yield words
        elif isinstance(value, list):
            for one in value:
                yield from self.lines(one, level + 1)
        elif isinstance(value, dict):
            yield from self._object(value, level)

    def _object(self, value: Mapping[str, Any], level: int) -> Iterator[str]:
        speaker = next((name for key in SPEAKERS if (name := clean(value.get(key)))), "")
        inline, below = self._parts(value, level)
        if speaker and inline:
            # One line for each entry of a record, however its words were typed.
            yield f"{speaker}:{' '.join(' '.join(inline).split())}"
        elif speaker and not below:
            yield speaker
        else:
            yield from inline
        yield from below

    def _parts(self, value: Mapping[str, Any], level: int) -> tuple[list[str], list[str]]:
        """What an object itself says, and what stands in lists below it."""
        mark = self._attach(value) if self._attach is not None else ""
        parts: dict[tuple[str, ...], None] = {(mark,): None} if mark else {}
        below: list[str] = []
        is_control = _is_control(value)
        for key in sorted(value, key=lambda key: key not in _TITLES):
            inner = opened(value[key])
            if key in SPEAKERS or key.startswith(_HIDDEN) or (is_control and key not in _CHILDREN):
                continue
            technical = is_technical(key)
            if technical and isinstance(inner, str) and not _FOR_PEOPLE.search(inner):
                continue
            lines = tuple(self.lines(inner if technical else value[key], level + 1))
            if isinstance(inner, list):
                below += lines
            # The same words are often there twice: as text and as a preview.
            elif lines:
                parts.setdefault(lines)
        return [line for part in parts for line in part], below


def _is_control(value: Mapping[str, Any]) -> bool:
    kinds = (value.get(key) for key in _TYPE_KEYS)
    return any(isinstance(kind, str) and kind.lower() in _CONTROLS for kind in kinds)
