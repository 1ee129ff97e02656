"""Refusals as the products and the gateways before them send them: a row each, and who is to do something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.replayed import replay
from rag_on_dingtalk.testing.scripted import data
from tests.contract.backends.conftest import DIALECTS
from tests.contract.backends.dialects.dify import DifyDialect
from tests.contract.backends.dialects.openai import DONE, FastGPTDialect, OpenAIDialect

OPENAI, FASTGPT, DIFY = OpenAIDialect(), FastGPTDialect(), DifyDialect()

#: Status and body of providers and gateways that speak OpenAI's protocol, and what they mean.
GATEWAYS: list[tuple[int, dict[str, Any], FailureKind]] = [
    (429, {"error": {"code": "1113", "message": "余额不足，请先充值"}}, FailureKind.QUOTA),
    (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, FailureKind.QUOTA),
    (403, {"error": {"code": "AllocationQuota.FreeTierOnly", "message": "x"}}, FailureKind.QUOTA),
    (403, {"error": {"code": "AccountOverdueError", "message": "overdue"}}, FailureKind.QUOTA),
    (429, {"error": {"type": "exceeded_current_quota_error", "message": "suspended"}}, FailureKind.QUOTA),
    (403, {"error": {"code": "pre_consume_token_quota_failed", "message": "x"}}, FailureKind.QUOTA),
    (
        401,
        {"error": {"message": "该令牌额度已用尽 (request id: 1)", "type": "one_api_error"}},
        FailureKind.QUOTA,
    ),
    (429, {"code": "PrepaidBillOverdue", "message": "x"}, FailureKind.QUOTA),
    (402, {"error": {"message": "x"}}, FailureKind.QUOTA),
    (400, {"error": {"code": "1301", "message": "可能包含敏感内容"}}, FailureKind.BLOCKED),
    (400, {"error": {"code": "content_filter", "message": "x"}}, FailureKind.BLOCKED),
    (451, {"error": {"message": "x"}}, FailureKind.BLOCKED),
    (
        429,
        {"error": {"code": "Throttling.AllocationQuota", "message": "Allocated quota exceeded"}},
        FailureKind.BUSY,
    ),
    (400, {"error": {"code": "context_length_exceeded", "message": "x"}}, FailureKind.BAD_INPUT),
    (401, {"error": {"code": "invalid_api_key", "message": "Incorrect API key"}}, FailureKind.CONFIG_AUTH),
    (401, {"error": {"message": "无效的令牌", "type": "one_api_error"}}, FailureKind.CONFIG_AUTH),
    (
        401,
        {"error": {"message": "The model `x` does not exist or you have no access"}},
        FailureKind.CONFIG_TARGET,
    ),
    (400, {"error": {"message": "Model Not Exist"}}, FailureKind.CONFIG_TARGET),
    (404, {"error": {"code": "model_not_found", "message": "x"}}, FailureKind.CONFIG_TARGET),
    (503, {"error": {"code": "model_not_found", "message": "当前分组无可用渠道"}}, FailureKind.CONFIG_TARGET),
    (503, {"error": {"message": "当前分组上游负载已饱和"}}, FailureKind.BUSY),
]

ADMINISTRATORS = {FailureKind.CONFIG_AUTH, FailureKind.CONFIG_TARGET, FailureKind.QUOTA}


@pytest.mark.parametrize(("status", "refusal", "kind"), GATEWAYS)
async def test_a_gateways_refusal_is_understood(
    status: int, refusal: dict[str, Any], kind: FailureKind
) -> None:
    seen = await replay(OPENAI, json.dumps(refusal, ensure_ascii=False).encode(), status=status)

    assert seen.kind is kind
    if kind in ADMINISTRATORS:
        assert any(word in str(seen.error) for word in ("backend.", "quota", "balance"))


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [(refusal, kind) for _, refusal, kind in GATEWAYS if kind.value in {"quota", "blocked", "busy"}],
)
async def test_it_is_understood_inside_of_a_stream_too(refusal: dict[str, Any], kind: FailureKind) -> None:
    if "error" in refusal and refusal["error"].get("message") == "x" and "code" not in refusal["error"]:
        pytest.skip("only its status says so")

    assert (await replay(OPENAI, data(refusal), DONE)).kind is kind


PROVIDER = {
    "429 余额不足或无可用资源包": FailureKind.QUOTA,
    "403 pre_consume_token_quota_failed": FailureKind.QUOTA,
    "400 data_inspection_failed": FailureKind.BLOCKED,
    "并发数过高，请稍后": FailureKind.BUSY,
    "prompt is too long": FailureKind.BAD_INPUT,
}


@pytest.mark.parametrize("words", PROVIDER)
@pytest.mark.parametrize("name", DIALECTS)
async def test_a_providers_words_mean_the_same_through_every_product(name: str, words: str) -> None:
    dialect = DIALECTS[name]()

    assert (await replay(dialect, dialect.failure(words), dialect.end())).kind is PROVIDER[words]


FASTGPT_CODES = [
    (514, "unAuthApiKey", FailureKind.CONFIG_AUTH),
    (510, "insufficientQuota", FailureKind.QUOTA),
    (511, "unAuthModel", FailureKind.CONFIG_TARGET),
    (502000, "appUnExist", FailureKind.CONFIG_TARGET),
    (502001, "unAuthApp", FailureKind.CONFIG_AUTH),
    (403, "unAuthorization", FailureKind.CONFIG_AUTH),
]


@pytest.mark.parametrize(("code", "name", "kind"), FASTGPT_CODES)
async def test_fastgpts_codes_are_understood_wherever_they_come(
    code: int, name: str, kind: FailureKind
) -> None:
    refusal = {"code": code, "statusText": name, "message": "请联系管理员", "data": None}
    body = json.dumps(refusal, ensure_ascii=False).encode()

    assert (await replay(FASTGPT, body, status=500)).kind is kind
    assert (await replay(FASTGPT, body, status=200, content_type="application/json")).kind is kind
    assert (await replay(FASTGPT, b"event: error\n" + data(refusal))).kind is kind


DIFY_RUNS = [
    ('PluginInvokeError: {"error_type":"InvokeRateLimitError","message":"429"}', FailureKind.BUSY),
    ('PluginInvokeError: {"error_type":"InvokeServerUnavailableError"}', FailureKind.UPSTREAM),
    ('PluginInvokeError: {"error_type":"InvokeAuthorizationError"}', FailureKind.UPSTREAM),
    ("[openai] Error: insufficient_quota", FailureKind.QUOTA),
    ("PluginDaemonInnerError: no available node", FailureKind.UPSTREAM),
    ("Workflow not published", FailureKind.CONFIG_TARGET),
    ("name is required in input form", FailureKind.CONFIG_TARGET),
    ("Query or prefix prompt is too long", FailureKind.BAD_INPUT),
    ("Run failed: division by zero", FailureKind.UPSTREAM),
]


@pytest.mark.parametrize(("words", "kind"), DIFY_RUNS)
async def test_difys_invalid_param_is_told_by_its_words(words: str, kind: FailureKind) -> None:
    error = {"code": "invalid_param", "status": 400, "message": words}

    assert (await replay(DIFY, data({"event": "error", **error}))).kind is kind
    assert (await replay(DIFY, json.dumps(error).encode(), status=400)).kind is kind


async def test_a_missing_form_variable_names_the_setting() -> None:
    error = {"code": "invalid_param", "status": 400, "message": "desk is required in input form"}

    assert "backend.inputs" in str((await replay(DIFY, json.dumps(error).encode(), status=400)).error)


@pytest.mark.parametrize("words", ["name must be less than 48 characters", "Invalid input"])
async def test_a_question_that_dify_refuses_as_such_is_the_persons_to_change(words: str) -> None:
    error = {"code": "invalid_param", "status": 400, "message": words}

    assert (await replay(DIFY, json.dumps(error).encode(), status=400)).kind is FailureKind.BAD_INPUT


ENDS = [
    ("abort", FailureKind.INTERRUPTED),
    ("network_error", FailureKind.INTERRUPTED),
    ("insufficient_system_resource", FailureKind.INTERRUPTED),
    ({"type": "abort"}, FailureKind.INTERRUPTED),
    ("sensitive", FailureKind.BLOCKED),
    ("SAFETY", FailureKind.BLOCKED),
    ("length", FailureKind.CUT_SHORT),
    ("MAX_TOKENS", FailureKind.CUT_SHORT),
    ("never-heard-of", FailureKind.CUT_SHORT),
    ("stop", None),
    ("end_turn", None),
]


@pytest.mark.parametrize(("reason", "kind"), ENDS)
@pytest.mark.parametrize("done", [b"", DONE])
async def test_a_finish_reason_decides_what_the_answer_is(
    reason: Any, kind: FailureKind | None, done: bytes
) -> None:
    seen = await replay(OPENAI, OPENAI.text("年假为"), data(OPENAI.chunk(reason)), done)

    assert (seen.kind, seen.text) == (kind, "年假为")
    assert ("finish_reason" in {one.what for one in seen.anomalies}) is (reason == "never-heard-of")


@pytest.mark.parametrize(
    ("reason", "kind"), [("length", FailureKind.CUT_SHORT), ("stop", None), ("null", FailureKind.INTERRUPTED)]
)
async def test_bailians_finish_reason_does_so_too(reason: str, kind: FailureKind | None) -> None:
    bailian = DIALECTS["bailian"]()
    last = bailian.end().replace(b'"finish_reason": "stop"', f'"finish_reason": "{reason}"'.encode())

    seen = await replay(bailian, bailian.text("年假为"), last)

    assert (seen.kind, seen.text) == (kind, "年假为")


async def test_a_gateway_that_runs_tools_itself_goes_on_in_the_same_stream() -> None:
    tools = data(OPENAI.chunk("tool_calls"))

    whole = await replay(OPENAI, OPENAI.text("我查一下。"), tools, OPENAI.text("十天。"), OPENAI.end())
    broken = await replay(OPENAI, OPENAI.text("我查一下。"), tools, OPENAI.text("十"))

    assert (whole.kind, whole.text) == (None, "我查一下。十天。")
    assert broken.kind is FailureKind.INTERRUPTED
