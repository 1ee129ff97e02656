"""Questions, sources and replies with the bot's sensitive words masked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rag_on_dingtalk.models.answer import Citation
    from rag_on_dingtalk.models.question import Question
    from rag_on_dingtalk.pipeline.reply import Reply
    from rag_on_dingtalk.safety.safety import Safety


def masked_question(question: Question, safety: Safety) -> Question:
    """The question with the words masked in all that can be shown or passed on."""
    quote = question.quote
    return msgspec.structs.replace(
        question,
        text=safety.masked(question.text),
        quoted=safety.masked(question.quoted),
        quote=quote and msgspec.structs.replace(quote, text=safety.masked(quote.text)),
        attachments=tuple(
            msgspec.structs.replace(one, name=safety.masked(one.name)) for one in question.attachments
        ),
    )


def masked_citation(citation: Citation, safety: Safety) -> Citation:
    """The source with the words masked, in its address, too."""
    masked = safety.masked
    return msgspec.structs.replace(
        citation,
        title=masked(citation.title),
        url=masked(citation.url),
        excerpt=masked(citation.excerpt),
        place=masked(citation.place),
    )


def masked_reply(reply: Reply, safety: Safety | None) -> Reply:
    """What leaves, whichever stage it comes from, with the words masked: the last look at it."""
    if safety is None or safety.words is None:
        return reply
    masked = safety.masked
    return msgspec.structs.replace(
        reply,
        parts=tuple(map(masked, reply.parts)),
        without_card=masked(reply.without_card),
        answer=masked(reply.answer),
        citations=tuple(masked_citation(one, safety) for one in reply.citations),
        files=tuple(msgspec.structs.replace(one, name=masked(one.name)) for one in reply.files),
        suggestions=tuple(one for one in reply.suggestions if masked(one) == one),
    )
