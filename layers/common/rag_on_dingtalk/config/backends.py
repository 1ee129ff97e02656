"""The RAG products, as settings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.config.strict import Count, Positive, Strict

#: Dify's kinds of apps; the app's page says which it is.
DifyApp = Literal["chat", "agent", "chatflow", "workflow", "completion"]

HistoryLength = Annotated[int, msgspec.Meta(ge=0, le=50)]


class Patience(Strict, frozen=True, kw_only=True):
    """How long to wait for a backend, in seconds.

    first_byte: AnythingLLM is silent until its model's first token.
    idle: between two pieces.
    """

    connect: Positive = 5.0
    first_byte: Positive = 90.0
    idle: Positive = 60.0


class Connection(Strict, frozen=True, kw_only=True):
    """How a backend is reached, where the defaults will not do.

    ca_file: PEM file of the authority that signed the server's certificate, in place of the public ones.
    client_certificate, client_key: PEM files for mutual TLS.
    proxy: `http://host:port`.
    concurrency: questions in flight per instance; more wait. null: no limit.
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
    mode: `query` answers from documents only, `chat` may add the model's own knowledge.
    """

    base_url: str
    api_key: str
    workspace: str
    mode: Literal["chat", "query", "automatic"] = "query"
    patience: Patience = Patience()
    connection: Connection = Connection()


class Dify(Strict, frozen=True, kw_only=True, tag="dify", tag_field="kind"):
    """An app of Dify.

    base_url: what the app's API page shows, with its `/v1`.
    app: what kind of app it is.
    query_input: of workflow and completion apps, the input variable that takes the question.
    inputs: values for the app's form variables.
    suggestions: ask for follow-up questions after an answer; the app must have them switched on.
    """

    base_url: str
    api_key: str
    app: DifyApp = "chat"
    query_input: str = "query"
    inputs: dict[str, str] = msgspec.field(default_factory=dict)
    suggestions: bool = True
    patience: Patience = Patience(first_byte=30.0)
    connection: Connection = Connection()


class OpenAICompatible(Strict, frozen=True, kw_only=True, tag="openai", tag_field="kind"):
    """Anything that speaks OpenAI's chat completions: vLLM, One-API, FastGPT, RAGFlow, Qwen, Ollama.

    base_url: up to and with `/v1`, as the product shows it.
    history: earlier exchanges of the session that are sent along.
    history_tokens: no more than about so many tokens of them.
    """

    base_url: str
    api_key: str
    model: str
    system_prompt: str = ""
    history: HistoryLength = 8
    history_tokens: Count = 4_000
    temperature: float | None = None
    patience: Patience = Patience(first_byte=60.0)
    connection: Connection = Connection()


class Bailian(Strict, frozen=True, kw_only=True, tag="bailian", tag_field="kind"):
    """An application of Alibaba Cloud Model Studio (百炼).

    base_url: the region's API host.
    thoughts: ask for the application's reasoning and retrieval steps.
    """

    app_id: str
    api_key: str
    base_url: str = "https://dashscope.aliyuncs.com"
    thoughts: bool = False
    patience: Patience = Patience(first_byte=60.0)
    connection: Connection = Connection()


BackendSettings = AnythingLLM | Dify | OpenAICompatible | Bailian
