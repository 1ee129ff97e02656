"""No link leads anywhere but to the web, to a letter, a telephone or a page within DingTalk."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.markdown import for_card, for_message
from rag_on_dingtalk.rendering.markdown.inline.targets import is_safe
from rag_on_dingtalk.rendering.render import as_messages, preview, render
from rag_on_dingtalk.texts import Texts
from tests.examples import examples
from tests.unit.rendering.markdown.readers import targets, unsafe

ZH = Texts("zh")
SEND = "dtmd://dingtalkclient/sendMessage?content=ok"
RUN = "javascript:alert(1)"

HOSTILE = [
    # Schemes.
    f"[x]({RUN})",
    f"[x]({SEND})",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](intent://scan#Intent;end)",
    "[x](ms-msdt:/id)",
    "[x](blob:https://kb.example/1)",
    "[x](view-source:https://kb.example)",
    "[x](ftp://kb.example/a)",
    "[x](C:/Windows/a.exe)",
    r"[x](\\fileserver\share\a.exe)",
    "[x](//other.example/a)",
    # Letters in other ways.
    "[x](JaVaScRiPt:alert(1))",
    r"[x](javascript\:alert(1))",
    r"[x](dtmd\://dingtalkclient/sendMessage)",
    r"[x](\javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&#x3a;alert(1))",
    "[x](javascript&#0000058alert(1))",
    "[x](&#100;tmd://dingtalkclient/sendMessage)",
    "[x](&#x64;&#x74;md://dingtalkclient/sendMessage)",
    "[x](&#38;#100;tmd://dingtalkclient/sendMessage)",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](javascript%3Aalert(1))",
    "[x](%256Aavascript%253Aalert(1))",
    "[x](\u200bjavascript:alert(1))",
    "[x](java\u00adscript:alert(1))",
    "[x](java\x01script:alert(1))",
    "[x](\x1fjavascript:alert(1))",
    "[x](https&colon;//kb.example@evil.example)",
    # White space, angles, titles.
    "[x]( javascript:alert(1))",
    '[x](\tjavascript:alert(1) "title")',
    "[x](<javascript:alert(1)>)",
    "[x](<javascript:alert(1)> 'title')",
    "[x](< javascript:alert(1)>)",
    "[x](javascript:alert(1) (title))",
    '[x](https://kb.example "t](javascript:alert(1))")',
    # Line breaks.
    "[x](\njavascript:alert(1))",
    "[x\ny](javascript:alert(1))",
    "[x](<br>javascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](<\njavascript:alert(1)>)",
    "> [x](\n> javascript:alert(1))",
    # Brackets.
    "[a [b](javascript:alert(1)) c](https://kb.example)",
    "[a ![b](javascript:alert(1))](https://kb.example)",
    "[[x]](javascript:alert(1))",
    "[x[y](z)](javascript:alert(1))",
    r"[x\]](javascript:alert(1))",
    r"\[x](javascript:alert(1))",
    "[x](https://kb.example](javascript:alert(1))",
    "![x](javascript:alert(1))",
    "[![x](https://kb.example/a.png)](javascript:alert(1))",
    "[](javascript:alert(1))",
    "[x]<!-- c -->(javascript:alert(1))",
    "[x]<span></span>(javascript:alert(1))",
    "[x]~~(javascript:alert(1))~~",
    "| a |\n|---|\n| [x | ](javascript:alert(1)) |",
    "| a | b |\n|---|---|\n| [x](javascript:alert(1)) | c |",
    "# [x](javascript:alert(1))",
    "1. [x](javascript:alert(1))",
    "`[x](javascript:alert(1))`",
    "`[x`](javascript:alert(1))",
    # Definitions.
    f"[x][a]\n\n[a]: {RUN}",
    f"[a]\n\n[a]: {SEND}",
    f'[a][]\n\n[A]: <{RUN}> "title"',
    "[x][a]\n\n[a]:\njavascript:alert(1)",
    "[x][a]\n\n[a\nb]: javascript:alert(1)",
    f"> [x][a]\n>\n> [a]: {RUN}",
    f"- [x][a]\n- [a]: {RUN}",
    "[x][a]\n\n[a]: javascript&colon;alert(1)",
    "[x][a]\n\n[a]: dtmd\\://dingtalkclient/sendMessage",
    f"[x][a]\n\n[a]: https://kb.example\n[a]: {RUN}",
    f"[a]<b></b>: {RUN}",
    f"[^1]\n\n[^1]: {RUN}",
    # Autolinks and HTML.
    f"<{RUN}>",
    f"<{SEND}>",
    SEND,
    f"见 {SEND}。",
    "dingtalk://dingtalkclient/action/sendmsg?dingtalk_id=a",
    f'<a href="{RUN}">x</a>',
    f"<a href={SEND}>x</a>",
    '<a href="java&#115;cript:alert(1)">x</a>',
    "<a href=' javascript:alert(1)'>x</a>",
    f'<img src="{RUN}" alt="x">',
    '<img alt="](javascript:alert(1))" src="https://kb.example/a.png">',
    f'<form action="{RUN}"><button>x</button></form>',
    f'<svg><a xlink:href="{RUN}">x</a></svg>',
    # DingTalk's own protocol.
    "[x](dingtalk://dingtalkclient/action/sendmsg?dingtalk_id=a)",
    "[x](dingtalk://dingtalkclient/page/link?url=javascript%3Aalert(1))",
    "[x](dingtalk://dingtalkclient/page/link?url=dtmd%3A%2F%2Fdingtalkclient%2FsendMessage)",
    "[x](dingtalk://dingtalkclient/page/link?pc_slide=true)",
    "[x](dingtalk://dingtalkclient/page/link/../../action/sendmsg?url=https%3A%2F%2Fkb.example)",
    "[x](dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fkb.example&url=javascript%3Aa)",
    "[x](dingtalk&colon;//dingtalkclient/action/sendmsg)",
]

GOOD = [
    "https://kb.example.com/a?b=1&c=2#d",
    "http://10.0.0.1/手册",
    "mailto:hr@example.com",
    "tel:057188888888",
    "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fkb.example.com%2Fa&pc_slide=true",
    "dingtalk://dingtalkclient/action/openapp?corpid=ding1&app_id=0_1&redirect_url=https%3A%2F%2Fkb.example.com",
    "dingtalk://dingtalkclient/action/im_open_hybrid_panel?panelHeight=percent60&pageUrl=https%3A%2F%2Fkb.example",
]


def test_the_table_is_long_enough() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("text", HOSTILE)
def test_a_card_leads_nowhere_unsafe(text: str) -> None:
    card = for_card(text)

    assert unsafe(card, card=True) == []
    assert for_card(card) == card


@pytest.mark.parametrize("text", HOSTILE)
def test_a_message_leads_nowhere_unsafe(text: str) -> None:
    message = for_message(text)

    assert unsafe(message, card=False) == []
    assert unsafe(for_message(for_card(text)), card=False) == []
    assert for_message(message) == message


@pytest.mark.parametrize("text", HOSTILE)
def test_neither_does_a_frame_nor_what_follows_the_card(text: str) -> None:
    assert unsafe(preview(text), card=True) == []
    for message in as_messages(for_card(text)):
        assert unsafe(message, card=False) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_neither_does_a_source(text: str) -> None:
    hostile = Citation(text, url=text.partition("(")[2].rpartition(")")[0] or text)

    (part,) = render(Draft(text="a", citations=(hostile,)), None, ZH)

    assert unsafe(part, card=True) == []


@pytest.mark.parametrize("url", GOOD)
def test_good_addresses_stay_links(url: str) -> None:
    assert is_safe(url)
    assert for_card(f"[x]({url})") == for_message(f"[x]({url})") == f"[x]({url})"
    assert url in {target.replace("&amp;", "&") for target in targets(f"[x]({url})", card=True)}


def test_in_code_a_link_may_be_written_about() -> None:
    fence = "```\n[x](javascript:alert(1))\n```"

    assert for_card(fence) == fence
    assert for_card("`[x](https://kb.example)`") == "`[x](https://kb.example)`"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("见[制度][a]。\n\n[a]: https://kb.example/1", "见[制度](https://kb.example/1)。"),
        ("见[制度][]。\n\n[制度]: <https://kb.example/1> '标题'", "见[制度](https://kb.example/1)。"),
        ("[1]: https://kb.example/1\n\n上限 500 元[1]。", "上限 500 元[1](https://kb.example/1)。"),
        ("![图][p]\n\n[P]: https://kb.example/p.png", "![图](https://kb.example/p.png)"),
        ("来源：\n[1]: https://kb.example/1", "来源：<br>[1](https://kb.example/1)"),
        ("没有人引用。\n\n[a]: https://kb.example/1", "没有人引用。\n\n[a](https://kb.example/1)"),
        ("见[制度][a]。\n\n[a]: dtmd://x", "见[制度][a]。"),
        ("**来源**\n[1]: 《劳动合同法》第三十七条", "**来源**<br>[1]: 《劳动合同法》第三十七条"),
        ("```\n[a]: https://kb.example\n```", "```\n[a]: https://kb.example\n```"),
    ],
)
def test_reference_links_become_inline_links(text: str, shown: str) -> None:
    assert for_card(text) == shown


# fmt: off
PIECES = [
    "[", "]", "(", ")", "](", "![", "[x]", "[x](", "[a]:", "[a]: ", "[x][a]", "[a]", "javascript:",
    "dtmd://a", "&colon;", "&#58;", "&Tab;", "%3A", "javascript", "\\", "\\:", "<", ">", "<a href=",
    '"', "'", "\n", "\n\n", " ", "`", "``", "~~", "**", "|", "\n|-|-|\n", "> ", "- ", "1. ", "<br>",
    "<b>", "https://kb.example", "/a", "dingtalk://dingtalkclient/", "page/link?url=", "\u200b", "\x01",
    "$", "\\(", "\\)", "\\[", "\\]", "x", "：", "<!--", "-->", "</a>", "<img src=",
    "data:image/png;base64,AAAA", "\n```\n", "    ", "#", "^",
]
# fmt: on


@settings(max_examples=examples(1_500))
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("`[x](`javascript:a)")
@example("<img src=\\)#dtmd://a> ")
def test_nothing_that_is_shown_leads_anywhere_else(text: str) -> None:
    card, message = for_card(text), for_message(text)

    assert unsafe(card, card=True) == []
    assert unsafe(message, card=False) == []
