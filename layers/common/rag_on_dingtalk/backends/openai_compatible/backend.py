"""Asking an OpenAI-compatible server: the session travels with every question."""

from __future__ import annotations

import re
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Finding
from rag_on_dingtalk.backends.history import window
from rag_on_dingtalk.backends.openai_compatible.events import OpenAIReading
from rag_on_dingtalk.backends.openai_compatible.failures import (
    FIELD_ADVICE,
    UNKNOWN_FIELD,
    error_of,
    failure_kind,
    refuses_stream_options,
    words_of,
)
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.transport.reply import objects, text_of
from rag_on_dingtalk.backends.transport.stream import Channel
from rag_on_dingtalk.backends.transport.uploads import DataUrl
from rag_on_dingtalk.backends.verdicts.failures import Failures
from rag_on_dingtalk.errors import BackendError, FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import OpenAICompatible

#: FastGPT takes names of sessions up to this, characters.
_CHAT_ID_LIMIT = 249

#: How many names of a list of models are shown.
_LISTED = 10

#: Asks for the number of tokens; without it a stream does not hold one.
_OPTIONS = "stream_options"
_USAGE: dict[str, object] = {_OPTIONS: {"include_usage": True}}

_PRODUCTS = {
    "plain": "The OpenAI-compatible server",
    "fastgpt": "FastGPT",
    "ragflow": "RAGFlow",
    "ark-bots": "Ark",
    "open-webui": "Open WebUI",
}

#: Of these flavours each takes pictures as OpenAI does.
_SEE = frozenset(("plain", "ark-bots", "open-webui"))


class OpenAIBackend:
    """Answers from one model, or from what a product calls one."""

    def __init__(self, settings: OpenAICompatible, api_key: Secret, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._failures = Failures(
            _PRODUCTS[settings.flavour],
            api_key,
            "Check backend.base_url (up to and with /v1, as the product shows it) and backend.model.",
        )
        self._channel = Channel(http, api_key, settings, self._failures)
        self._api = api_url(settings.base_url, settings.flavour)
        #: Whether the server has refused a question because of `stream_options`: they are then left out.
        self._refuses_options = False

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`.

        Raises:
            BackendError: at once FILE_REFUSED, for any file but a picture.
        """
        return self._ask(self._payload(ask), ask.trace_id)

    async def _ask(self, payload: dict[str, object], trace_id: str) -> AsyncGenerator[AnswerPart, None]:
        if self._refuses_options:
            payload.pop(_OPTIONS, None)
        try:
            async with aclosing(self._converse(payload, trace_id)) as parts:
                async for part in parts:
                    yield part
        except BackendError:
            # A refusal comes before everything else, so nothing is shown twice.
            if not (self._refuses_options and payload.pop(_OPTIONS, None)):
                raise
        else:
            return
        async with aclosing(self._converse(payload, trace_id)) as parts:
            async for part in parts:
                yield part

    def _converse(self, payload: dict[str, object], trace_id: str) -> AsyncGenerator[AnswerPart, None]:
        return self._channel.converse(
            f"{self._api}/chat/completions",
            payload,
            OpenAIReading(self._failures, self._settings),
            self._refused,
            trace_id=trace_id,
        )

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. Closing the stream ends the answer."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`. There is no place for it."""

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await gather(self._probe())

    async def _probe(self) -> AsyncIterator[Finding]:
        watch = Stopwatch()
        reply = await self._channel.call("GET", f"{self._api}/models")
        product, model = _PRODUCTS[self._settings.flavour], self._settings.model
        yield Finding("reachable", well=True, detail=f"{product} answers, round trip {watch}.")
        kind = self._refused(reply).kind
        if not reply.well and kind is FailureKind.CONFIG_AUTH:
            raise self._refused(reply)
        # The facade of AnythingLLM 1.8 names its workspaces `model`.
        names = (text_of(one, "id", "model", "name") for one in objects(reply.document.get("data")))
        models = [name for name in names if name]
        if not (reply.well and models):
            # FastGPT and RAGFlow have no such list, nor have some gateways.
            detail = "It lists no models, so key and model cannot be checked without asking (check --ask)."
            yield Finding("target", well=True, detail=detail)
            return
        yield Finding("key", well=True, detail="The key is accepted.")
        if model in models:
            yield Finding("target", well=True, detail=f"The model {model} is there.")
        else:
            there = ", ".join(models[:_LISTED]) + (", …" if len(models) > _LISTED else "")
            raise self._failures.error(FailureKind.CONFIG_TARGET, f"has no model {model}, it has {there}")

    def _payload(self, ask: Ask) -> dict[str, object]:
        settings = self._settings
        payload: dict[str, object] = {"model": settings.model, "messages": [], "stream": True}
        exchanges = settings.history
        match settings.flavour:
            case "plain" | "ark-bots" | "open-webui":
                payload |= _USAGE
            case "fastgpt":
                # Sources come with the details only. It keeps the session itself and reads the last message.
                payload |= {"chatId": ask.session_key[:_CHAT_ID_LIMIT], "detail": True}
                exchanges = 0
            case "ragflow":
                # The field is called `extra_body` on the wire, too: OpenAI's Python client would unwrap it.
                payload |= {"extra_body": {"reference": True}}
        if settings.temperature is not None:
            payload["temperature"] = settings.temperature
        payload |= settings.extra
        payload["messages"] = self._messages(ask, exchanges)
        return {name: value for name, value in payload.items() if value is not None}

    def _messages(self, ask: Ask, exchanges: int) -> list[dict[str, object]]:
        messages: list[dict[str, object]] = []
        if prompt := self._settings.system_prompt:
            messages.append({"role": "system", "content": prompt.replace("{user_name}", ask.user_name)})
        for exchange in window(ask.history, exchanges=exchanges, limit=self._settings.history_tokens):
            messages.append({"role": "user", "content": exchange.question})
            messages.append({"role": "assistant", "content": exchange.answer})
        messages.append({"role": "user", "content": self._content(ask)})
        return messages

    def _content(self, ask: Ask) -> object:
        if not ask.uploads:
            return ask.text
        for upload in ask.uploads:
            # RAGFlow ignores a picture without an error, FastGPT takes public addresses only.
            if not upload.is_picture or self._settings.flavour not in _SEE:
                raise self._failures.error(FailureKind.FILE_REFUSED, f"takes no {upload.media_type}")
        pictures = [{"type": "image_url", "image_url": {"url": DataUrl(one)}} for one in ask.uploads]
        return [{"type": "text", "text": ask.text}, *pictures]

    def _refused(self, reply: Reply) -> BackendError:
        error = error_of(reply)
        words = words_of(error)
        what = f"answered {reply.status}"
        if refuses_stream_options(reply):
            self._refuses_options = True
        if reply.status < HTTPStatus.INTERNAL_SERVER_ERROR and UNKNOWN_FIELD.search(words):
            return self._failures.error(FailureKind.CONFIG_TARGET, what, words, advice=FIELD_ADVICE)
        return self._failures.error(failure_kind(error, reply.status), what, words)


def api_url(base_url: str, flavour: str = "plain") -> str:
    """Where the API is: `base_url` without `/chat/completions`, and with what the flavour's paths begin with.

    That is `/v1` unless it names a version, `/bots` for Ark's bots (behind `/api/v3`), `/api` for Open WebUI.
    """
    url = base_url.rstrip("/").removesuffix("/chat/completions")
    if flavour == "open-webui":
        return url if url.endswith("/api") else f"{url}/api"
    versioned = re.search(r"[^/]/v\d+(?:/|$)", url)
    if flavour == "ark-bots":
        url = url if versioned else f"{url}/api/v3"
        return url if url.endswith("/bots") else f"{url}/bots"
    return url if versioned else f"{url}/v1"
