"""What a workflow's outputs say: any JSON, of which a chat shows text and files. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.transport.reply import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of several outputs, which one is the answer.
_ANSWER_NAMES = ("text", "answer", "result", "output")
#: Beside a text, a number or a flag of this name is about the run, and no part of the answer.
_ABOUT_THE_RUN = frozenset(
    [
        "count",
        "total",
        "usage",
        "tokens",
        "total_tokens",
        "elapsed",
        "elapsed_time",
        "duration",
        "status",
        "code",
        "id",
        "index",
        "score",
        "success",
        "ok",
        "error_code",
    ]
)
#: No deeper, and no longer; the rest is not shown.
_DEEPEST = 6
_MOST_ITEMS = 200


def written(outputs: dict[str, Any]) -> str:
    """The outputs as text: the answer where one is named or alone, else each with its name."""
    return _object(outputs, _DEEPEST)


def files_in(value: object, depth: int = _DEEPEST) -> Iterator[dict[str, Any]]:
    """The files among the outputs, in lists and objects, too."""
    if depth <= 0:
        return
    if isinstance(value, dict):
        if _is_file(value):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value[:_MOST_ITEMS]:
            yield from files_in(one, depth - 1)


def _text(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value if value.strip() else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if depth > 0 and isinstance(value, dict):
        return _object(value, depth - 1)
    if depth > 0 and isinstance(value, list):
        items = [text for one in value[:_MOST_ITEMS] if (text := _text(one, depth - 1))]
        return items[0] if len(items) == 1 else "\n".join(f"- {_indented(item)}" for item in items)
    return ""


def _object(value: dict[str, Any], depth: int) -> str:
    if _is_file(value):
        return ""
    texts = {name: text for name, one in list(value.items())[:_MOST_ITEMS] if (text := _text(one, depth))}
    words = {name: text for name, text in texts.items() if isinstance(value[name], str)}
    if words:
        texts = {name: text for name, text in texts.items() if name in words or name not in _ABOUT_THE_RUN}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return text_of(words, *_ANSWER_NAMES) or "\n\n".join(f"{name}: {text}" for name, text in texts.items())


def _indented(item: str) -> str:
    return item.replace("\n", "\n  ")


def _is_file(value: dict[str, Any]) -> bool:
    if value.get("dify_model_identity") == "__dify__file__":
        return True
    named = bool(text_of(value, "url", "remote_url"))
    return named and any(name in value for name in ("filename", "mime_type", "extension", "transfer_method"))
