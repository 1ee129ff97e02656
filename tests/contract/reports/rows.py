"""What users of such bots have reported, one row each: what DingTalk delivers, and what has to come of it.

Every row takes the real way: DingTalk's side signs and pushes, the callback queues, the worker answers over
the OpenAI-compatible backend, and a server keeps what the model was asked. The kinds are those of `KINDS`;
each row stands for its kind, and the module named there holds the variations.
"""

from __future__ import annotations

import json
from typing import Any

from rag_on_dingtalk.texts import Texts
from tests.contract.reports.conftest import TITLE, text

ZH = Texts("zh")
#: Kind → what goes wrong in it, and where its variations are.
KINDS = {
    "A": ("the words of a quote are dropped", "tests/unit/dingtalk/test_quotes.py"),
    "B": ("a quote that cannot be read leaves no trace", "tests/unit/dingtalk/test_quotes.py"),
    "C": ("a question is taken for an empty message", "tests/unit/pipeline/test_question_text.py"),
    "D": ("words that name people are lost", "tests/unit/dingtalk/test_mentions.py"),
    "E": (
        "pictures that stand in the answer are thrown away",
        "tests/contract/delivery/test_inline_pictures.py",
    ),
    "F": ("a readable kind of message is called unreadable", "tests/unit/dingtalk/test_quotes.py"),
    "G": ("what addresses the bot is taken for the question", "tests/unit/dingtalk/test_mentions.py"),
    "H": ("the preview says nothing about the answer", "tests/unit/rendering/markdown/test_plain.py"),
    "I": (
        "a failure inside HTTP 200 is taken for success",
        "tests/contract/dingtalk/test_failures_in_200.py",
    ),
    "J": ("HTML stays raw in code of messages", "tests/unit/rendering/markdown/test_dialects.py"),
    "K": ("an HTML table loses its columns", "tests/unit/rendering/markdown/reading/test_html_tables.py"),
    "L": ("a backslash in front of a break is shown", "tests/unit/rendering/markdown/inline/test_breaks.py"),
    "M": ("the bot speaks unasked", "tests/unit/webhook/test_robot.py"),
}


def reply(quoted: dict[str, Any], words: str = "怎么办理？") -> dict[str, Any]:
    """A text message that replies to `quoted`."""
    quoted = {"msgId": "msgEarlier==", "senderId": "$:LWCP_v1:$li", **quoted}
    return text(words, isReplyMsg=True, repliedMsg=quoted)


def rich(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"msgtype": "richText", "content": {"richText": list(runs)}}


TREE = {
    "elementType": "ROOT",
    "children": [
        {"elementType": "TEXT", "value": "叉车每周一检修"},
        {"elementType": "ROW", "children": [{"elementType": "TEXT", "value": "节假日顺延"}]},
        {"elementType": "BUTTON", "value": "btn_confirm"},
    ],
}
CARD_QUOTE = "> 叉车每周一检修\n> 节假日顺延\n\n怎么办理？"
UNREADABLE = f"> {ZH.say('quote_mark')}\n\n怎么办理？"
LIU = {"dingtalkId": "$:LWCP_v1:$liu", "staffId": "stock07"}
#: What people send: kind, condition, the push, what the model is asked.
ASKED: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "A",
        "a quoted text has its words under content.content",
        reply({"msgType": "text", "content": {"content": "入库先验货"}}),
        "> 入库先验货\n\n怎么办理？",
    ),
    (
        "A",
        "quoted rich text has runs {msgType, content}",
        reply(
            {
                "msgType": "richText",
                "content": {
                    "richText": [
                        {"msgType": "text", "content": "入库"},
                        {"msgType": "text", "content": "先验货"},
                    ]
                },
            }
        ),
        "> 入库先验货\n\n怎么办理？",
    ),
    (
        "A",
        "a quoted card is a tree of elements",
        reply({"msgType": "interactiveCard", "content": {"cardContent": TREE}}),
        CARD_QUOTE,
    ),
    (
        "A",
        "the tree is JSON in a string",
        reply({"msgType": "interactiveCard", "content": {"cardContent": json.dumps(TREE)}}),
        CARD_QUOTE,
    ),
    (
        "A",
        "a quoted card has its words in cardParamMap",
        reply(
            {
                "msgType": "interactiveCard",
                "content": {"cardData": {"cardParamMap": {"body": "叉车每周一检修"}}},
            }
        ),
        "> 叉车每周一检修\n\n怎么办理？",
    ),
    (
        "A",
        "a quoted record has a title and a summary",
        reply(
            {
                "msgType": "chatRecord",
                "content": {"title": "仓库群的记录", "summary": "老刘:货到了吗\n小赵:周五到"},
            }
        ),
        "> 仓库群的记录\n> 老刘:货到了吗\n> 小赵:周五到\n\n怎么办理？",
    ),
    (
        "A",
        "the summary of a quoted record is JSON in a string",
        reply(
            {
                "msgType": "chatRecord",
                "content": {
                    "title": "仓库群的记录",
                    "summary": json.dumps([{"senderNick": "老刘", "msgType": "text", "content": "货到了吗"}]),
                },
            }
        ),
        "> 仓库群的记录\n> 老刘:货到了吗\n\n怎么办理？",
    ),
    ("B", "of a quoted card nothing but its id comes", reply({"msgType": "interactiveCard"}), UNREADABLE),
    (
        "B",
        "a reply names no more than originalMsgId",
        {**text("怎么办理？", isReplyMsg=True), "originalMsgId": "msgEarlier=="},
        UNREADABLE,
    ),
    (
        "B",
        "a quoted film has no words",
        reply({"msgType": "video", "content": {"duration": 4000, "downloadCode": "dc"}}),
        UNREADABLE,
    ),
    (
        "C",
        "a question is quoted and the bot is only mentioned",
        reply({"msgType": "text", "content": {"text": "叉车证在哪里办？"}}, " "),
        "叉车证在哪里办？",
    ),
    (
        "D",
        "the name of a person is taken out of the words",
        {**text("  的工号是多少？"), "atUsers": [LIU]},
        "@stock07 的工号是多少？",
    ),
    (
        "D",
        "a mention is a run of rich text without words",
        rich(
            {"type": "at", "atName": TITLE},
            {"text": " 请问"},
            {"type": "at", "atName": "刘洋"},
            {"text": "的工号是多少？"},
        ),
        "请问 @刘洋 的工号是多少？",
    ),
    (
        "D",
        "an emoji is a run of its own",
        rich({"text": "这条规定太"}, {"type": "emoji", "content": "[抓狂]"}, {"text": "了，在哪一章？"}),
        "这条规定太[抓狂]了，在哪一章？",
    ),
    (
        "F",
        "a record is forwarded as the message itself",
        {
            "msgtype": "chatRecord",
            "content": {"title": "仓库群的记录", "summary": "老刘:货到了吗\n小赵:周五到"},
        },
        "仓库群的记录\n老刘:货到了吗\n小赵:周五到",
    ),
    (
        "F",
        "a card is the message itself",
        {"msgtype": "interactiveCard", "content": {"cardContent": TREE}},
        "叉车每周一检修\n节假日顺延",
    ),
    (
        "F",
        "a link is the message itself",
        {
            "msgtype": "link",
            "content": {"title": "叉车操作规程", "text": "第三版", "messageUrl": "https://kb.example/f"},
        },
        "叉车操作规程\n第三版\nhttps://kb.example/f",
    ),
    (
        "F",
        "a recording is written down by DingTalk",
        {
            "msgtype": "audio",
            "content": {"duration": 3000, "downloadCode": "dc", "recognition": "叉车谁能开"},
        },
        "叉车谁能开",
    ),
    (
        "G",
        "a client leaves the bot's name in the words",
        rich({"text": f"@{TITLE} "}, {"text": "叉车谁能开？"}),
        "叉车谁能开？",
    ),
    ("G", "the bot's name stands at the end", text(f"叉车谁能开？ @{TITLE}"), "叉车谁能开？"),
]


def row_id(row: tuple[Any, ...]) -> str:
    return f"{row[0]}: {row[1]}"


#: What is told, carried out or left alone, and asks nothing: kind, condition, the push, what is told.
TOLD: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "B",
        "a quote that cannot be read, and no words",
        reply({"msgType": "interactiveCard"}, " "),
        ZH.say("quote_not_read"),
    ),
    ("C", "a mention and nothing else", text(" "), ZH.say("help", title=TITLE)),
    ("C", "rich text of line ends", rich({"text": "\n"}, {"text": "\n"}), ZH.say("unreadable")),
    (
        "F",
        "a recording that was not understood",
        {"msgtype": "audio", "content": {"duration": 3000, "downloadCode": "dc"}},
        ZH.say("unreadable"),
    ),
    (
        "G",
        "a command behind the bot's name",
        rich({"text": f"@{TITLE} "}, {"text": "/new"}),
        ZH.say("new_session"),
    ),
    ("G", "the bot's name and nothing else", rich({"text": f"@{TITLE}"}), ZH.say("unreadable")),
    ("G", "a command among invisible characters", text("\u200b/new\u200b"), ZH.say("new_session")),
    ("G", "a command in full width", text("／ｎｅｗ"), ZH.say("new_session")),
    ("G", "a command with a full stop", text("/new。"), ZH.say("new_session")),
    ("G", "nothing that can be seen", text("\u200b"), ZH.say("help", title=TITLE)),
]
#: What is not for the bot: kind, condition, the push.
UNADDRESSED: list[tuple[str, str, dict[str, Any]]] = [
    ("M", "isInAtList is false", {**text("午饭吃什么？"), "isInAtList": False, "atUsers": []}),
    (
        "M",
        "isInAtList is false and another person is mentioned",
        {**text("午饭吃什么？"), "isInAtList": "false", "atUsers": [LIU]},
    ),
    ("M", "the bot itself has said it", {**text("午饭吃什么？"), "senderId": ""}),
]
TABLE = (
    "<table><tr><th>库区</th><th>白班</th><th>夜班</th></tr><tr><td>A区</td><td></td><td>6人</td></tr>"
    '<tr><td rowspan="2">B区</td><td>4人</td><td>5人</td></tr><tr><td>3人</td><td>2人</td></tr></table>'
)
GRID = (
    "| 库区 | 白班 | 夜班 |\n| --- | --- | --- |\n| A区 |  | 6人 |\n| B区 | 4人 | 5人 |\n| B区 | 3人 | 2人 |"
)
#: What the model answers: kind, condition, the answer, what the card shows, what a message shows.
SHOWN: list[tuple[str, str, str, str, str]] = [
    ("J", "HTML in a line of code", "用 `<hr>` 分隔。", "用 `<hr>` 分隔。", "用 `&lt;hr&gt;` 分隔。"),
    (
        "J",
        "HTML in a block of code",
        "```html\n<b>急</b>\n```",
        "```html\n<b>急</b>\n```",
        "> `&lt;b&gt;急&lt;/b&gt;`",
    ),
    (
        "K",
        "an HTML table with an empty cell and a cell over two rows",
        TABLE,
        GRID,
        "",
    ),
    ("L", "a backslash in front of a break", "先验货\\<br>再入库", "先验货<br>再入库", ""),
    ("J", "a range of days with a tilde", "需 3~5 天，最多 7~9 天", "", ""),
]
