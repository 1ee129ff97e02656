"""What the events of Dify's streams mean."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec

from rag_on_dingtalk.backends.base import AnswerFile, Identifiers
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.dify.failures import failure_kind, without_input
from rag_on_dingtalk.backends.dify.outputs import files_in, written
from rag_on_dingtalk.backends.text.fragments import mark
from rag_on_dingtalk.backends.transport.answer import Reading, usage
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.backends.verdicts.failures import Failures, provider_failure
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.errors import BackendError
    from rag_on_dingtalk.settings.sections.backends import Dify

#: Where an answer links to a file without saying on which host.
_RELATIVE_LINK = mark(r"\]\(/files/")

_MOST_FILES = 50


class DifyReading(Reading):
    """One answer of an app of any kind."""

    def __init__(self, failures: Failures, settings: Dify) -> None:
        link = f"]({'/'.join(settings.base_url.split('/', 3)[:3])}/files/"
        super().__init__(failures, no_answer=settings.no_answer, rewritten=(_RELATIVE_LINK, link))
        self._base_url = settings.base_url
        self._is_workflow = settings.app == "workflow"
        self._known = Identifiers()
        self._agent_spoke = False
        self._files: set[str] = set()

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        fields = event.fields
        self._look_for_failure(fields)
        yield from self._say(fields)
        match fields.get("event"):
            case "message_file":
                yield from self._file(fields)
            case "message_end":
                yield from self._end(fields)
            case "workflow_finished" if self._is_workflow:
                yield from self._finished(object_of(fields.get("data")))
        yield from self._identify(fields)

    def _look_for_failure(self, fields: dict[str, Any]) -> None:
        data = object_of(fields.get("data"))
        match fields.get("event"):
            case "error":
                words, status = str(fields.get("message") or ""), fields.get("status")
                number = status if isinstance(status, int) else HTTPStatus.INTERNAL_SERVER_ERROR
                kind = failure_kind(str(fields.get("code")), number, words, in_run=True)
                raise self._failed(kind, "broke off", without_input(words))
            case "workflow_finished" if data.get("status") in ("failed", "exception"):
                words = str(data.get("error") or "")
                kind = provider_failure(words)
                raise self._failed(kind, "ran into an error in its workflow", words, verdict=True)
            case "workflow_finished" if data.get("status") == "stopped":
                raise self._failed(FailureKind.UPSTREAM, "was stopped there", verdict=True)
            case "workflow_finished" if data.get("status") == "paused":
                raise self._form()
            case "human_input_required" | "workflow_paused" | "human_input_form_timeout":
                raise self._form()

    def _form(self) -> BackendError:
        # Its buttons are answered with a token, on the form's own page: words in a chat begin a new run.
        return self._failed(
            FailureKind.FORM, "waits for a form, which a chat cannot show (Human Input node)", verdict=True
        )

    def _say(self, fields: dict[str, Any]) -> Iterator[AnswerPart]:
        match fields.get("event"):
            case "agent_message":
                self._agent_spoke = True
                yield from self._append(fields.get("answer"))
            case "message" if self._agent_spoke:
                # A New Agent repeats its whole answer in one closing message.
                self._agent_spoke = False
                yield from self._replace(fields.get("answer"))
            case "message_replace":
                yield from self._replace(fields.get("answer"))
            case "text_chunk":
                yield from self._append(object_of(fields.get("data")).get("text"))
            case "text_replace":
                yield from self._replace(object_of(fields.get("data")).get("text"))
            case "message_end" | "agent_thought" | "agent_log" | "tts_message" | "tts_message_end":
                # A thought repeats the answer, and the end of some versions does.
                pass
            case _:
                # Also `message_file`: with a file in the question, 1.11 and 1.12 send every piece as one.
                yield from self._append(fields.get("answer"))

    def _end(self, fields: dict[str, Any]) -> Iterator[AnswerPart]:
        # The last word of every app but a workflow; a chatflow's `workflow_finished` stands on either side.
        self.complete = True
        metadata = object_of(fields.get("metadata"))
        yield from usage(metadata.get("usage"), "prompt_tokens", "completion_tokens")
        yield from cite(_citation(one) for one in objects(metadata.get("retriever_resources")))
        if not self._spoken:
            yield from self._append(fields.get("answer"))
        for file in objects(fields.get("files")):
            yield from self._file(file)

    def _finished(self, data: dict[str, Any]) -> Iterator[AnswerPart]:
        self.complete = True
        outputs = object_of(data.get("outputs"))
        if not self._spoken:
            yield from self._append(written(outputs))
        for file in files_in(outputs):
            yield from self._file(file)

    def _file(self, fields: dict[str, Any]) -> Iterator[AnswerFile]:
        url = web_link(urljoin(self._base_url, text_of(fields, "url", "remote_url")))
        # A file may come as an event of its own and again in the list of the last one.
        if not text_of(fields, "url", "remote_url") or url in {"", *self._files}:
            return
        if fields.get("belongs_to") != "user" and len(self._files) < _MOST_FILES:
            self._files.add(url)
            self._files_given = True
            yield AnswerFile(url, name=text_of(fields, "filename"), picture=fields.get("type") == "image")

    def _identify(self, fields: dict[str, Any]) -> Iterator[Identifiers]:
        # A workflow's answer is no message; its run is what the logs there know.
        names = {"message_id": "workflow_run_id"} if self._is_workflow else {}
        known = msgspec.structs.asdict(self._known)
        found = {name: value or str(fields.get(names.get(name, name)) or "") for name, value in known.items()}
        if found != known:
            self._known = Identifiers(**found)
            yield self._known


def _citation(resource: dict[str, Any]) -> Citation:
    page = resource.get("page")
    return Citation(
        title=str(resource.get("document_name") or "").strip(),
        excerpt=excerpt(str(resource.get("content") or "")),
        place=f"p. {page}" if isinstance(page, int) else "",
    )
