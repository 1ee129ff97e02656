"""The RAG products, as settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from rag_on_dingtalk.config.strict import Count, Positive, Strict

#: Dify's kinds of apps; the app's page says which it is.
DifyApp = Literal["chat", "agent", "chatflow", "workflow", "completion"]

HistoryLength = Annotated[int, msgspec.Meta(ge=0, le=50)]


class Patience(Strict, frozen=True, kw_only=True):
    """How long to wait for a backend, in seconds.

    first_byte: until the answer's first byte; AnythingLLM is silent until its model's first token.
    idle: between two pieces of an answer.
    """

    connect: Positive = 5.0
    first_byte: Positive = 90.0
    idle: Positive = 60.0


class Connection(Strict, frozen=True, kw_only=True):
    """How a backend is reached, where the defaults will not do.

    ca_file: PEM file of the authority that signed the server's certificate, in place of the public ones.
    client_certificate, client_key: PEM files for mutual TLS: the client's certificate and its key.
    proxy: the way out, as `http://host:port`.
    concurrency: questions in flight per instance; more wait, `patience.first_byte` at most. With `null`
        there is no limit.
    """

    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    proxy: str = ""
    concurrency: Count | None = None


class AnythingLLM(Strict, frozen=True, kw_only=True, tag="anythingllm", tag_field="kind"):
    """A workspace of AnythingLLM.

    base_url: what the browser shows, for example `https://kb.example.com`; a path prefix is kept.
    workspace: the slug, not the name.
    mode: `query` answers from documents only, `chat` may add the model's own knowledge, `automatic` (from
        1.12 on) lets the model call tools.
    no_answer: how an answer begins that says that the documents hold nothing, where the prompt prescribes it;
        the refusal of `query` is known without.
    """

    base_url: str
    api_key: str
    workspace: str
    mode: Literal["chat", "query", "automatic"] = "query"
    no_answer: tuple[str, ...] = ()
    patience: Patience = Patience()
    connection: Connection = Connection()


class Dify(Strict, frozen=True, kw_only=True, tag="dify", tag_field="kind"):
    """An app of Dify.

    base_url: what the app's API page shows, with its `/v1`.
    app: what kind of app it is.
    query_input: of workflow and completion apps, the input variable that takes the question.
    inputs: values for the app's form variables; `{user_name}` in one stands for the asker's name.
    suggestions: ask for follow-up questions after an answer; the app must have them switched on.
    no_answer: how an answer begins that says that the documents hold nothing, as the app's prompt puts it.
    """

    base_url: str
    api_key: str
    app: DifyApp = "chat"
    query_input: str = "query"
    inputs: dict[str, str] = msgspec.field(default_factory=dict)
    suggestions: bool = True
    no_answer: tuple[str, ...] = ()
    patience: Patience = Patience(first_byte=30.0)
    connection: Connection = Connection()


class OpenAICompatible(Strict, frozen=True, kw_only=True, tag="openai", tag_field="kind"):
    """Anything that speaks OpenAI's chat completions: vLLM, One-API, FastGPT, RAGFlow, Qwen, Ollama.

    base_url: up to and with `/v1`, as the product shows it.
    flavour: FastGPT and RAGFlow name their sources only when asked in their own way; FastGPT then also keeps
        the session itself.
    system_prompt: what the model is told first; `{user_name}` in it stands for the asker's name.
    history: earlier exchanges of the session that are sent along.
    history_tokens: no more than about so many tokens of them.
    extra: further fields of the request, such as `enable_thinking`; `null` leaves one out that is always
        sent.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    """

    base_url: str
    api_key: str
    model: str
    flavour: Literal["plain", "fastgpt", "ragflow"] = "plain"
    system_prompt: str = ""
    history: HistoryLength = 8
    history_tokens: Count = 4_000
    temperature: float | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    no_answer: tuple[str, ...] = ()
    patience: Patience = Patience(first_byte=60.0)
    connection: Connection = Connection()


class Bailian(Strict, frozen=True, kw_only=True, tag="bailian", tag_field="kind"):
    """An application of Alibaba Cloud Model Studio (百炼).

    base_url: the region's API host.
    workspace: `ws_…`, of an application that lives in a sub-workspace.
    app: a workflow streams only when it is asked in its own way.
    inputs: `biz_params`, the start node's variables; `{user_name}` in one stands for the asker's name.
    thoughts: ask for the application's reasoning and retrieval steps.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    """

    app_id: str
    api_key: str
    base_url: str = "https://dashscope.aliyuncs.com"
    workspace: str = ""
    app: Literal["agent", "workflow"] = "agent"
    inputs: dict[str, str] = msgspec.field(default_factory=dict)
    thoughts: bool = False
    no_answer: tuple[str, ...] = ()
    patience: Patience = Patience(first_byte=60.0)
    connection: Connection = Connection()


BackendSettings = AnythingLLM | Dify | OpenAICompatible | Bailian
