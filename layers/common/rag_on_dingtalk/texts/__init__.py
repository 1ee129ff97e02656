"""Every text a person reads, in Chinese and English side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.texts.access import ACCESS_TEXTS
from rag_on_dingtalk.texts.knowledge import KNOWLEDGE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["zh", "en"]

_FAILURES: dict[FailureKind, dict[Language, str]] = {
    FailureKind.CONFIG_AUTH: {
        "zh": "知识库拒绝了机器人的密钥，请联系管理员检查配置。",
        "en": "The knowledge base refused this bot's key. Please ask the administrator to check it.",
    },
    FailureKind.CONFIG_TARGET: {
        "zh": "没有找到配置的知识库或应用，请联系管理员检查配置。",
        "en": "The configured knowledge base was not found. Please ask the administrator to check it.",
    },
    FailureKind.CONVERSATION_GONE: {
        "zh": "之前的会话已失效，请重新提问。",
        "en": "The earlier conversation is gone. Please ask again.",
    },
    FailureKind.BUSY: {
        "zh": "知识库现在很忙，请稍后再试。",
        "en": "The knowledge base is busy. Please try again shortly.",
    },
    FailureKind.PAUSED: {
        "zh": "知识库暂时不可用，已暂停提问，请一分钟后再试。",
        "en": "The knowledge base is unavailable and questions are paused. Please try again in a minute.",
    },
    FailureKind.QUOTA: {
        "zh": "知识库的额度已用完，请联系管理员。",
        "en": "The knowledge base's quota is used up. Please tell the administrator.",
    },
    FailureKind.BLOCKED: {
        "zh": "这个问题无法回答，请换一种问法。",
        "en": "This question cannot be answered. Please put it differently.",
    },
    FailureKind.ANSWER_BLOCKED: {
        "zh": "这个回答没有通过内容检查，不能显示。请换一种问法。",
        "en": "This answer did not pass the content check and cannot be shown. Please put the question "
        "differently.",
    },
    FailureKind.UNCHECKED: {
        "zh": "内容检查现在不可用，为安全起见没有回答。请稍后再试。",
        "en": "The content check is not available now, so nothing was answered to be safe. Please try again "
        "later.",
    },
    FailureKind.UPSTREAM: {
        "zh": "知识库出错了，没能给出回答。请稍后再试。",
        "en": "The knowledge base failed and gave no answer. Please try again later.",
    },
    FailureKind.FORM: {
        "zh": "这个流程在等待填写表单或审批，聊天里无法完成。请到知识库的页面上处理，或联系管理员。",
        "en": "This workflow waits for a form or an approval, which a chat cannot give. Please complete it "
        "in the knowledge base itself, or tell the administrator.",
    },
    FailureKind.UNREACHABLE: {
        "zh": "连接不上知识库，请稍后再试；如果一直如此，请联系管理员。",
        "en": "The knowledge base cannot be reached. Please try again later, or tell the administrator.",
    },
    FailureKind.INTERRUPTED: {
        "zh": "回答在中途断开了，以上内容可能不完整。请重新提问。",
        "en": "The answer broke off; what stands above may be incomplete. Please ask again.",
    },
    FailureKind.CUT_SHORT: {
        "zh": "回答达到了模型的长度上限，没有写完。请缩小问题范围，或分几次提问。",
        "en": "The answer reached the model's length limit and is not complete. Please ask something "
        "narrower, or in several steps.",
    },
    FailureKind.TIMEOUT: {
        "zh": "知识库太久没有回应，请稍后再试。",
        "en": "The knowledge base took too long. Please try again later.",
    },
    FailureKind.EMPTY: {
        "zh": "知识库返回了空的回答，请换一种问法再试。",
        "en": "The knowledge base returned an empty answer. Please put it differently.",
    },
    FailureKind.BAD_INPUT: {
        "zh": "知识库不接受这个问题，请缩短或换一种问法。",
        "en": "The knowledge base does not accept this question. Please shorten or rephrase it.",
    },
    FailureKind.FILE_REFUSED: {
        "zh": "知识库没有接受这个文件：它可能太大，或者类型不支持。请换一个文件，或者用文字提问。",
        "en": "The knowledge base did not take this file: too large, or of a kind it cannot read. "
        "Please use another one, or ask in words.",
    },
    FailureKind.FILE_TOO_LARGE: {
        "zh": "图片或文件太大、太多了。请压缩一下、分几次发送，或者用文字提问。",
        "en": "These pictures or files are too large or too many. Please make them smaller, send fewer at a "
        "time, or ask in words.",
    },
    FailureKind.FILE_LOST: {
        "zh": "没能从钉钉取到你发的图片或文件。请重新发送，或者用文字提问。",
        "en": "The picture or file you sent could not be fetched from DingTalk. Please send it again, or ask "
        "in words.",
    },
    FailureKind.DEADLINE: {
        "zh": "回答用时太长，已先显示收到的部分。请缩小问题范围后再问。",
        "en": "The answer took too long; this is what has arrived. Please ask something narrower.",
    },
    FailureKind.QUEUED_TOO_LONG: {
        "zh": "前面的问题还没有答完，这个问题没能轮到。请稍后重新发送。",
        "en": "Earlier questions took too long, this one did not get its turn. Please send it again later.",
    },
    FailureKind.LIMITED: {
        "zh": "已达到提问上限，请稍后再问。",
        "en": "A limit on questions is reached. Please ask again later.",
    },
    FailureKind.STOPPED: {"zh": "已停止回答。", "en": "Stopped."},
    FailureKind.INTERNAL: {
        "zh": "机器人出错了，没能完成回答。请稍后再试。",
        "en": "The bot failed and could not finish. Please try again later.",
    },
}

_TEXTS: dict[str, dict[Language, str]] = {
    **ACCESS_TEXTS,
    **KNOWLEDGE_TEXTS,
    "looking": {"zh": "正在查询…", "en": "Looking it up…"},
    "crowded": {
        "zh": "正在查询…现在提问的人很多，回答稍后以消息发给你。",
        "en": "Looking it up… Many people are asking right now: the answer follows as a message.",
    },
    "see_message": {"zh": "回答请见下方的消息。", "en": "The answer is in the message below."},
    "answer_ready": {
        "zh": "你的问题答完了，请看上面的卡片。",
        "en": "Your question is answered: see the card above.",
    },
    "sources": {"zh": "来源", "en": "Sources"},
    "more_sources": {"zh": "另有 {count} 个来源：{names}", "en": "{count} more: {names}"},
    "and": {"zh": "、", "en": ", "},
    "read": {"zh": "查看全文", "en": "read it"},
    "reasoning": {"zh": "思考过程", "en": "Reasoning"},
    "waiting": {
        "zh": "排在第 {place} 位，前面的问题答完就轮到你。",
        "en": "You are number {place} in line; your turn comes when the earlier questions are answered.",
    },
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
    "stopped": {"zh": "好的，已停止。", "en": "Stopped."},
    "nothing_to_stop": {"zh": "现在没有正在回答的问题。", "en": "Nothing is being answered right now."},
    "new_session": {
        "zh": "好的，已开始新的会话，之前的内容不再作为上下文。",
        "en": "Done. This is a new session; what was said before no longer counts.",
    },
    "help": {
        "zh": (
            "我是{title}。直接提问，我会根据知识库回答并注明来源。\n\n"
            "- `/new` 开始新的会话\n- `/stop` 停止正在进行的回答\n- `/whoami` 查看自己的身份、权限和上限\n"
            "- `/help` 显示这段说明\n\n"
            "群里提问请先 @ 我。"
        ),
        "en": (
            "I am {title}. Ask me anything; I answer from the documents and name my sources.\n\n"
            "- `/new` starts a new session\n- `/stop` stops the running answer\n"
            "- `/whoami` shows your ids, rights and limits\n- `/help` shows this text\n\n"
            "In a group, @ me first."
        ),
    },
    "examples": {"zh": "可以先问：\n{examples}", "en": "You could begin with:\n{examples}"},
    "unreadable": {
        "zh": "这种消息我读不了，请用文字再问一次。",
        "en": "I cannot read this kind of message. Please ask in words.",
    },
    "quote_not_read": {
        "zh": "你引用的那条消息，我看不到它的内容。请把要问的文字复制过来再发一次。",
        "en": "I cannot see what the message you quoted says. Please copy its words into your question.",
    },
    "quote_mark": {
        "zh": "[这里引用了一条消息，但它的内容读不到]",
        "en": "[a message was quoted here, but its content could not be read]",
    },
    "about_quote": {"zh": "请说明上面引用的内容。", "en": "Please explain what is quoted above."},
    "quoted_question": {"zh": "（之前的提问）{question}", "en": "(asked before) {question}"},
    "quoted_answer": {"zh": "（当时的回答）{answer}", "en": "(answered then) {answer}"},
    "kept_picture": {
        "zh": "图片收到了。请接着说你要问什么，{minutes} 分钟内的下一个问题会带上它。",
        "en": "I have the picture. Ask about it: your next question within {minutes} minutes takes it along.",
    },
    "kept_file": {
        "zh": "《{names}》收到了。请接着说你要问什么，{minutes} 分钟内的下一个问题会带上它。",
        "en": "I have {names}. Ask about it: your next question within {minutes} minutes takes it along.",
    },
    "picture": {"zh": "（图片）", "en": "(picture)"},
    "about_picture": {"zh": "这张图片说的是什么？", "en": "What does this picture show?"},
    "about_file": {"zh": "请概括文件《{names}》的要点。", "en": "What are the main points of {names}?"},
    "cut": {
        "zh": "回答太长，其余部分没有显示。请缩小问题范围后再问。",
        "en": "The answer is too long; the rest is not shown. Please ask something narrower.",
    },
    "attached": {"zh": "附件：{names}", "en": "Attached: {names}"},
    "given_up": {
        "zh": "抱歉，这个问题试了几次都没能回答。请稍后重新发送：\n\n> {question}",
        "en": "Sorry, several attempts gave no answer. Please send the question again:\n\n> {question}",
    },
    "nothing_found": {
        "zh": "知识库里没有找到与这个问题相关的内容。可以换一种说法，或者联系管理员补充资料。",
        "en": "The documents hold nothing on this. Try other words, or ask the administrator to add to them.",
    },
    "not_queued": {
        "zh": "系统繁忙，没有收下你的问题，请稍后再发一次。",
        "en": "The system is busy and did not take your question. Please send it again shortly.",
    },
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


def placeholders(key: str) -> frozenset[str] | None:
    """What the sentence named `key` is given; None when there is no such sentence."""
    if key in _TEXTS:
        return frozenset(re.findall(r"{(\w+)}", _TEXTS[key]["zh"]))
    return frozenset() if key in set(FailureKind) else None


class Texts:
    """The sentences of one bot.

    overrides: sentences in other words, by name; failures are named as in `FailureKind`.
    """

    __slots__ = ("_overrides", "language")

    def __init__(self, language: Language, overrides: Mapping[str, str] | None = None) -> None:
        self.language: Language = language
        self._overrides = overrides or {}

    def say(self, key: str, **values: str) -> str:
        """The sentence named `key`; values fill its `{placeholders}`."""
        return (self._overrides.get(key) or _TEXTS[key][self.language]).format(**values)

    def failure(self, kind: FailureKind) -> str:
        """The sentence that tells a person why there is no answer."""
        return self._overrides.get(kind.value) or _FAILURES[kind][self.language]
