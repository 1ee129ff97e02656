"""Anything that answers over HTTP, as settings: what is sent, and where the answer is in what comes back."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from rag_on_dingtalk.settings.kinds.base import Connection, HistoryLength, ReasoningStart, Timeouts
from rag_on_dingtalk.settings.kinds.paths import place
from rag_on_dingtalk.settings.strict import Count, Strict

Preset = Literal["native", "n8n", "langflow", "flowise", "lightrag", "dify-like", "maxkb", "weknora"]

#: Paths of settings; each is read when the settings are.
Places = tuple[str, ...]

#: What stands in braces in an address or a body, and is put in for each question.
PLACEHOLDERS = frozenset(
    (
        "question",
        "session",
        "conversation",
        "user",
        "user_name",
        "history",
        "history:pairs",
        "history:text",
        "files",
        "target",
        "trace",
        "message",
        "task",
        "rating",
        "reason",
    )
)
#: Those of an entry of `{files}`.
FILE_PLACEHOLDERS = frozenset(("url", "name", "type"))

_PLACEHOLDER = re.compile(r"\{([a-z_]+(?::[a-z]+)?)\}")
_AUTH = re.compile(r"bearer|basic|none|header:[A-Za-z0-9-]+|body:\w+")


class Read(Strict, frozen=True, kw_only=True):
    """Where things are in the answer: places like `data.items[0].text`, the first that is there counts.

    event: where an event has its name; the name in an `event:` line counts, too.
    delta: the next piece of the text.
    full: all of the text so far, or a document's whole text.
    unwrap: where the text is in an answer whose text is itself a JSON document.
    reasoning: the next piece of the model's thoughts.
    citations: the list of sources.
    title: of a source, within its entry of the list.
    url: of a source, likewise.
    excerpt: of a source, likewise.
    suggestions: the questions that could follow.
    error: what went wrong, in words.
    conversation: what the server calls the conversation.
    message: what it calls the answer.
    task: what it calls the running answer.
    end: there when the answer is whole and nothing follows; without any, the end of the body is the end.
    may_end: there when the answer is whole unless more text follows.
    """

    event: Places | None = None
    delta: Places | None = None
    full: Places | None = None
    unwrap: Places | None = None
    reasoning: Places | None = None
    citations: Places | None = None
    title: Places | None = None
    url: Places | None = None
    excerpt: Places | None = None
    suggestions: Places | None = None
    error: Places | None = None
    conversation: Places | None = None
    message: Places | None = None
    task: Places | None = None
    end: Places | None = None
    may_end: Places | None = None

    def __post_init__(self) -> None:
        """Every place must be one."""
        for name in self.__struct_fields__:
            for written in getattr(self, name) or ():
                place(written)


class Call(Strict, frozen=True, kw_only=True):
    """A request beside the question.

    path: follows `base_url`; placeholders in it are percent-encoded.
    method: the HTTP method.
    body: as that of the question.
    """

    path: str
    method: Literal["POST", "PUT", "GET", "DELETE"] = "POST"
    body: dict[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Its placeholders must be known."""
        check_template(self.path)
        check_template(self.body)


class Opening(Call, frozen=True, kw_only=True):
    """A request beside the question.

    path: follows `base_url`; placeholders in it are percent-encoded.
    method: the HTTP method.
    body: as that of the question.
    id: the place of the conversation's id in the reply.
    """

    id: str = "id"

    def __post_init__(self) -> None:
        """The place must be one, too."""
        super().__post_init__()
        place(self.id)


class Vote(Call, frozen=True, kw_only=True):
    """A request beside the question.

    path: follows `base_url`; placeholders in it are percent-encoded.
    method: the HTTP method.
    body: as that of the question.
    values: what stands for 👍, 👎 and neither in `{rating}`; without the third a vote cannot be taken back.
    """

    values: tuple[str, ...] = ("like", "dislike")


class Http(Strict, frozen=True, kw_only=True, tag="http", tag_field="kind"):
    """Anything that answers over HTTP: your own agent, n8n, Langflow, Flowise, LightRAG, MaxKB, WeKnora.

    base_url: the server's address, or that of a webhook.
    api_key: where the key is; empty: the server wants none.
    preset: what the settings below are that are not given: a product, or `native`, the contract for an agent
        of your own (docs/guides/backends.md).
    target: the flow, the agent or the knowledge base, `{target}` in an address or a body.
    auth: how the key is sent: `bearer`, `basic` (the secret is `user:password`), `header:NAME`, `body:MEMBER`
        or `none`.
    path: follows `base_url`.
    headers: further headers.
    body: the JSON document that is sent. `{question}`, `{session}`, `{user}`, `{history}`, `{conversation}`,
        `{files}` and `{target}` are put in; a member is left out whose only placeholder is empty.
    file: the entry of `{files}` for each file: `{url}` is its data: URL, `{name}` and `{type}` are its own.
    history: earlier exchanges of the session that `{history}` holds.
    history_tokens: about how many tokens of them at most.
    open: begins a conversation that has to be there before the first question.
    stop: ends an answer there, too.
    rate: passes 👍 and 👎 on.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    base_url: str
    api_key: str = ""
    preset: Preset = "native"
    target: str = ""
    auth: str | None = None
    path: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: dict[str, Any] | None = None
    file: dict[str, Any] | None = None
    history: HistoryLength = 8
    history_tokens: Count = 4_000
    read: Read = Read()
    open: Opening | None = None
    stop: Call | None = None
    rate: Vote | None = None
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts()
    connection: Connection = Connection()

    def __post_init__(self) -> None:
        """What is put in must be known, and the key must have a way."""
        check_template(self.path or "")
        check_template(self.body or {})
        check_template(self.file or {}, FILE_PLACEHOLDERS)
        if self.auth is not None and not _AUTH.fullmatch(self.auth):
            raise ValueError(
                f"auth is {self.auth!r}. It must be bearer, basic, header:NAME, body:MEMBER or none"
            )


def check_template(value: object, there: frozenset[str] = PLACEHOLDERS) -> None:
    """Raises ValueError: a placeholder in an address or a body is unknown."""
    if isinstance(value, dict):
        for one in value.values():
            check_template(one, there)
    elif isinstance(value, list | tuple):
        for one in value:
            check_template(one, there)
    elif isinstance(value, str):
        unknown = [name for name in _PLACEHOLDER.findall(value) if name not in there]
        if unknown:
            known = ", ".join(sorted(there))
            raise ValueError(f"{{{unknown[0]}}} in {value!r} is not known. There is: {known}")
