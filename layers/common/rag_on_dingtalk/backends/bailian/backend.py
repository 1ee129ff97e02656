"""One application of Bailian as a backend."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from rag_on_dingtalk.backends.bailian.events import BailianReading
from rag_on_dingtalk.backends.bailian.failures import failure_kind, place_of
from rag_on_dingtalk.backends.bailian.session import Session
from rag_on_dingtalk.backends.base import Finding
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.transport.renewal import renewed
from rag_on_dingtalk.backends.transport.stream import Channel
from rag_on_dingtalk.backends.verdicts.failures import Failures
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.errors import BackendError
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import Bailian


class BailianBackend:
    """Answers from one application; the session is named by the cloud.

    clock: seconds since the epoch.
    """

    def __init__(
        self,
        settings: Bailian,
        api_key: Secret,
        http: httpx.AsyncClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._failures = Failures(
            "Bailian",
            api_key,
            "Check backend.app_id, that the application is published, backend.workspace if it lives in a "
            "sub-workspace, and backend.base_url (the key's region).",
        )
        headers = {"X-DashScope-SSE": "enable"}
        if settings.workspace:
            headers["X-DashScope-WorkSpace"] = settings.workspace
        self._channel = Channel(http, api_key, settings, self._failures, headers)
        root = settings.base_url.rstrip("/").removesuffix("/api/v1")
        self._url = f"{root}/api/v1/apps/{quote(settings.app_id, safe='')}/completion"

    def ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        """See `Backend.ask`. A session that has grown too old, or is gone, is replaced by a new one."""
        return renewed(ask, self._ask)

    async def stop(self, ask: Ask, task_id: str) -> None:
        """See `Backend.stop`. Closing the stream ends the answer."""

    async def rate(self, message_id: str, *, liked: bool | None, reason: str, user: str) -> None:
        """See `Backend.rate`. There is no place for it."""

    async def probe(self) -> tuple[Finding, ...]:
        """See `Backend.probe`."""
        return await gather(self._probe())

    async def _probe(self) -> AsyncIterator[Finding]:
        watch = Stopwatch()
        # No call says whether an application is there. One without a question costs nothing and is refused:
        # for its key first, and for its missing question last.
        reply = await self._channel.call("POST", self._url, {"input": {}, "parameters": {}, "debug": {}})
        yield Finding("reachable", well=True, detail=f"Bailian answers, round trip {watch}.")
        refusal = self._refused(reply)
        if refusal.kind is not FailureKind.BAD_INPUT:
            raise refusal
        yield Finding("key", well=True, detail="The key is accepted.")
        detail = "Whether the application is there shows when it is asked (check --ask)."
        yield Finding("target", well=True, detail=detail)

    def _ask(self, ask: Ask) -> AsyncGenerator[AnswerPart, None]:
        if ask.uploads:
            raise self._failures.error(
                FailureKind.FILE_REFUSED, "takes files by public address only, and a chat's files have none"
            )
        session = Session.read(ask.conversation_id).continued(self._clock())
        question: dict[str, object] = {"prompt": ask.text}
        if session.id:
            question["session_id"] = session.id
        if inputs := self._settings.inputs:
            named = {name: value.replace("{user_name}", ask.user_name) for name, value in inputs.items()}
            question["biz_params"] = named
        parameters: dict[str, object] = {"incremental_output": True, "has_thoughts": self._settings.thoughts}
        if self._settings.app == "workflow":
            parameters["flow_stream_mode"] = "message_format"
        payload: dict[str, object] = {"input": question, "parameters": parameters, "debug": {}}

        def refused(reply: Reply) -> BackendError:
            return self._refused(reply, in_session=bool(session.id))

        reading = BailianReading(self._failures, self._settings, session)
        return self._channel.converse(self._url, payload, reading, refused, trace_id=ask.trace_id)

    def _refused(self, reply: Reply, *, in_session: bool = False) -> BackendError:
        words = reply.text("message")
        kind = failure_kind(reply.document, reply.status)
        if in_session and reply.status < 500 and "session" in words.lower():  # noqa: PLR2004 - HTTP
            kind = FailureKind.CONVERSATION_GONE
        return self._failures.error(kind, f"answered {place_of(reply.document, reply.status)}", words)
