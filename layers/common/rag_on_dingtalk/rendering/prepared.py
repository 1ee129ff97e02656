"""An answer, read once: what card, messages, pictures, sources and record are made from. Pure.

A backend may say megabytes. Of them a few times what is shown is read, on the event loop, within a few
milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.rendering.markdown import Document, InlinePicture, in_words, lift, read
from rag_on_dingtalk.rendering.markdown.characters import character_border

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag_on_dingtalk.rendering.draft import Draft
    from rag_on_dingtalk.texts import Texts

#: Of an answer, about five cards full: each further one is a message to scroll past.
MOST_SHOWN = 14_000
#: Of markup and addresses there may be more than of what is seen.
_MOST_READ, _MOST_SOURCE = MOST_SHOWN * 5 // 4, 3 * MOST_SHOWN
#: Thoughts that are shown leave room for the answer.
_MOST_THOUGHTS = MOST_SHOWN // 2


class Prepared(msgspec.Struct, frozen=True):
    """An answer that was read.

    text: its markdown, cut to what is read; pictures that stand in it themselves have short addresses.
    pictures: those, by that address.
    thoughts: the model's, cut to what may be shown.
    """

    text: str
    document: Document
    pictures: dict[str, InlinePicture]
    thoughts: str

    @property
    def words(self) -> str:
        """The text with their descriptions for the pictures that stand in it themselves."""
        return in_words(self.text, self.pictures)


def prepare(draft: Draft, texts: Texts, *, clean: Callable[[str], str] | None = None) -> Prepared:
    """Read an answer; blank when a card would show nothing of it.

    clean: what is to be read in place of the answer's markdown.
    """
    said = texts.say("nothing_found") if draft.stock_refusal else draft.text
    lifted = lift(said, most=_MOST_SOURCE)
    if clean is not None:
        lifted = msgspec.structs.replace(lifted, text=clean(lifted.text))
    document = read(lifted.text, most=_MOST_READ)
    if document.blank:
        lifted, document = msgspec.structs.replace(lifted, text="", pictures={}), Document()
    elif not lifted.whole:
        document = Document(document.blocks, whole=False)
    thoughts = "" if draft.stock_refusal else draft.reasoning[: _MOST_THOUGHTS + 1]
    return Prepared(lifted.text, document, lifted.pictures, _cut(thoughts, _MOST_THOUGHTS))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: character_border(text, most)]}…"
