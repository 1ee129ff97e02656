"""Dify: chat apps (chatbot, agent, chatflow) over the service API, `POST /v1/chat-messages`.

Event shapes were observed on 0.6.16, 0.15.3 and 1.12.1; those of the New Agent and of Human Input nodes are
documented only.
"""

from __future__ import annotations

from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from rag_on_dingtalk.backends.base import Identifiers
from rag_on_dingtalk.backends.citations import cite, excerpt
from rag_on_dingtalk.backends.failures import Failures, provider_failure, status_failure
from rag_on_dingtalk.backends.reading import Reading
from rag_on_dingtalk.backends.stream import Channel
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.model import Citation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.sse import Event
    from rag_on_dingtalk.backends.stream import Refusal
    from rag_on_dingtalk.config import Dify, Secret

_CODES = {
    "unauthorized": FailureKind.CONFIG_AUTH,
    "forbidden": FailureKind.CONFIG_AUTH,
    "not_chat_app": FailureKind.CONFIG_TARGET,
    "app_unavailable": FailureKind.CONFIG_TARGET,
    "provider_not_initialize": FailureKind.CONFIG_TARGET,
    "model_currently_not_support": FailureKind.CONFIG_TARGET,
    "provider_quota_exceeded": FailureKind.QUOTA,
    "rate_limit_error": FailureKind.QUOTA,
    "too_many_requests": FailureKind.BUSY,
    "internal_server_error": FailureKind.UPSTREAM,
}


class DifyBackend:
    """Answers from one chat app; the conversation is named by the server and belongs to one user."""

    def __init__(self, settings: Dify, api_key: Secret, http: httpx.AsyncClient) -> None:
        self._settings = settings
        base_url = settings.base_url.rstrip("/")
        self._url = f"{base_url}/chat-messages"
        missing = "" if base_url.endswith("/v1") else "; its /v1 is probably missing"
        self._failures = Failures(
            "Dify",
            api_key,
            f"Check backend.base_url (what the app's API page shows{missing}) "
            "and that the app is a published chat app with a model.",
        )
        self._channel = Channel(http, api_key, settings.patience, self._failures)

    async def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`. A conversation that is gone is replaced by a new one, once."""
        try:
            async with aclosing(self._ask(ask)) as parts:
                async for part in parts:
                    yield part
        except BackendError as error:
            # Only ever the first thing said about an old conversation, so nothing is shown or stored twice.
            if error.kind is not FailureKind.CONVERSATION_GONE:
                raise
        else:
            return
        async with aclosing(self._ask(msgspec.structs.replace(ask, conversation_id=""))) as parts:
            async for part in parts:
                yield part

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. Closing the stream alone does not promise that the run stops."""
        if task_id:
            await self._channel.tell(f"{self._url}/{quote(task_id, safe='')}/stop", {"user": ask.user})

    def _ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        payload: dict[str, object] = {
            "inputs": self._settings.inputs,
            "query": ask.text,
            "response_mode": "streaming",
            "conversation_id": ask.conversation_id,
            "user": ask.user,
            # A title would cost a second model call for a list nobody opens.
            "auto_generate_name": False,
        }

        def refused(refusal: Refusal) -> BackendError:
            words = refusal.text("message")
            kind = _failure(str(refusal.document.get("code")), refusal.status, words)
            if kind is FailureKind.CONVERSATION_GONE and not ask.conversation_id:
                kind = FailureKind.CONFIG_TARGET
            return self._failures.error(kind, f"answered {refusal.status}", _without_input(words))

        return self._channel.converse(self._url, payload, _DifyReading(self._failures), refused)


class _DifyReading(Reading):
    def __init__(self, failures: Failures) -> None:
        super().__init__(failures)
        self._known = Identifiers()
        self._agent_spoke = False

    def take(self, event: Event) -> Iterator[AnswerPart]:
        data = event.get("data")
        details = data if isinstance(data, dict) else {}
        match event.get("event"):
            case "error":
                words = str(event.get("message") or "")
                kind = _failure(str(event.get("code")), _number(event.get("status")), words)
                raise self._failed(kind, "broke off", _without_input(words))
            case "workflow_finished" if details.get("status") == "failed":
                words = str(details.get("error") or "")
                raise self._failed(provider_failure(words), "ran into an error in its workflow", words)
            case "human_input_required":
                raise self._failed(
                    FailureKind.UPSTREAM, "waits for a form, which a chat cannot show (Human Input node)"
                )
            case "agent_message":
                self._agent_spoke = True
                yield from self._append(event.get("answer"))
            case "message" if self._agent_spoke:
                # A New Agent repeats its whole answer in one closing message.
                self._agent_spoke = False
                yield from self._replace(event.get("answer"))
            case "message":
                yield from self._append(event.get("answer"))
            case "message_replace":
                yield from self._replace(event.get("answer"))
            case "message_end":
                # The last word of every chat app; a chatflow's `workflow_finished` may stand on either side.
                self.complete = True
                yield from _citations(event.get("metadata"))
        yield from self._identify(event)

    def _identify(self, event: Event) -> Iterator[Identifiers]:
        known = msgspec.structs.asdict(self._known)
        found = {name: value or str(event.get(name) or "") for name, value in known.items()}
        if found != known:
            self._known = Identifiers(**found)
            yield self._known


def _citations(metadata: object) -> Iterator[AnswerPart]:
    resources = metadata.get("retriever_resources") if isinstance(metadata, dict) else None
    rows = resources if isinstance(resources, list) else []
    yield from cite(_citation(row) for row in rows if isinstance(row, dict))


def _citation(resource: dict[str, Any]) -> Citation:
    return Citation(
        title=str(resource.get("document_name") or "").strip(),
        excerpt=excerpt(str(resource.get("content") or "")),
    )


def _failure(code: str, status: int, words: str) -> FailureKind:
    # The limit of concurrent requests is 429 on 0.6.16, but a 400 `invalid_param` on 0.15.3 and 1.12.1.
    if words.startswith("Too many requests"):
        return FailureKind.BUSY
    if code in _CODES:
        return _CODES[code]
    if code == "not_found" and words.startswith("Conversation Not Exists"):
        return FailureKind.CONVERSATION_GONE
    # A provider's 401, 429 and 500 all look like this; only the words tell.
    if code == "completion_request_error" or words.startswith("Run failed"):
        return provider_failure(words)
    if code == "invalid_param" and words.startswith("Model ") and "not exist" in words:
        return FailureKind.CONFIG_TARGET
    return status_failure(status)


def _number(status: object) -> int:
    return status if isinstance(status, int) else HTTPStatus.INTERNAL_SERVER_ERROR


def _without_input(words: str) -> str:
    # 1.x passes on pydantic's report, which quotes what the person wrote.
    return words.partition("[type=")[0]
