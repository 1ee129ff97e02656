"""Why there is no answer, as people read it."""

from __future__ import annotations

from typing import Literal

from rag_on_dingtalk.errors import FailureKind

#: By kind and language.
FAILURE_TEXTS: dict[FailureKind, dict[Literal["zh", "en"], str]] = {
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
