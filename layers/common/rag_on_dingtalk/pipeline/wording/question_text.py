"""A question as the model reads it: what is quoted, what was typed, what a picture alone asks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.dingtalk.inbound.contents import is_wordless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.models.answer import Exchange
    from rag_on_dingtalk.models.question import Attachment, Question, Quote
    from rag_on_dingtalk.texts import Texts

#: A file's name alone asks nothing.
_NAMED_ONLY = frozenset(("file", "video"))


def text_for_model(question: Question, attachments: tuple[Attachment, ...], texts: Texts) -> str:
    """The whole of what is asked, a quote's lines marked with `> ` in front of the words.

    attachments: those the bot takes, as `attachments.accepted` tells them.
    """
    quote = question.reply_to
    if not is_wordless(question.text):
        return _after(quote, question.text, texts)
    if quote is None or not _says_something(quote):
        # The quote is a picture or a file, or there is none.
        return _about(attachments, texts) or question.text
    if quote.own:
        return _after(quote, texts.say("about_quote"), texts)
    if question.text and attachments:
        return _after(quote, _about(attachments, texts), texts)
    # Who quotes a question and only mentions the bot asks just that question.
    return quote.text


def with_unheard(unheard: Iterable[Exchange], text: str, texts: Texts) -> str:
    """The question with what the backend has not heard of the conversation in front of it, as a quote."""
    said = [
        line
        for one in unheard
        for line in (
            texts.say("quoted_question", question=one.question),
            texts.say("quoted_answer", answer=one.answer),
        )
    ]
    if not said:
        return text
    quoted = "\n".join(said).replace("\n", "\n> ")
    return f"> {quoted}\n\n{text}"


def with_dates_explained(question: Question) -> Question:
    """The question with what each date in its words is on its day; a quote was said on another one."""
    from rag_on_dingtalk.clock import beijing_day
    from rag_on_dingtalk.safety.dates.hints import with_dates  # most bots do without

    return msgspec.structs.replace(question, text=with_dates(question.text, beijing_day(question.asked_ms)))


def asks_something(question: Question, attachments: tuple[Attachment, ...]) -> bool:
    """Whether there is anything to ask: words, a picture or file the bot takes, a quote with words."""
    quote = question.reply_to
    return (
        not is_wordless(question.text) or bool(attachments) or (quote is not None and _says_something(quote))
    )


def _says_something(quote: Quote) -> bool:
    return quote.kind not in _NAMED_ONLY and not is_wordless(quote.text)


def _after(quote: Quote | None, words: str, texts: Texts) -> str:
    if quote is None:
        return words
    quoted = (quote.text or texts.say("quote_mark")).replace("\n", "\n> ")
    return f"> {quoted}\n\n{words}"


def _about(attachments: tuple[Attachment, ...], texts: Texts) -> str:
    """What is asked of pictures and files that came without words."""
    if not attachments:
        return ""
    names = texts.say("and").join(attachment.name for attachment in attachments if attachment.name)
    return texts.say("about_file", names=names) if names else texts.say("about_picture")
