"""What the settings of every backend have in common."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.settings.strict import Count, Positive, Strict

#: Whether a mark shows where the model's reasoning begins, or every answer begins with it.
ReasoningStart = Literal["marked", "starts_open"]

HistoryLength = Annotated[int, msgspec.Meta(ge=0, le=50)]


class Timeouts(Strict, frozen=True, kw_only=True):
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
    concurrency: questions in flight per instance; more wait, `timeouts.first_byte` at most. With `null`
        there is no limit.
    """

    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""
    proxy: str = ""
    concurrency: Count | None = None
