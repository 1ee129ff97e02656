"""An answer by a model behind an OpenAI-compatible URL, given what was found in the handbook."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from httpx_sse import EventSource, SSEError

from emulators.rag_server.answering.answerers import Piece, ProviderError
from emulators.rag_server.retrieval.tokens import well_formed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from emulators.rag_server.answering.briefing import Briefing

_INSTRUCTIONS = (
    "你是星河科技的员工助手。只根据下面的资料回答，用简洁的中文 Markdown，保留资料中的数字和表格，"
    "并说明依据的是哪一份文件。标注「已废止」的文件只在用户问到旧版时使用。资料里没有的，就说没有找到。"
)


class MissingModelError(ValueError):
    """Raised when the environment names a model server but no model."""


@dataclass(frozen=True)
class ModelSettings:
    """Where a model is, in the names that OpenAI's own clients read from the environment."""

    base_url: str
    api_key: str
    model: str
    proxy: str | None = None

    @staticmethod
    def read(environment: Mapping[str, str]) -> ModelSettings | None:
        """None without OPENAI_BASE_URL; a base URL without OPENAI_MODEL is refused."""
        base_url = environment.get("OPENAI_BASE_URL", "").rstrip("/")
        if not base_url:
            return None
        model = environment.get("OPENAI_MODEL", "")
        if not model:
            raise MissingModelError(
                "OPENAI_BASE_URL is set but OPENAI_MODEL is not. Set OPENAI_MODEL to the name of a model "
                "that the server offers, or unset OPENAI_BASE_URL to have the handbook quoted."
            )
        proxy = environment.get("HTTPS_PROXY") if base_url.startswith("https://") else None
        return ModelSettings(base_url, environment.get("OPENAI_API_KEY", ""), model, proxy)


class Generator:
    """Has a model write the answer from the briefing's context."""

    provider = "generic-openai"

    def __init__(self, settings: ModelSettings) -> None:
        self.model = settings.model
        self._url = f"{settings.base_url}/chat/completions"
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {settings.api_key}"} if settings.api_key else {},
            timeout=httpx.Timeout(120, connect=10),
            proxy=settings.proxy,
            trust_env=False,
        )

    async def answer(self, briefing: Briefing) -> AsyncGenerator[Piece, None]:
        """Pieces as the model sends them; reasoning comes first."""
        request = {"model": self.model, "stream": True, "messages": messages_for(briefing)}
        async with aclosing(self._deltas(request)) as deltas:
            async for delta in deltas:
                reasoning = _text(delta, "reasoning_content") or _text(delta, "reasoning")
                if reasoning:
                    yield Piece(reasoning, thought=True)
                content = _text(delta, "content")
                if content:
                    yield Piece(content)

    async def close(self) -> None:
        """Close the connections to the model."""
        await self._client.aclose()

    async def _deltas(self, request: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        begun = False
        try:
            async with self._client.stream("POST", self._url, json=request) as response:
                if response.is_error:
                    text = (await response.aread()).decode("utf-8", "replace")
                    raise ProviderError(_reason(text), status=response.status_code)
                async for event in EventSource(response).aiter_sse():
                    if event.data == "[DONE]":
                        return
                    for choice in json.loads(event.data).get("choices") or []:
                        begun = True
                        yield choice.get("delta") or {}
        except (httpx.HTTPError, SSEError, ValueError) as error:
            raise ProviderError("Premature close" if begun else f"Connection error: {error}") from error


def messages_for(briefing: Briefing) -> list[dict[str, Any]]:
    """The chat for the model: instructions with the context, the session so far, the question."""
    context = "\n\n".join(f"[资料 {at}]\n{one.reading}" for at, one in enumerate(briefing.context, 1))
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": f"{_INSTRUCTIONS}\n\n{context or '（没有找到资料）'}"}
    ]
    for turn in briefing.turns:
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": turn.answer})
    return [*messages, {"role": "user", "content": _content(briefing)}]


def _content(briefing: Briefing) -> str | list[dict[str, Any]]:
    if not briefing.images:
        return briefing.question
    pictures = [{"type": "image_url", "image_url": {"url": image}} for image in briefing.images]
    return [{"type": "text", "text": briefing.question}, *pictures]


def _text(delta: Mapping[str, Any], key: str) -> str:
    return well_formed(str(delta.get(key) or ""))


def _reason(body: str) -> str:
    """The `error.message` of an OpenAI-style body, or the body itself."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200]
