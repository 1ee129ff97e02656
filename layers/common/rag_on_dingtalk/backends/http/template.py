"""Addresses and bodies with placeholders, filled in for one question. Pure.

A body is a tree and stays one: what is put in can end no string and begin no member.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rag_on_dingtalk.backends.history import window
from rag_on_dingtalk.backends.transport.uploads import DataUrl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.backends.base import Ask, Upload
    from rag_on_dingtalk.settings.kinds.http import Http

_PLACEHOLDER = re.compile(r"\{([a-z_]+(?::[a-z]+)?)\}")
_LEFT_OUT = object()


def values_of(ask: Ask, settings: Http, file: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands for each placeholder in the request that asks.

    file: the entry of `{files}` for each file.
    """
    earlier = window(ask.history, exchanges=settings.history, limit=settings.history_tokens)
    messages = [
        {"role": role, "content": said}
        for one in earlier
        for role, said in (("user", one.question), ("assistant", one.answer))
    ]
    return {
        "question": ask.text,
        "session": ask.session_key,
        "conversation": ask.conversation_id,
        "user": ask.user,
        "user_name": ask.user_name,
        "target": settings.target,
        "trace": ask.trace_id,
        "history": messages,
        "history:pairs": [[one.question, one.answer] for one in earlier],
        "history:text": "\n".join(f"{message['role']}: {message['content']}" for message in messages),
        "files": [_file(file, upload) for upload in ask.uploads] if file else [],
    }


def fill(tree: Any, values: Mapping[str, Any]) -> Any:
    """The tree with its placeholders replaced; without the members whose only placeholder is empty."""
    filled = _fill(tree, values)
    return {} if filled is _LEFT_OUT else filled


def fill_path(path: str, values: Mapping[str, Any]) -> str:
    """The path with its placeholders replaced; none of them leaves its place in it."""
    return _PLACEHOLDER.sub(lambda found: _segment(_text(values.get(found[1]))), path)


def _fill(tree: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(tree, dict):
        filled = {name: _fill(value, values) for name, value in tree.items()}
        return {name: value for name, value in filled.items() if value is not _LEFT_OUT}
    if isinstance(tree, list | tuple):
        return [one for one in (_fill(value, values) for value in tree) if one is not _LEFT_OUT]
    if not isinstance(tree, str):
        return tree
    alone = _PLACEHOLDER.fullmatch(tree)
    if alone is None:
        return _PLACEHOLDER.sub(lambda found: _text(values.get(found[1])), tree)
    value = values.get(alone[1])
    return _LEFT_OUT if value in (None, "", []) else value


def _file(entry: Mapping[str, Any], upload: Upload) -> Any:
    about = {"url": DataUrl(upload), "name": upload.name, "type": upload.media_type}
    return _fill(dict(entry), about)


def _segment(text: str) -> str:
    # Dots alone would lead up.
    return "%2E" * len(text) if set(text) == {"."} else quote(text, safe="")


def _text(value: object) -> str:
    return "" if value is None else str(value)
