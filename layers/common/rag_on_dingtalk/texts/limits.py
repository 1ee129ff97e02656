"""What people read about how much may be asked."""

from __future__ import annotations

from typing import Literal

#: By name and language, as `texts` has them all.
LIMIT_TEXTS: dict[str, dict[Literal["zh", "en"], str]] = {
    "limit_reached": {
        "zh": "{who}{per}最多可以问 {questions} 个问题，已经问完了。{frees} 起可以再问。",
        "en": "The limit for {who} is {questions} questions {per}, and they are used up. "
        "You can ask again from {frees}.",
    },
    "limit_near": {
        "zh": "{who}{per}最多可以问 {questions} 个问题，已经用了 80%。",
        "en": "The limit for {who} is {questions} questions {per}; 80 % of them are used.",
    },
    "limit_places": {
        "zh": "{who}同时最多回答 {places} 个问题，等了很久也没有空位。请过一会儿再问。",
        "en": "At most {places} questions are answered at a time for {who}, and no place came free. "
        "Please ask again in a while.",
    },
    "limit_waiting": {
        "zh": "{who}正在回答的问题很多，有空位就轮到你。",
        "en": "Many questions are being answered for {who}; yours comes when a place is free.",
    },
    "limit_unknown": {
        "zh": "现在查不到提问上限的使用情况，所以没有回答。请过一会儿再问。",
        "en": "The limits on questions cannot be looked up now, so this was not answered. "
        "Please ask again in a while.",
    },
    "limit_user": {"zh": "你", "en": "you"},
    "limit_group": {"zh": "这个群", "en": "this group"},
    "limit_department": {"zh": "你的部门", "en": "your department"},
    "limit_bot": {"zh": "这个机器人", "en": "this bot"},
    "limit_minute": {"zh": "每分钟", "en": "a minute"},
    "limit_day": {"zh": "每天", "en": "a day"},
    "limit_today": {"zh": "今天 {time}", "en": "{time} (Beijing time)"},
    "limit_tomorrow": {"zh": "明天 {time}", "en": "{time} tomorrow (Beijing time)"},
}
