"""The RAG products, as settings."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rag_on_dingtalk.settings.kinds.base import Connection, HistoryLength, ReasoningStart, Timeouts
from rag_on_dingtalk.settings.kinds.coze import Coze
from rag_on_dingtalk.settings.kinds.http import Http
from rag_on_dingtalk.settings.kinds.plugin import Plugin
from rag_on_dingtalk.settings.strict import Count, Strict

__all__ = [
    "KEYLESS",
    "AnythingLLM",
    "BackendSettings",
    "Bailian",
    "Connection",
    "Coze",
    "Dify",
    "DifyApp",
    "Http",
    "OpenAICompatible",
    "Plugin",
    "ReasoningStart",
    "Timeouts",
]

#: Dify's kinds of apps; the app's page says which it is.
DifyApp = Literal["chat", "agent", "chatflow", "workflow", "completion"]


class AnythingLLM(Strict, frozen=True, kw_only=True, tag="anythingllm", tag_field="kind"):
    """A workspace of AnythingLLM.

    base_url: what the browser shows, for example `https://kb.example.com`; a path prefix is kept.
    workspace: the slug, not the name.
    mode: `query` answers from documents only, `chat` may add the model's own knowledge, `automatic` (from
        1.12 on) lets the model call tools.
    threads: keep each session as a thread, which the web interface shows, in place of an API session that it
        never shows.
    user_id: with `threads` in multi-user mode, the number of the account that the threads belong to.
    no_answer: how an answer begins that says that the documents hold nothing, where the prompt prescribes it;
        the refusal of `query` is known without.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    base_url: str
    api_key: str
    workspace: str
    mode: Literal["chat", "query", "automatic"] = "query"
    threads: bool = False
    user_id: Count | None = None
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts()
    connection: Connection = Connection()

    def __post_init__(self) -> None:
        """An API session belongs to no account."""
        if self.user_id is not None and not self.threads:
            raise ValueError("user_id needs threads: true, because only threads belong to an account")


class Dify(Strict, frozen=True, kw_only=True, tag="dify", tag_field="kind"):
    """An app of Dify.

    base_url: what the app's API page shows, with its `/v1`.
    app: what kind of app it is.
    query_input: of workflow and completion apps, the input variable that takes the question.
    inputs: values for the app's form variables; `{user_name}` in one stands for the asker's name.
    suggestions: ask for follow-up questions after an answer; the app must have them switched on.
    no_answer: how an answer begins that says that the documents hold nothing, as the app's prompt puts it.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    base_url: str
    api_key: str
    app: DifyApp = "chat"
    query_input: str = "query"
    inputs: dict[str, str] = msgspec.field(default_factory=dict)
    suggestions: bool = True
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts(first_byte=30.0)
    connection: Connection = Connection()


class OpenAICompatible(Strict, frozen=True, kw_only=True, tag="openai", tag_field="kind"):
    """Anything that speaks OpenAI's chat completions: vLLM, FastGPT, RAGFlow, Ark, Open WebUI, Ollama.

    base_url: up to and with `/v1`, as the product shows it.
    flavour: FastGPT and RAGFlow name their sources only when asked in their own way; FastGPT then also keeps
        the session itself. Volcengine Ark's bots and Open WebUI name them in fields of their own.
    system_prompt: what the model is told first; `{user_name}` in it stands for the asker's name.
    history: earlier exchanges of the session that are sent along.
    history_tokens: about how many tokens of them at most.
    extra: further fields of the request, such as `enable_thinking`; `null` leaves one out that is always
        sent.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    base_url: str
    api_key: str
    model: str
    flavour: Literal["plain", "fastgpt", "ragflow", "ark-bots", "open-webui"] = "plain"
    system_prompt: str = ""
    history: HistoryLength = 8
    history_tokens: Count = 4_000
    temperature: float | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts(first_byte=60.0)
    connection: Connection = Connection()


class Bailian(Strict, frozen=True, kw_only=True, tag="bailian", tag_field="kind"):
    """An application of Alibaba Cloud Model Studio (百炼).

    base_url: the region's API host.
    workspace: `ws_…`, of an application that lives in a sub-workspace.
    app: a workflow streams only when it is asked in its own way.
    inputs: `biz_params`, the start node's variables; `{user_name}` in one stands for the asker's name.
    thoughts: ask for the application's reasoning and retrieval steps.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    app_id: str
    api_key: str
    base_url: str = "https://dashscope.aliyuncs.com"
    workspace: str = ""
    app: Literal["agent", "workflow"] = "agent"
    inputs: dict[str, str] = msgspec.field(default_factory=dict)
    thoughts: bool = False
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts(first_byte=60.0)
    connection: Connection = Connection()


#: The kinds that may have no key.
KEYLESS = (Http, Plugin)

BackendSettings = AnythingLLM | Dify | OpenAICompatible | Bailian | Coze | Http | Plugin
