"""What a person sent along with a question, on its way to the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Upload
from rag_on_dingtalk.dingtalk.contents import is_wordless
from rag_on_dingtalk.errors import DingTalkError, FailureKind, FetchError, UserVisibleError
from rag_on_dingtalk.media_types import named, sniff

if TYPE_CHECKING:
    from rag_on_dingtalk.config import FileSettings
    from rag_on_dingtalk.dingtalk.media import Media
    from rag_on_dingtalk.fetching import Fetcher
    from rag_on_dingtalk.messages import Texts
    from rag_on_dingtalk.model import Attachment, Question

#: In one message; a model that is shown more mixes them up.
_MOST = 6

_MEGABYTE = 1_000_000


def accepted(question: Question, settings: FileSettings) -> tuple[Attachment, ...]:
    """Which of the question's attachments the bot takes; a recording comes as words already."""
    kinds = {"pictures": "picture", "documents": "file"}
    taken = {kinds[accept] for accept in settings.accept}
    return tuple(attachment for attachment in question.attachments if attachment.kind in taken)


def words_of(question: Question, attachments: tuple[Attachment, ...], texts: Texts) -> str:
    """The question in words; who sends nothing but a picture or a file asks what it is about."""
    if not attachments or not is_wordless(question.text):
        return question.text
    names = texts.say("and").join(attachment.name for attachment in attachments if attachment.name)
    return texts.say("about_file", names=names) if names else texts.say("about_picture")


async def fetch_attachments(
    attachments: tuple[Attachment, ...], settings: FileSettings, media: Media, fetcher: Fetcher
) -> tuple[Upload, ...]:
    """Their bytes, out of DingTalk's hands.

    Raises:
        UserVisibleError: FILE_LOST, FILE_TOO_LARGE or FILE_REFUSED.
    """
    if len(attachments) > _MOST:
        raise UserVisibleError(FailureKind.FILE_TOO_LARGE, f"{len(attachments)} files in one message")
    room = int(settings.megabytes * _MEGABYTE)
    uploads = []
    for number, attachment in enumerate(attachments, start=1):
        upload = await _fetch(attachment, number, media, fetcher)
        room -= len(upload.data)
        if room < 0:
            raise UserVisibleError(
                FailureKind.FILE_TOO_LARGE, f"a message's files have more than {settings.megabytes:g} MB"
            )
        uploads.append(upload)
    return tuple(uploads)


async def _fetch(attachment: Attachment, number: int, media: Media, fetcher: Fetcher) -> Upload:
    try:
        fetched = await fetcher.fetch(await media.address_of(attachment.code))
    except DingTalkError as error:
        raise UserVisibleError(FailureKind.FILE_LOST, str(error)) from error
    except FetchError as error:
        large = error.reason == "too_large"
        kind = FailureKind.FILE_TOO_LARGE if large else FailureKind.FILE_LOST
        raise UserVisibleError(kind, str(error)) from error
    # DingTalk's own address ends in `.file` whatever it is.
    media_type = sniff(fetched.data, attachment.name)
    if attachment.kind == "picture" and not media_type.startswith("image/"):
        raise UserVisibleError(FailureKind.FILE_REFUSED, f"a picture that is {media_type}")
    return Upload(named(attachment.name or f"{number}", media_type), media_type, fetched.data)
