"""The two kinds of markdown DingTalk shows: a card's and a message's.

Sources: "互动卡片 Markdown 语法" for cards, "机器人消息类型" (development/robot-message-type) for messages.
What a dialect's page does not list may be shown literally, so it is written to be read either way.
"""

from __future__ import annotations

from msgspec import Struct


class Dialect(Struct, frozen=True):
    """What one kind of text supports.

    line_break: what ends a line in running text; a single newline shows no break in either dialect.
    continuation: what the next line begins with.
    rule: how a horizontal rule is written.
    deepest_heading: the smallest heading there is.
    tags_in_code: whether what looks like a tag in code is shown as it is.
    """

    line_break: str
    continuation: str
    rule: str
    deepest_heading: int
    tables: bool
    fences: bool
    fonts: bool
    strikethrough: bool
    tags_in_code: bool


CARD = Dialect(
    line_break="<br>",
    continuation="",
    rule="***",
    deepest_heading=5,
    tables=True,
    fences=True,
    fonts=True,
    # Not listed either, but without the tildes the struck-out words would read as if they were meant.
    strikethrough=True,
    tags_in_code=True,
)

MESSAGE = Dialect(
    # Documented as a newline with two spaces before and after.
    line_break="  \n",
    continuation="  ",
    rule="————————",
    deepest_heading=6,
    tables=False,
    fences=False,
    fonts=False,
    strikethrough=False,
    # Seen by others: the desktop renders tags in code, and a telephone shows the whole message blank.
    tags_in_code=False,
)
