"""Refusals in words that say more than their status."""

from __future__ import annotations

import json
from typing import Any

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.scripted import data
from tests.contract.backends.dialects.openai import DONE
from tests.contract.backends.products.reports.reporting import (
    ANYTHINGLLM,
    BAILIAN,
    DIFY,
    FASTGPT,
    LEAK,
    OPENAI,
    refuses,
    report,
    says,
)

WORDS = "the list of words is too short"
MONEY: list[tuple[int, dict[str, Any]]] = [
    (429, {"error": {"code": "1113", "message": "账户余额已不足" + LEAK}}),
    (403, {"code": 30001, "message": "account balance is not enough" + LEAK, "data": None}),
    (403, {"error": {"code": "AllocationQuota.FreeTierOnly", "message": "The free tier has ended." + LEAK}}),
    (403, {"error": {"code": "AccountOverdueError", "message": "overdue balance" + LEAK}}),
    (429, {"error": {"type": "exceeded_current_quota_error", "message": "account is suspended" + LEAK}}),
    (403, {"error": {"code": "pre_consume_token_quota_failed", "message": "用户额度 0" + LEAK}}),
    (401, {"error": {"type": "one_api_error", "message": "令牌的额度用尽了" + LEAK}}),
    (429, {"code": "PrepaidBillOverdue", "message": "the bill is overdue" + LEAK}),
    (429, {"code": "PostpaidBillOverdue", "message": "the bill is overdue" + LEAK}),
]
QUOTA: dict[str, Any] = {"text": "", "failure": FailureKind.QUOTA, "advice": "quota or the balance"}
for number, (code, document) in enumerate(MONEY):
    report(f"money is used up, {number}: status {code}", WORDS, OPENAI, refuses(code, document), **QUOTA)
    report(f"money is used up, {number}: in a stream", WORDS, OPENAI, says(data(document), DONE), **QUOTA)
    words = json.dumps(document, ensure_ascii=False)
    for product in (ANYTHINGLLM, BAILIAN, DIFY):
        report(
            f"money is used up, {number}: through {type(product).__name__.removesuffix('Dialect')}",
            WORDS,
            product,
            says(product.failure(f"{code} {words}")),
            **QUOTA,
        )
RUN_ERRORS = [
    ('PluginInvokeError: {"error_type":"InvokeRateLimitError","message":"429"}', FailureKind.BUSY, 2),
    ('PluginInvokeError: {"error_type":"InvokeConnectionError","message":"reset"}', FailureKind.UPSTREAM, 2),
    ('PluginInvokeError: {"error_type":"InvokeError","message":"insufficient_quota"}', FailureKind.QUOTA, 1),
    ("Workflow not published", FailureKind.CONFIG_TARGET, 1),
]
for words, failure, asked in RUN_ERRORS:
    event = data({"event": "error", "code": "invalid_param", "status": 400, "message": words + LEAK})
    report(f"Dify: invalid_param says {words}", WORDS, DIFY, *[says(event)] * asked, text="", failure=failure)
for code, name, failure in (
    (514, "unAuthApiKey", FailureKind.CONFIG_AUTH),
    (510, "insufficientQuota", FailureKind.QUOTA),
    (511, "unAuthModel", FailureKind.CONFIG_TARGET),
    (502000, "appUnExist", FailureKind.CONFIG_TARGET),
):
    document = {"code": code, "statusText": name, "message": "请联系管理员" + LEAK, "data": None}
    ways = {
        "200": refuses(200, document),
        "500": refuses(500, document),
        "514": refuses(514, document),
        "event": says(b"event: error\n" + data(document)),
    }
    for way, script in ways.items():
        report(f"FastGPT: code {code} as {way}", WORDS, FASTGPT, script, text="", failure=failure)
report(
    "New API: 503 for a model without a channel",
    WORDS,
    OPENAI,
    refuses(503, {"error": {"code": "model_not_found", "message": "分组下无可用渠道" + LEAK}}),
    text="",
    failure=FailureKind.CONFIG_TARGET,
    advice="backend.model",
)
report(
    "llama.cpp: an error in a 200 stream",
    WORDS,
    OPENAI,
    says(data({"error": {"code": 400, "message": "the request exceeds the available context size" + LEAK}})),
    text="",
    failure=FailureKind.BAD_INPUT,
)
