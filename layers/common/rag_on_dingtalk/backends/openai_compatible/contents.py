"""What a message's `content` holds: a string, or parts of text, of reasoning and of other things. Pure."""

from __future__ import annotations

from typing import Any

from rag_on_dingtalk.backends.transport.reply import objects, text_of

_REASONING = frozenset(("thinking", "reasoning", "reasoning_content", "redacted_thinking"))


def contents(content: object) -> list[str]:
    """The texts of the answer; a refusal in words is one, too."""
    if isinstance(content, str):
        return [content]
    if isinstance(content, list):
        return [
            _text(part) for part in content if not (isinstance(part, dict) and part.get("type") in _REASONING)
        ]
    return []


def thoughts(content: object) -> list[str]:
    """The texts of the parts that are reasoning: Mistral's, FastGPT's, Anthropic's through a gateway."""
    parts = [part for part in objects(content) if part.get("type") in _REASONING]
    return [_thought(part) for part in parts]


def _text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    text = part.get("text")
    # FastGPT wraps it once more.
    return text_of(text, "content", "value") if isinstance(text, dict) else text_of(part, "text", "refusal")


def _thought(part: dict[str, Any]) -> str:
    for name in ("thinking", "reasoning", "text"):
        value = part.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return text_of(value, "content")
        if isinstance(value, list):
            return "".join(text_of(one, "text") for one in objects(value))
    return ""
