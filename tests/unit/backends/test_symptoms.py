"""What the words of providers and gateways mean; the wordings are made up after public lists."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.verdicts.symptoms import is_verdict, provider_failure
from rag_on_dingtalk.errors import FailureKind

QUOTA = [
    "1113",
    "账户余额不足，请充值后再试",
    "余额不足或没有可用的资源包",
    "您的账户已欠费",
    "该令牌的额度已用尽 TokenStatusExhausted",
    "用户额度不足, 剩余额度: 0",
    "预扣费额度失败, 用户剩余额度: ￥0.01",
    "免费额度已经用完",
    "本月调用次数已达到上限",
    "已超出当日调用限额",
    "AI积分不足",
    "insufficient_quota",
    "insufficient_user_quota",
    "pre_consume_token_quota_failed",
    "token quota is not enough",
    "You exceeded your current quota, please check your plan and billing details",
    "exceeded_current_quota_error",
    "Insufficient Balance",
    "Sorry, your account balance is insufficient",
    "Insufficient credits. Add more at the console",
    "Your credit balance is too low to access the API",
    "AllocationQuota.FreeTierOnly",
    "The free tier of this model has been exhausted",
    "AccountOverdueError",
    "Your account has an overdue balance",
    "PrepaidBillOverdue",
    "PostpaidBillOverdue",
    "Arrearage",
    "CommodityNotPurchased",
    "AccessDenied.Unpurchased",
    "FailedOperation.ResourcePackExhausted",
    "billing_hard_limit_reached",
    "aiPointsNotEnough",
    "insufficientQuota",
    "Your quota for the hosted model has been exhausted",
    "402 Payment Required",
    "status code: 402",
]
BLOCKED = [
    "1301",
    "系统检测到输入或生成内容可能包含敏感内容",
    "内容审核未通过",
    "您的提问包含违规信息",
    "触发风控策略",
    "输入违反了相关法律法规和政策",
    "DataInspectionFailed",
    "data_inspection_failed",
    "content_policy_violation",
    "Your content violates our usage policy. Please revise and try again",
    "The response was filtered due to the prompt triggering the content management policy",
    "ResponsibleAIPolicyViolation",
    "Content Exists Risk",
    "SensitiveContentDetected",
    "input new_sensitive",
    "The request was rejected because it was considered high risk",
    "rejected by our safety system",
    "blocked due to safety",
    "the input was flagged",
    "status code: 451",
]
BUSY = [
    "429 Too Many Requests",
    "Error code: 429 - slow down",
    '{"code": 429}',
    "(503) Service Unavailable",
    "rate_limit_reached_error",
    "InvokeRateLimitError",
    "Throttling.RateQuota",
    "Throttling.AllocationQuota",
    "Allocated quota exceeded, please increase your limit",
    "engine_overloaded_error",
    "The server is busy now",
    "529 overloaded_error",
    "RESOURCE_EXHAUSTED: model is at capacity",
    "1302",
    "您当前使用该接口的并发数过高",
    "请求过于频繁，请稍后",
    "当前分组上游负载已饱和",
    "模型当前访问量过大",
    "系统繁忙",
    "触发限流",
]
TOO_LONG = [
    "This model's maximum context length is 8192 tokens",
    "context_length_exceeded",
    "exceeds the available context size",
    "prompt is too long: 213 tokens more than allowed",
    "Query or prefix prompt is too long",
    "Range of input length should be [1, 30720]",
    "Input tokens exceed the configured limit",
    "string_above_max_length",
    "1261",
    "Prompt 超长",
    "输入内容过长，请精简",
    "问题长度超过限制",
]
NO_HINT = [
    "",
    "fetch failed",
    "500 Internal error",
    "401 Incorrect API key provided",
    "the year 429 was long ago",
    "a queue of 503 items",
    "the answer has 402 characters",
    "知识库检索失败",
    "模型返回错误，请检查配置",
    "第 1113 条",
    "内容为空",
    "the filter has no content",
]

TABLE = [
    *((words, FailureKind.QUOTA) for words in QUOTA),
    *((words, FailureKind.BLOCKED) for words in BLOCKED),
    *((words, FailureKind.BUSY) for words in BUSY),
    *((words, FailureKind.BAD_INPUT) for words in TOO_LONG),
    *((words, FailureKind.UPSTREAM) for words in NO_HINT),
]


@pytest.mark.parametrize(("words", "kind"), TABLE)
def test_words_are_told_by_the_table(words: str, kind: FailureKind) -> None:
    assert provider_failure(words) is kind


@pytest.mark.parametrize(
    "words",
    [
        "401 Incorrect API key provided: sk-…",
        "invalid_api_key",
        "Invalid token (request id: 2026)",
        "Authentication Fails, your api key is invalid",
        "InvokeAuthorizationError: no credentials",
        "permission_denied",
        "无效的令牌",
        "该令牌已过期",
        "The model `qwen-99` does not exist",
        "Model Not Exist",
        "模型 qwen-99 不存在",
        "Node LLM run failed: connection error",
    ],
)
def test_what_time_does_not_heal_is_a_verdict(words: str) -> None:
    assert is_verdict(words)


@pytest.mark.parametrize(
    "words",
    ["", "fetch failed", "500 Internal error", "socket hang up", "Premature close", "502 Bad Gateway"],
)
def test_what_may_pass_is_no_verdict(words: str) -> None:
    assert not is_verdict(words)
