"""What a person sent along with a question, on its way to the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.backends.base import Upload
from rag_on_dingtalk.errors import DingTalkError, FailureKind, FetchError, UserVisibleError
from rag_on_dingtalk.net.media_types import named, sniff

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.outbound.media import Media
    from rag_on_dingtalk.models.question import Attachment, Question
    from rag_on_dingtalk.net.fetching import Fetcher
    from rag_on_dingtalk.settings.sections.files import FileSettings

#: In one message; a model that is shown more mixes them up.
_MOST = 6

_MEGABYTE = 1_000_000


def accepted(question: Question, settings: FileSettings) -> tuple[Attachment, ...]:
    """Which of the question's attachments the bot takes; a recording comes as words already."""
    kinds = {"pictures": "picture", "documents": "file"}
    taken = {kinds[accept] for accept in settings.accept}
    return tuple(attachment for attachment in question.attachments if attachment.kind in taken)


def most_bytes(settings: FileSettings) -> int:
    """Of all files of one message together."""
    return int(settings.megabytes * _MEGABYTE)


async def fetch_attachments(
    attachments: tuple[Attachment, ...], settings: FileSettings, media: Media, fetcher: Fetcher
) -> tuple[Upload, ...]:
    """Their bytes, out of DingTalk's hands.

    Raises:
        UserVisibleError: FILE_LOST, FILE_TOO_LARGE or FILE_REFUSED.
    """
    if len(attachments) > _MOST:
        raise UserVisibleError(FailureKind.FILE_TOO_LARGE, f"{len(attachments)} files in one message")
    room = most_bytes(settings)
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
        data = await _bytes_of(attachment.code, media, fetcher)
    except UserVisibleError as error:
        if not attachment.second_code or error.kind is FailureKind.FILE_TOO_LARGE:
            raise
        data = await _bytes_of(attachment.second_code, media, fetcher)
    # DingTalk's own address ends in `.file` whatever it is.
    media_type = sniff(data, attachment.name)
    if attachment.kind == "picture" and not media_type.startswith("image/"):
        raise UserVisibleError(FailureKind.FILE_REFUSED, f"a picture that is {media_type}")
    return Upload(named(attachment.name or f"{number}", media_type), media_type, data)


async def _bytes_of(code: str, media: Media, fetcher: Fetcher) -> bytes:
    try:
        return (await fetcher.fetch(await media.address_of(code))).data
    except DingTalkError as error:
        raise UserVisibleError(FailureKind.FILE_LOST, str(error)) from error
    except FetchError as error:
        large = error.reason == "too_large"
        kind = FailureKind.FILE_TOO_LARGE if large else FailureKind.FILE_LOST
        raise UserVisibleError(kind, str(error)) from error
