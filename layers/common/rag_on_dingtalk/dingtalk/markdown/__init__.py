"""The markdown of models → the markdown DingTalk shows: normalised, closed, split, its pictures exchanged."""

from rag_on_dingtalk.dingtalk.markdown.characters import shows_nothing
from rag_on_dingtalk.dingtalk.markdown.images import (
    Image,
    images,
    in_words,
    is_inline,
    replace_images,
    without_half,
)
from rag_on_dingtalk.dingtalk.markdown.links import link_to
from rag_on_dingtalk.dingtalk.markdown.splitting import split
from rag_on_dingtalk.dingtalk.markdown.streaming import close_open
from rag_on_dingtalk.dingtalk.markdown.writing import for_card, for_message

__all__ = [
    "Image",
    "close_open",
    "for_card",
    "for_message",
    "images",
    "in_words",
    "is_inline",
    "link_to",
    "replace_images",
    "shows_nothing",
    "split",
    "without_half",
]
