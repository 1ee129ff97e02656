"""What a message's `content` holds: a string, or parts of text, of reasoning and of other things. Pure."""

from __future__ import annotations

from typing import Any

from rag_on_dingtalk.backends.transport.reply import objects, text_of

#: What a chunk, its choice and its delta hold when there is a piece of text and nothing else to be told.
_OF_CHUNK = frozenset(("id", "object", "created", "model", "system_fingerprint", "service_tier", "choices"))
_OF_CHOICE = frozenset(("index", "delta", "finish_reason", "logprobs"))
_OF_DELTA = frozenset(("role", "content"))
_REASONING = frozenset(("thinking", "reasoning", "reasoning_content", "redacted_thinking"))


def plain_text(chunk: object) -> str:
    """The text of a chunk that holds nothing else, as most chunks are; empty: it is another."""
    if not isinstance(chunk, dict) or not chunk.keys() <= _OF_CHUNK:
        return ""
    choices = chunk.get("choices")
    choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
    if not isinstance(choice, dict) or not choice.keys() <= _OF_CHOICE:
        return ""
    if choice.get("finish_reason") is not None or choice.get("logprobs") is not None:
        return ""
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) and delta.keys() <= _OF_DELTA else None
    return content if isinstance(content, str) else ""


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
