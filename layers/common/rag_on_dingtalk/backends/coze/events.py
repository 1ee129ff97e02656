"""What the events of a Coze chat mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.base import Anomaly, Identifiers, Suggestions
from rag_on_dingtalk.backends.citations.sources import cite, excerpt, web_link
from rag_on_dingtalk.backends.coze.failures import ADVICE, code_of, failure_kind, words_of
from rag_on_dingtalk.backends.transport.answer import ENDED_EARLY, Reading, usage
from rag_on_dingtalk.backends.transport.events import DONE
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.answer import Loss
    from rag_on_dingtalk.backends.transport.events import Event
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.settings.kinds.coze import Coze

#: A message of another type is none of the answer's text.
_ANSWER = ("answer", "")


class CozeReading(Reading):
    """One chat. continues: it goes on with a conversation."""

    def __init__(self, failures: Failures, settings: Coze, *, continues: bool) -> None:
        super().__init__(failures, no_answer=settings.no_answer)
        self._continues = continues
        self._known = Identifiers()
        self._conversation = self._chat = self._answer_id = ""
        self._message = ""
        self._before = ""
        self._card = False
        self._follow_ups: list[str] = []

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """See `Reading.take`."""
        fields, name = event.fields, event.name
        if event.data == DONE or name == "done" or name.endswith(".done"):
            # Coze Studio's comes without data and is not seen: the chat's own end counts, too.
            return
        if name == "error" or name.endswith(("chat.failed", "chat.canceled", "chat.cancelled")):
            raise self._broken(fields, name)
        if name.startswith("conversation.message."):
            yield from self._hear_message(fields, completed=name.endswith("completed"))
        elif name.startswith("conversation.chat."):
            yield from self._identify(fields, chat=text_of(fields, "id"))
            yield from usage(fields.get("usage"), "input_count", "output_count")
            yield from usage(fields.get("usage"), "input_tokens", "output_tokens")
            if name.endswith("requires_action"):
                self._await_action(object_of(fields.get("required_action")))
            elif name.endswith("completed"):
                if code_of(fields):
                    raise self._broken(fields, name)
                self.complete = True
        elif code_of(fields):
            raise self._broken(fields, name)
        elif "content_type" in fields and not name:
            # The line with its name was lost. What repeats the message is the whole of it.
            so_far = self._said.text[len(self._before) :]
            whole = bool(so_far) and text_of(fields, "content").startswith(so_far)
            yield from self._hear_message(fields, completed=whole)

    def close(self, loss: Loss = ENDED_EARLY) -> Iterator[AnswerPart]:
        """See `Reading.close`."""
        if self._card and not self._spoken and self.complete:
            raise self._failures.error(
                FailureKind.EMPTY,
                "answered with a card, which a chat cannot show",
                begun=True,
                verdict=True,
                advice="Let the bot answer in text.",
            )
        yield from super().close(loss)

    def _hear_message(self, fields: dict[str, Any], *, completed: bool) -> Iterator[AnswerPart]:
        kind, content = text_of(fields, "type"), text_of(fields, "content")
        if not completed:
            yield from self._think(fields.get("reasoning_content"))
        if text_of(fields, "role") == "user" and kind != "follow_up":
            return
        if kind in _ANSWER:
            yield from self._answer(fields, content, completed=completed)
        elif kind == "follow_up" and completed and content.strip():
            self._follow_ups.append(content.strip())
            yield Suggestions(tuple(self._follow_ups))
        elif kind in {"verbose", "knowledge"} and completed:
            # Never shown: it holds whole slices of the documents, and the request that found them.
            yield from cite(map(_citation, _recalled(content)))

    def _answer(self, fields: dict[str, Any], content: str, *, completed: bool) -> Iterator[AnswerPart]:
        if text_of(fields, "content_type") == "card":
            if not self._card:
                self._card = True
                yield Anomaly("card")
            return
        message = text_of(fields, "id")
        if message != self._message:
            # A workflow's message nodes are answers of their own.
            self._message = message
            self._before = f"{self._said.text}\n\n" if self._spoken else self._said.text
            yield from self._identify(fields, message=message)
        if not completed and content:
            if self._said.size < len(self._before):
                yield from self._append(self._before[self._said.size :])
            yield from self._append(content)
        elif content:
            yield from self._replace(self._before + content)

    def _identify(
        self, fields: dict[str, Any], *, chat: str = "", message: str = ""
    ) -> Iterator[Identifiers]:
        self._conversation = text_of(fields, "conversation_id") or self._conversation
        self._chat = chat or self._chat
        self._answer_id = message or self._answer_id
        known = Identifiers(
            self._conversation,
            # To vote for an answer, or to end a chat, one has to name the conversation, too.
            json.dumps([self._conversation, self._answer_id]) if self._answer_id else "",
            json.dumps([self._conversation, self._chat]) if self._chat else "",
        )
        if known != self._known:
            self._known = known
            yield known

    def _await_action(self, action: dict[str, Any]) -> None:
        calls = objects(object_of(action.get("submit_tool_outputs")).get("tool_calls"))
        if any(text_of(call, "type") == "reply_message" for call in calls):
            # The flow has asked something; the person's next message goes on with it.
            self.complete = True
            return
        raise self._failed(FailureKind.FORM, "waits for a tool that only its own client has", verdict=True)

    def _broken(self, fields: dict[str, Any], name: str) -> Exception:
        if name.endswith(("canceled", "cancelled")):
            return self._failed(FailureKind.INTERRUPTED, "says that the chat was cancelled", verdict=True)
        code, words = code_of(fields), words_of(fields)
        kind = failure_kind(code, words, 500, continues=self._continues and not self._spoken)
        return self._failures.error(
            FailureKind.INTERRUPTED if self._spoken else kind,
            f"broke off with {code}" if code else "broke off",
            words,
            begun=True,
            advice="" if self._spoken else ADVICE.get(code, ""),
        )


def _recalled(content: str) -> list[dict[str, Any]]:
    """The chunks of a recall: JSON whose `data` is JSON again in the cloud, the data alone in Coze Studio."""
    found = _decoded(content)
    if found.get("msg_type", "knowledge_recall") != "knowledge_recall":
        return []
    data = found.get("data", found)
    return objects((_decoded(data) if isinstance(data, str) else object_of(data)).get("chunks"))


def _decoded(text: str) -> dict[str, Any]:
    try:
        return object_of(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return {}


def _citation(chunk: dict[str, Any]) -> Citation:
    meta = object_of(chunk.get("meta"))
    link, document = object_of(meta.get("link")), object_of(meta.get("document"))
    return Citation(
        title=(text_of(document, "name") or text_of(link, "title")).strip(),
        url=web_link(link.get("url")),
        excerpt=excerpt(text_of(chunk, "slice")),
    )
