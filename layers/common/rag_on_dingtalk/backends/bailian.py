"""Bailian (百炼, Alibaba Cloud Model Studio): an application over DashScope's completion API.

Read in the documentation and in the source of DashScope's Python package, never run. What the documentation
leaves open is taken either way: a session id that has expired may fail or begin anew.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from rag_on_dingtalk.backends.base import Finding, Identifiers, Usage
from rag_on_dingtalk.backends.citations.marks import BAILIAN_MARKS, repeats
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.probing import Stopwatch, gather
from rag_on_dingtalk.backends.text.gathered import Gathered
from rag_on_dingtalk.backends.transport.answer import Reading
from rag_on_dingtalk.backends.transport.renewal import renewed
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.transport.stream import Channel
from rag_on_dingtalk.backends.verdicts.failures import Failures, provider_failure, status_failure
from rag_on_dingtalk.backends.verdicts.finish_reasons import Ending, ending_of
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart, Ask
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.backends import Bailian

#: The cloud keeps a session for an hour after its last turn, and for 50 turns.
SESSION_SECONDS = 55 * 60
SESSION_TURNS = 50

#: By the beginning of the code; `Throttling.RateQuota` and `InternalError.Algo` are kinds of these.
_CODES = (
    ("InvalidApiKey", FailureKind.CONFIG_AUTH),
    ("AccessDenied", FailureKind.CONFIG_AUTH),
    ("App.AccessDenied", FailureKind.CONFIG_AUTH),
    ("ModelNotFound", FailureKind.CONFIG_TARGET),
    ("NotFound", FailureKind.CONFIG_TARGET),
    ("InvalidParameter", FailureKind.BAD_INPUT),
    ("Arrearage", FailureKind.QUOTA),
    ("DataInspectionFailed", FailureKind.BLOCKED),
    ("Throttling", FailureKind.BUSY),
    ("RequestTimeOut", FailureKind.TIMEOUT),
)


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
        session = _Session.read(ask.conversation_id).continued(self._clock())
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

        reading = _BailianReading(self._failures, self._settings, session)
        return self._channel.converse(self._url, payload, reading, refused, trace_id=ask.trace_id)

    def _refused(self, reply: Reply, *, in_session: bool = False) -> BackendError:
        words = reply.text("message")
        kind = _failure_kind(reply.document, reply.status)
        if in_session and reply.status < 500 and "session" in words.lower():  # noqa: PLR2004 - HTTP
            kind = FailureKind.CONVERSATION_GONE
        return self._failures.error(kind, f"answered {_place(reply.document, reply.status)}", words)


class _Session(msgspec.Struct, frozen=True):
    """The cloud's session with what decides how long it lasts; travels as `Ask.conversation_id`.

    used: seconds since the epoch.
    """

    id: str = ""
    turns: int = 0
    used: int = 0

    @classmethod
    def read(cls, conversation_id: str) -> _Session:
        """The session that was written as `conversation_id`."""
        try:
            return msgspec.json.decode(conversation_id, type=cls)
        except msgspec.DecodeError:
            return cls()

    def continued(self, now: float) -> _Session:
        """This session with one more turn, or a new one if the cloud has forgotten it."""
        lasts = self.turns < SESSION_TURNS and now - self.used < SESSION_SECONDS
        return _Session(self.id if lasts else "", self.turns + 1 if lasts else 1, int(now))

    def written(self, session_id: str) -> str:
        """As conversation id, under the name that the cloud gives it now."""
        return msgspec.json.encode(msgspec.structs.replace(self, id=session_id)).decode()


class _BailianReading(Reading):
    def __init__(self, failures: Failures, settings: Bailian, session: _Session) -> None:
        super().__init__(failures, no_answer=settings.no_answer, rewritten=(BAILIAN_MARKS, ""))
        self._session = session
        self._known = Identifiers()
        self._joined = Gathered()
        self._latest = ""
        self._repeats = True

    def take(self, event: Event) -> Iterator[AnswerPart]:
        fields = event.fields
        output = object_of(fields.get("output"))
        if fields.get("code") and not output:
            where, words = _place(fields, 500), text_of(fields, "message")
            raise self._failed(_failure_kind(fields, 500), f"broke off with {where}", words)
        yield from self._identify(text_of(output, "session_id"), text_of(fields, "request_id"))
        message = object_of(next(iter(objects(output.get("choices"))), {}).get("message"))
        yield from self._think(text_of(message, "reasoning_content"))
        for thought in objects(output.get("thoughts"))[:1]:
            yield from self._think(thought.get("thought"))
        step = object_of(object_of(output.get("workflow_message")).get("message"))
        # Until the end it is the word "null".
        ending = ending_of(text_of(output, "finish_reason"))
        last = ending is not Ending.NONE
        said = text_of(output, "text") or text_of(step, "content") or text_of(message, "content")
        if said or last:
            yield from self._hear_text(said, last=last)
        yield from cite(_citation(one) for one in objects(output.get("doc_references")))
        yield from _usage(objects(object_of(fields.get("usage")).get("models")))
        yield from self._finish(ending, text_of(output, "finish_reason"))

    def _hear_text(self, text: str, *, last: bool) -> Iterator[AnswerPart]:
        # `incremental_output` is asked for, but some applications ignore it: then every event repeats the
        # whole text so far. The reading assumes that until the first event that is no repetition. The last
        # event adds nothing: it is empty or the whole text.
        self._repeats = self._repeats and text.startswith(self._latest)
        if (
            last
            and not self._repeats
            and len(text) * 4 >= self._joined.size
            and repeats(self._joined.text, text)
        ):
            return
        self._joined.add(text)
        self._latest = text
        if self._repeats:
            yield from self._replace(text)
        elif self._said.size + len(text) == self._joined.size:
            yield from self._append(text)
        else:
            yield from self._replace(self._joined.text)

    def _identify(self, session_id: str, request_id: str) -> Iterator[Identifiers]:
        conversation = self._session.written(session_id) if session_id else self._known.conversation_id
        found = Identifiers(conversation, request_id or self._known.message_id)
        if found != self._known:
            self._known = found
            yield found


def _citation(reference: dict[str, Any]) -> Citation:
    pages = reference.get("page_number")
    numbers = ", ".join(map(str, pages)) if isinstance(pages, list) else ""
    return Citation(
        title=(text_of(reference, "title", "doc_name")).strip(),
        # Signed, and good for a short time only.
        url=web_link(reference.get("doc_url")),
        excerpt=excerpt(text_of(reference, "text")),
        place=f"p. {numbers}" if numbers else "",
    )


def _usage(models: list[dict[str, Any]]) -> Iterator[Usage]:
    counted = [(model.get("input_tokens"), model.get("output_tokens")) for model in models]
    totals = [
        sum(count for count in counts if isinstance(count, int)) for counts in zip(*counted, strict=True)
    ]
    if any(totals):
        yield Usage(*totals)


def _failure_kind(fields: dict[str, Any], status: int) -> FailureKind:
    code = text_of(fields, "code")
    if (by_words := provider_failure(code)) is not FailureKind.UPSTREAM:
        return by_words
    by_code = next((kind for begins, kind in _CODES if code.startswith(begins)), None)
    if by_code is not None:
        return by_code
    by_words = provider_failure(text_of(fields, "message"))
    return status_failure(status) if by_words is FailureKind.UPSTREAM else by_words


def _place(fields: dict[str, Any], status: int) -> str:
    """The request's id, which Alibaba Cloud's support asks for."""
    return " ".join(filter(None, (text_of(fields, "code") or str(status), text_of(fields, "request_id"))))
