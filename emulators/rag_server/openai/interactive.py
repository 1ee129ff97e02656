"""FastGPT's interactive nodes: a flow that waits for a choice or a form, and what its answer is.

The shapes are the product's documents'; no server was asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.rag_server.openai.wire import Json

SELECT, INPUT = "userSelect", "userInput"
_OPTIONS = ("总部", "分公司")
_FIELD = "desk"


@dataclass(frozen=True)
class Interactive:
    """What one chat waits for: the kind of node, and the question to be answered then."""

    kind: str
    question: str

    @property
    def event(self) -> Json:
        """What the `interactive` event carries."""
        if self.kind == INPUT:
            entry = {
                "type": "input",
                "key": _FIELD,
                "label": "工位",
                "description": "",
                "value": "",
                "defaultValue": "",
                "valueType": "string",
                "required": True,
                "list": [],
            }
            params: Json = {"description": "先填一下你的工位。", "inputForm": [entry]}
        else:
            options = [{"key": f"option{at}", "value": value} for at, value in enumerate(_OPTIONS, 1)]
            params = {"description": "你在哪里上班？", "userSelectOptions": options}
        return {"interactive": {"type": self.kind, "params": params}}

    def accepts(self, said: str) -> bool:
        """Whether this message goes on: one of the options' values, or the form as JSON."""
        if self.kind != INPUT:
            return said in _OPTIONS
        try:
            form = json.loads(said)
        except ValueError:
            return False
        return isinstance(form, dict) and bool(form.get(_FIELD))


@dataclass(frozen=True)
class Waiting:
    """The chats that wait, in memory."""

    chats: dict[str, Interactive] = field(default_factory=dict)

    def ask(self, chat: str, kind: str, question: str) -> Interactive:
        """Let a chat wait."""
        asked = Interactive(INPUT if kind == INPUT else SELECT, question)
        if chat:
            self.chats[chat] = asked
        return asked

    def answered(self, chat: str, said: str) -> Interactive | str | None:
        """What a message does to a chat that waits: the question to go on with, or what is still asked for.

        None: the chat does not wait.
        """
        asked = self.chats.get(chat)
        if asked is None:
            return None
        if not asked.accepts(said):
            return asked
        del self.chats[chat]
        return asked.question
