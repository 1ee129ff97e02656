"""The markdown of models → the markdown DingTalk shows: normalised, closed, split, its pictures exchanged."""

from rag_on_dingtalk.dingtalk.markdown.images import Image, images, replace_images
from rag_on_dingtalk.dingtalk.markdown.splitting import split
from rag_on_dingtalk.dingtalk.markdown.streaming import close_open
from rag_on_dingtalk.dingtalk.markdown.writing import for_card, for_message

__all__ = ["Image", "close_open", "for_card", "for_message", "images", "replace_images", "split"]
