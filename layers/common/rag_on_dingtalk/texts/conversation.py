"""What people read around an answer: waiting, sources, commands, quotes, files."""

from __future__ import annotations

from typing import Literal

#: By name and language, as `texts` has them all.
CONVERSATION_TEXTS: dict[str, dict[Literal["zh", "en"], str]] = {
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
}
