"""The library's own words in a chat, as the books of chaos and of the simulation know them. Pure."""

from __future__ import annotations

import re

from rag_on_dingtalk.texts import Texts

_ZH = Texts("zh")
#: A card that is closed with it refers to the message that holds the answer: it is no answer itself.
POINTER = _ZH.say("see_message")
#: An answer on the card is ready; an answer by message will come, because many people ask.
NOTICES = (_ZH.say("answer_ready"), _ZH.say("crowded"))
_MENTION = re.compile(r"@\S+\n\n")


def without_mention(text: str) -> str:
    """A message's words; through a webhook they come with a mention of the asker."""
    return _MENTION.sub("", text, count=1).strip()
