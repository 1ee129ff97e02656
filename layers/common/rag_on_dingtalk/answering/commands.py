"""The words that steer the bot instead of asking it something. Pure."""

from __future__ import annotations

from typing import Literal

Command = Literal["new", "stop", "help"]

_WORDS: dict[str, Command] = {
    "/new": "new",
    "/reset": "new",
    "/新会话": "new",
    "/stop": "stop",
    "/停止": "stop",
    "/help": "help",
    "/帮助": "help",
    "/?": "help",
}


def read_command(text: str) -> Command | None:
    """The command a message consists of, or None for a question.

    Only a message that is nothing else counts: 「/new 怎么用」 is a question. An empty message, such as an
    @ without words, asks for help.
    """
    word = text.strip().replace("／", "/").replace("？", "?").lower()
    return _WORDS.get(word, "help" if not word else None)
