"""What people read of skills, curated answers, gaps and experts."""

from __future__ import annotations

from typing import Literal

#: By name and language, as `texts` has them all.
KNOWLEDGE_TEXTS: dict[str, dict[Literal["zh", "en"], str]] = {
    "approved": {"zh": "（由 {by} 审核，{on}）", "en": "(approved by {by}, {on})"},
    "skill_failed": {
        "zh": "这项业务的系统现在没有响应，请稍后再试；如果一直如此，请联系管理员。",
        "en": "The system behind this does not respond now. Please try again later, or tell the "
        "administrator.",
    },
    "skill_not_for_guests": {
        "zh": "这项业务只对组织内的成员开放。",
        "en": "This is open to members of the organisation only.",
    },
    "flow_yes": {"zh": "确认", "en": "Confirm"},
    "flow_no": {"zh": "取消", "en": "Cancel"},
    "flow_left": {"zh": "好的，已退出。", "en": "Done, this has ended."},
    "flow_gone": {
        "zh": "这项业务刚刚有变动，请重新开始。",
        "en": "This has changed meanwhile. Please begin again.",
    },
    "flow_choice_old": {
        "zh": "这个选项已经过期，请看最新的一张卡片，或者重新开始。",
        "en": "This choice is out of date. See the newest card, or begin again.",
    },
    "flow_not_saved": {
        "zh": "现在没法继续，请稍后把上一句再发一次。",
        "en": "This cannot go on now. Please send your last message again shortly.",
    },
    "flow_how_to_leave": {"zh": "（发送 /stop 可以退出）", "en": "(/stop leaves)"},
    "flow_wrong_text": {
        "zh": "这个内容不合要求，请再写一次。",
        "en": "This does not fit. Please write it again.",
    },
    "flow_wrong_number": {
        "zh": "请回复一个范围内的数字。",
        "en": "Please answer with a number within the range.",
    },
    "flow_wrong_date": {
        "zh": "请回复一个可选范围内的日期，例如「明天」「下周一」「2026-12-01」。",
        "en": "Please answer with a date within the range, such as 明天, 下周一 or 2026-12-01.",
    },
    "flow_wrong_choice": {
        "zh": "请从下面的选项里选一个，也可以回复编号。",
        "en": "Please choose one of these; its number will do.",
    },
    "to_expert": {"zh": "转给专家", "en": "Ask an expert"},
    "expert_asked": {
        "zh": "已转给专家，有回答会私聊告诉你。",
        "en": "The experts have it. Their answer comes to you in private.",
    },
    "expert_none": {
        "zh": "现在没有可以回答这个问题的专家，请联系管理员。",
        "en": "There is no expert for this now. Please ask the administrator.",
    },
    "expert_no_words": {
        "zh": "请把问题写在后面，例如：/expert 年假可以折现吗",
        "en": "Write the question behind it, for example: /expert Can I sell my leave?",
    },
    "expert_request": {
        "zh": "【{title}】{nick} 的问题文档里没有答案，请你帮忙：\n\n> {question}",
        "en": "[{title}] The documents do not answer {nick}. Please help:\n\n> {question}",
    },
    "expert_context": {"zh": "提问时引用了：{text}", "en": "Asked about: {text}"},
    "expert_bot_said": {"zh": "机器人的回答：{text}", "en": "The bot said: {text}"},
    "expert_how": {
        "zh": "请引用这条消息回复，或者发送：\n\n`/answer {id} 你的回答`",
        "en": "Reply by quoting this message, or send:\n\n`/answer {id} your answer`",
    },
    "expert_answer": {
        "zh": "{by} 回答了你 {day} 的问题：\n\n> {question}\n\n{answer}",
        "en": "{by} has answered your question of {day}:\n\n> {question}\n\n{answer}",
    },
    "expert_answer_more": {
        "zh": "{by} 对你 {day} 的问题补充了回答：\n\n> {question}\n\n{answer}",
        "en": "{by} has added to the answer to your question of {day}:\n\n> {question}\n\n{answer}",
    },
    "expert_delivered": {"zh": "谢谢，已转给提问的人。", "en": "Thank you, the asker has it."},
    "expert_delivered_review": {
        "zh": "谢谢，已转给提问的人；知识管理员会决定是否把它设为标准答案。",
        "en": "Thank you, the asker has it. A curator decides whether it becomes the answer for all.",
    },
    "expert_too_late": {
        "zh": "这个问题已经过期，找不到提问的人了，回答没有转达。",
        "en": "This question has been forgotten, and its asker with it; nothing was passed on.",
    },
    "expert_no_more": {
        "zh": "你已经不是这类问题的专家，回答没有转达。",
        "en": "You are no expert for these questions any more; nothing was passed on.",
    },
    "expert_asker_gone": {
        "zh": "提问的人已经收不到消息了，回答没有送达。",
        "en": "The asker gets no messages any more; the answer was not delivered.",
    },
    "desk_no_request": {
        "zh": "没有找到这个编号对应的、发给你的问题。请引用那条消息回复。",
        "en": "There is no question of this id that was sent to you. Reply by quoting its message.",
    },
    "desk_no_words": {
        "zh": "请写上回答，例如：`/answer {id} 可以，每年一次`",
        "en": "Write the answer, for example: `/answer {id} Yes, once a year`",
    },
    "desk_not_yours": {
        "zh": "只有知识管理员可以这样做。",
        "en": "Only a curator may do this.",
    },
    "draft_written": {
        "zh": "收到，草稿已发给知识管理员审核。",
        "en": "Thank you. The draft is with the curators for review.",
    },
    "draft_no_curator": {
        "zh": "草稿没有人审核：这个机器人没有知识管理员。",
        "en": "No one reviews the draft: this bot has no curator.",
    },
    "draft_refused": {"zh": "这段回答不能使用：{why}", "en": "This answer cannot be used: {why}"},
    "draft_review": {
        "zh": "{by} 写了一个答案，请审核：\n\n> {question}\n\n{answer}",
        "en": "{by} has written an answer. Please review it:\n\n> {question}\n\n{answer}",
    },
    "draft_by_hand": {
        "zh": "发布：`python -m rag_on_dingtalk curated publish --bot … {id}`",
        "en": "To publish it: `python -m rag_on_dingtalk curated publish --bot … {id}`",
    },
    "draft_published": {
        "zh": "已发布「{id}」，半分钟内生效。",
        "en": "{id} is published and answers within half a minute.",
    },
    "draft_discarded": {"zh": "好的，没有发布。", "en": "It is not published."},
    "gap_card": {
        "zh": "【{title}】文档缺口：{people} 人问了 {times} 次\n\n> {question}\n\n{others}",
        "en": "[{title}] Gap of the documents: asked {times} times by {people} people\n\n> {question}\n\n"
        "{others}",
    },
    "gap_request": {
        "zh": "请为这个问题写一个答案（{people} 人问了 {times} 次）：\n\n> {question}",
        "en": "Please write an answer to this ({people} people asked it {times} times):\n\n> {question}",
    },
    "gap_being_filled": {"zh": "已请 {by} 补充答案。", "en": "{by} was asked to write an answer."},
    "gap_no_writer": {"zh": "没有可以回答的专家。", "en": "There is no expert to ask."},
    "gap_ignored": {"zh": "{by} 已忽略。", "en": "Ignored by {by}."},
    "gap_filled": {
        "zh": "你之前问的问题现在有答案了：\n\n> {question}\n\n{answer}",
        "en": "There is an answer now to what you asked:\n\n> {question}\n\n{answer}",
    },
    "gaps_shown": {
        "zh": "已把 {count} 个缺口发到运维群。",
        "en": "{count} gaps are in the operators' group.",
    },
    "gaps_none": {"zh": "最近没有需要处理的缺口。", "en": "There is no gap to deal with."},
    "given_now": {"zh": "刚刚的回答", "en": "Answered just now"},
    "given_before": {"zh": "{minutes} 分钟前的回答", "en": "Answered {minutes} min ago"},
    "ask_anew_by_button": {
        "zh": " · 点「重新查询」可以再查一次",
        "en": " · tap 重新查询 to look it up again",
    },
    "ask_anew": {
        "zh": " · 再发一次这个问题，就会重新查询",
        "en": " · send the question once more to have it looked up again",
    },
    "cache_cleared": {
        "zh": "好的，缓存的回答已清空：之后的问题都会重新查询。",
        "en": "Done. No answer from before is given again.",
    },
    "cache_not_yours": {
        "zh": "清空缓存是 owner、curator、operator 的事。什么都没有改变。",
        "en": "Only an owner, curator or operator clears the cache. Nothing was changed.",
    },
    "cache_off": {"zh": "这个机器人没有打开回答缓存。", "en": "This bot keeps no answers."},
    "cache_usage": {
        "zh": "要清空缓存的回答，请发送 `/cache clear`。什么都没有改变。",
        "en": "Send `/cache clear` to drop the cached answers. Nothing was changed.",
    },
}
