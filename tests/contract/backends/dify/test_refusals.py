"""How Dify refuses, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag_on_dingtalk.backends.registry import build_backend
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.settings.secret import Secret
from rag_on_dingtalk.settings.sections.backends import Dify
from rag_on_dingtalk.testing.outcome import outcome
from rag_on_dingtalk.testing.scripted import body, data
from tests.contract.backends.dify.hearing import SAYS, hear, refusal

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (401, "unauthorized", "Access token is invalid", FailureKind.CONFIG_AUTH),
        (403, "forbidden", "The app's API service has been disabled.", FailureKind.CONFIG_AUTH),
        (400, "not_chat_app", "Please check if your app mode matches.", FailureKind.CONFIG_TARGET),
        (400, "app_unavailable", "App unavailable.", FailureKind.CONFIG_TARGET),
        (400, "provider_not_initialize", "No valid model provider.", FailureKind.CONFIG_TARGET),
        (400, "model_currently_not_support", "…", FailureKind.CONFIG_TARGET),
        (400, "invalid_param", "Model qwen-9 not exist.", FailureKind.CONFIG_TARGET),
        (400, "provider_quota_exceeded", "Your quota is used up.", FailureKind.QUOTA),
        (429, "rate_limit_error", "Plan limit reached.", FailureKind.QUOTA),
        (429, "too_many_requests", "Too many requests.", FailureKind.BUSY),
        (400, "invalid_param", "Too many requests. Please try again later.", FailureKind.BUSY),
        (400, "invalid_param", "desk is required in input form", FailureKind.CONFIG_TARGET),
        (400, "invalid_param", "Run failed: Node LLM run failed", FailureKind.UPSTREAM),
        (400, "completion_request_error", "status code 429, slow", FailureKind.BUSY),
        (400, "completion_request_error", "status code 401", FailureKind.UPSTREAM),
        (404, "not_found", "Message Not Exists.", FailureKind.CONFIG_TARGET),
        (413, "file_too_large", "…", FailureKind.FILE_REFUSED),
        (400, "invalid_param", "Invalid upload file", FailureKind.FILE_REFUSED),
        (500, "internal_server_error", "…", FailureKind.UPSTREAM),
    ],
)
async def test_a_code_means_the_same_as_an_answer_and_within_a_stream(
    status: int, code: str, message: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, refusal(status, code, message)))
    assert (await outcome(SAYS.build(server.url, http))).kind is kind

    event = data({"event": "error", "status": status, "code": code, "message": message})
    assert (await hear(server, http, event)).kind is kind
    assert (await hear(server, http, SAYS.text("好"), event)).kind is FailureKind.INTERRUPTED


async def test_what_a_person_wrote_is_not_quoted_from_a_validation_error(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    report = (
        "1 validation error for ChatPayload\nquery\n  Too long [type=string_too_long, input_value='我的工资']"
    )
    server.will(body(400, refusal(400, "invalid_param", report)))

    seen = await outcome(SAYS.build(server.url, http))

    assert seen.kind is FailureKind.BAD_INPUT
    assert "query Too long" in str(seen.error)
    assert "工资" not in str(seen.error)


@pytest.mark.parametrize("status", [200, 404])
async def test_a_web_page_hints_at_the_missing_v1(
    status: int, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, "<!DOCTYPE html><html>404</html>", "text/html"))
    bare = build_backend(Dify(base_url=server.url, api_key="env:KEY"), Secret(SAYS.key), http)

    seen = await outcome(bare)

    assert seen.kind is FailureKind.CONFIG_TARGET
    assert "its /v1 is probably missing" in str(seen.error)
