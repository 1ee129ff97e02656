"""The markdown of models → the markdown DingTalk shows: normalised, closed, split, its pictures exchanged."""

from rag_on_dingtalk.rendering.markdown.characters import shows_nothing
from rag_on_dingtalk.rendering.markdown.dialects import CARD, MESSAGE
from rag_on_dingtalk.rendering.markdown.document import Document, for_card, for_message, read
from rag_on_dingtalk.rendering.markdown.inline.links import link_to
from rag_on_dingtalk.rendering.markdown.plain import first_words, one_line
from rag_on_dingtalk.rendering.markdown.reading.images import (
    Image,
    images,
    in_words,
    is_inline,
    replace_images,
)
from rag_on_dingtalk.rendering.markdown.reading.inline_pictures import (
    InlinePicture,
    lift,
    without_addresses,
    written_out,
)
from rag_on_dingtalk.rendering.markdown.streaming import close_open
from rag_on_dingtalk.rendering.markdown.writing.dividing import beginning
from rag_on_dingtalk.rendering.markdown.writing.splitting import split

__all__ = [
    "CARD",
    "MESSAGE",
    "Document",
    "Image",
    "InlinePicture",
    "beginning",
    "close_open",
    "first_words",
    "for_card",
    "for_message",
    "images",
    "in_words",
    "is_inline",
    "lift",
    "link_to",
    "one_line",
    "read",
    "replace_images",
    "shows_nothing",
    "split",
    "without_addresses",
    "written_out",
]
