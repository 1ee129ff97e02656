"""What the administrators of a bot are told: quotas, moderation, words."""

from __future__ import annotations

from typing import Literal

#: By name and language, as `texts` has them all.
OPERATOR_TEXTS: dict[str, dict[Literal["zh", "en"], str]] = {
    "budget_80": {
        "zh": (
            "【{title}】本月的钉钉 API 调用已用到预算（{limit} 次）的 80%。"
            "从现在起卡片刷新会减少，回答不受影响。如需恢复，请提高预算或购买调用包。"
        ),
        "en": (
            "[{title}] 80 % of this month's budget of {limit} DingTalk API calls is spent. "
            "Cards are refreshed less often from now on; answers are not affected. "
            "Raise the budget or buy more calls to undo this."
        ),
    },
    "budget_100": {
        "zh": (
            "【{title}】本月的钉钉 API 调用预算（{limit} 次）已用完。"
            "到月底为止，回答改用普通消息发送，不再使用卡片。如需恢复，请提高预算或购买调用包。"
        ),
        "en": (
            "[{title}] This month's budget of {limit} DingTalk API calls is spent. "
            "Until the month ends, answers are sent as plain messages without a card. "
            "Raise the budget or buy more calls to undo this."
        ),
    },
    "moderation_failed": {
        "zh": (
            "【{title}】内容审核服务出错了，提问和回答按 `on_error` 的设置处理。"
            "请查看日志里的 `moderation_failed`。"
        ),
        "en": (
            "[{title}] The moderation service failed; questions and answers are treated as `on_error` says. "
            "Look for `moderation_failed` in the log."
        ),
    },
    "word_warning": {
        "zh": "【{title}】今天的对话里出现了级别为 `warn` 的词。是哪一条，请看日志里的 `words_found`。",
        "en": (
            "[{title}] A word of the level `warn` was used today. "
            "`words_found` in the log names its line in the list."
        ),
    },
    "push_quota": {
        "zh": (
            "【{title}】本月钉钉推送给机器人的消息次数已用完，现在收不到大家的提问。"
            "请在钉钉开发者后台查看额度并购买或升级。"
        ),
        "en": (
            "[{title}] DingTalk's quota of messages pushed to robots is used up for this month: questions no "
            "longer arrive. Check the quota in DingTalk's developer console and buy or upgrade."
        ),
    },
}
