"""What `check` learns from each product, without asking it a question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.backends.probing import try_out
from rag_on_dingtalk.testing.outcome import soon
from rag_on_dingtalk.testing.scripted import Move, body, data, stream
from tests.contract.backends.dialects.anythingllm import AnythingLLMDialect
from tests.contract.backends.dialects.bailian import BailianDialect
from tests.contract.backends.dialects.dify import DifyDialect
from tests.contract.backends.dialects.openai import OpenAIDialect

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.backends.base import Backend, Finding
    from rag_on_dingtalk.testing.dialect import Dialect
    from rag_on_dingtalk.testing.scripted import Script, ScriptedServer

ROUND_TRIP = re.compile(r"round trip \d+ ms")

PAGE = body(200, "<!DOCTYPE html><html></html>", "text/html")


def said(document: object, status: int = 200) -> Script:
    return body(status, data(document).decode()[6:])


async def found(server: ScriptedServer, backend: Backend, *scripts: Script) -> tuple[Finding, ...]:
    for script in scripts:
        server.will(script)
    findings = await soon(backend.probe())
    assert all(finding.detail.endswith(".") for finding in findings)
    return findings


def verdicts(findings: tuple[Finding, ...]) -> list[tuple[str, bool]]:
    return [(finding.what, finding.well) for finding in findings]


@pytest.mark.parametrize("trouble", [[Move.RESET], [Move.HANG_UP]])
async def test_a_backend_that_is_not_there_is_a_finding(
    trouble: Script, dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    findings = await found(server, dialect.build(server.url, http), trouble)

    assert verdicts(findings) == [("reachable", False)]
    assert "backend.base_url" in findings[0].detail


async def test_no_probe_asks_a_question(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    await found(server, dialect.build(server.url, http), *[said({"error": "refused", "code": "x"}, 403)] * 4)

    assert server.received
    assert not any(
        words in request.content for request in server.received for words in (b'"query"', b'"prompt"')
    )
    assert not any(
        request.path.endswith(("/chat/completions", "/stream-chat")) for request in server.received
    )


class TestAnythingLLM:
    ONLINE = said({"online": True})
    AUTHENTICATED = said({"authenticated": True})

    def build(self, server: ScriptedServer, http: httpx.AsyncClient) -> Backend:
        return AnythingLLMDialect().build(server.url, http)

    async def test_all_is_well(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        workspace = said({"workspace": [{"slug": "handbook", "name": "手册", "chatMode": "query"}]})

        findings = await found(server, self.build(server, http), self.ONLINE, self.AUTHENTICATED, workspace)

        assert verdicts(findings) == [("reachable", True), ("key", True), ("target", True)]
        assert ROUND_TRIP.search(findings[0].detail)
        assert [request.path for request in server.received] == [
            "/api/ping",
            "/api/v1/auth",
            "/api/v1/workspace/handbook",
        ]

    async def test_another_page_at_its_address(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        assert verdicts(await found(server, self.build(server, http), PAGE)) == [("target", False)]

    async def test_an_unknown_key(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        refused = said({"error": "No valid api key found."}, 403)

        findings = await found(server, self.build(server, http), self.ONLINE, refused)

        assert verdicts(findings) == [("reachable", True), ("key", False)]

    async def test_a_missing_workspace_names_those_there_are(
        self, http: httpx.AsyncClient, server: ScriptedServer
    ) -> None:
        there = said({"workspaces": [{"slug": "it"}, {"slug": "hr"}]})

        findings = await found(
            server, self.build(server, http), self.ONLINE, self.AUTHENTICATED, said({"workspace": []}), there
        )

        assert verdicts(findings) == [("reachable", True), ("key", True), ("target", False)]
        assert "has no workspace handbook, it has: it, hr." in findings[-1].detail


class TestDify:
    @pytest.mark.parametrize("app", ["chat", "agent", "chatflow"])
    async def test_all_is_well(self, app: str, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        info = said({"name": "手册", "description": "", "tags": [], "mode": "advanced-chat"})
        form = said({"user_input_form": [{"text-input": {"variable": "desk", "required": True}}]})

        findings = await found(server, DifyDialect().build(server.url, http, app=app), info, form)

        assert verdicts(findings) == [("reachable", True), ("key", True), ("target", True)]
        assert "Dify 1.x" in findings[0].detail
        assert ROUND_TRIP.search(findings[0].detail)
        assert "手册" in findings[1].detail

    async def test_an_unknown_key(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        refused = said({"code": "unauthorized", "message": "Access token is invalid", "status": 401}, 401)

        findings = await found(server, DifyDialect().build(server.url, http), refused)

        assert verdicts(findings) == [("key", False)]

    async def test_a_missing_v1(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        page = body(404, "<html>404</html>", "text/html")

        findings = await found(server, DifyDialect().build(server.url, http, base_url=server.url), page)

        assert verdicts(findings) == [("target", False)]
        assert "its /v1 is probably missing" in findings[0].detail

    async def test_an_app_of_another_kind(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        info = said({"name": "x", "tags": [], "mode": "workflow"})

        findings = await found(server, DifyDialect().build(server.url, http), info, said({}))

        assert verdicts(findings) == [("reachable", True), ("key", True), ("target", False)]
        assert "backend.app says chat" in findings[-1].detail

    @pytest.mark.parametrize(
        ("code", "well"), [("invalid_param", True), ("not_chat_app", False), ("app_unavailable", False)]
    )
    async def test_an_old_server_is_tried_without_a_question(
        self, code: str, *, well: bool, http: httpx.AsyncClient, server: ScriptedServer
    ) -> None:
        trial = said({"code": code, "message": "…", "status": 400}, 400)

        findings = await found(
            server,
            DifyDialect().build(server.url, http),
            said({"name": "x", "description": ""}),
            trial,
            said({}),
        )

        assert verdicts(findings)[-1] == ("target", well)
        assert "Dify 0.6" in findings[0].detail
        assert server.received[1].body == {"user": "rag-on-dingtalk-check"}

    async def test_variables_of_the_form_that_have_no_value(
        self, http: httpx.AsyncClient, server: ScriptedServer
    ) -> None:
        form: dict[str, Any] = {
            "user_input_form": [
                {"text-input": {"variable": "floor", "required": True}},
                {"select": {"variable": "mood", "required": False}},
                None,
            ]
        }
        info = said({"name": "x", "tags": [], "mode": "workflow"})

        findings = await found(
            server, DifyDialect().build(server.url, http, app="workflow"), info, said(form)
        )

        wrong = [finding.detail for finding in findings if not finding.well]
        assert "no input variable query" in wrong[0]
        assert "floor, mood" in wrong[0]
        assert "requires floor" in wrong[1]


class TestOpenAI:
    @pytest.mark.parametrize(("model", "well"), [("qwen-plus", True), ("qwen-9", False)])
    async def test_the_model_is_looked_up(
        self, model: str, *, well: bool, http: httpx.AsyncClient, server: ScriptedServer
    ) -> None:
        models = said(
            {"object": "list", "data": [{"id": "qwen-plus"}, *({"id": f"m{n}"} for n in range(20))]}
        )

        findings = await found(server, OpenAIDialect().build(server.url, http, model=model), models)

        assert verdicts(findings) == [("reachable", True), ("key", True), ("target", well)]
        assert model in findings[-1].detail
        assert "m19" not in findings[-1].detail

    async def test_an_unknown_key(self, http: httpx.AsyncClient, server: ScriptedServer) -> None:
        refused = said({"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, 401)

        findings = await found(server, OpenAIDialect().build(server.url, http), refused)

        assert verdicts(findings) == [("reachable", True), ("key", False)]

    @pytest.mark.parametrize("script", [body(404, "Not Found", "text/plain"), PAGE, said({"data": None})])
    async def test_a_server_without_a_list_of_models_has_to_be_asked(
        self, script: Script, http: httpx.AsyncClient, server: ScriptedServer
    ) -> None:
        findings = await found(server, OpenAIDialect().build(server.url, http), script)

        assert verdicts(findings) == [("reachable", True), ("target", True)]
        assert "--ask" in findings[-1].detail


class TestBailian:
    @pytest.mark.parametrize(
        ("status", "code", "verdict"),
        [
            (400, "InvalidParameter", [("reachable", True), ("key", True), ("target", True)]),
            (401, "InvalidApiKey", [("reachable", True), ("key", False)]),
            (404, "NotFound", [("reachable", True), ("target", False)]),
            (400, "Arrearage", [("reachable", True), ("reachable", False)]),
        ],
    )
    async def test_a_call_without_a_question_tells_about_the_key(
        self,
        status: int,
        code: str,
        verdict: list[tuple[str, bool]],
        http: httpx.AsyncClient,
        server: ScriptedServer,
    ) -> None:
        refusal = said({"code": code, "message": "no", "request_id": "b7-1"}, status)

        assert verdicts(await found(server, BailianDialect().build(server.url, http), refusal)) == verdict


async def test_a_question_shows_whether_the_answer_streams(
    dialect: Dialect, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    backend = dialect.build(server.url, http)
    server.will(stream([dialect.text("补卡"), dialect.text("三次"), dialect.end()]))
    streamed = await try_out(backend, "你好", session_key="check-1")
    server.will(stream([dialect.text("补卡"), dialect.end()]))
    whole = await try_out(backend, "你好", session_key="check-2")
    server.will(body(500, dialect.refusal("fetch failed")))
    failed = await try_out(backend, "你好", session_key="check-3")

    assert [finding.well for finding in (streamed, whole, failed)] == [True, True, False]
    assert "2 pieces" in streamed.detail
    assert "one piece" in whole.detail
    assert "fetch failed" in failed.detail
    assert dialect.asked(server.received[0].body) == "你好"
