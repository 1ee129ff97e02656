"""What people send along with a question, looked through before the backend gets it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.errors import FailureKind, UserVisibleError

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Upload
    from rag_on_dingtalk.safety.safety import Safety
    from rag_on_dingtalk.safety.words.word_filter import Checked, WordFilter

#: Of a file of text, as much as models read; what is beyond is not looked through for words.
_MOST_READ = 200_000
#: Looking through more than this would keep the event loop from the other answers.
_AT_ONCE = 4_000
#: Media types whose bytes are words.
_WORDS = ("text/", "application/json", "application/xml", "application/yaml")


async def safe_uploads(uploads: tuple[Upload, ...], safety: Safety) -> tuple[Upload, ...]:
    """The same, with the words masked in their names.

    A file of text is looked through like a question; its bytes are not changed. What has no readable text is
    a matter of `on_error` where a service moderates, and passes where only words are looked for.

    Raises:
        UserVisibleError: BLOCKED or UNCHECKED.
    """
    for upload in uploads:
        text = _text_of(upload)
        if text is None:
            if safety.moderator is not None and not safety.moderator.unreadable(upload.media_type).allowed:
                raise UserVisibleError(FailureKind.UNCHECKED, f"{upload.media_type} cannot be judged")
            continue
        if safety.words is not None:
            found = await _checked(safety.words, text[:_MOST_READ])
            safety.report_words(found, text, "question")
            if found.level in ("mask", "block"):
                # A masked file would be another file.
                raise UserVisibleError(FailureKind.BLOCKED, "a file holds a sensitive word")
        if safety.moderator is not None:
            verdict = await safety.moderator.check(text, "question")
            if not verdict.allowed:
                kind = FailureKind.BLOCKED if verdict.judged else FailureKind.UNCHECKED
                raise UserVisibleError(kind, "a file was not let through")
    return tuple(msgspec.structs.replace(one, name=safety.masked(one.name)) for one in uploads)


async def _checked(words: WordFilter, text: str) -> Checked:
    return words.check(text) if len(text) <= _AT_ONCE else await asyncio.to_thread(words.check, text)


def _text_of(upload: Upload) -> str | None:
    if not upload.media_type.startswith(_WORDS):
        return None
    try:
        return upload.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
