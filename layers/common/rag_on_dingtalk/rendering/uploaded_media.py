"""What became of an answer's pictures and files. Pure."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.models.answer import FileMessage
from rag_on_dingtalk.rendering.markdown import replace_images


class Picture(msgspec.Struct, frozen=True):
    """A picture in an answer.

    address: where it is, http(s); empty when it stands in the answer itself or nowhere.
    media_id: DingTalk's name for it; empty when it could not be brought there.
    """

    address: str = ""
    media_id: str = ""


class UploadedMedia(msgspec.Struct, frozen=True):
    """What became of an answer's pictures and files.

    pictures: by the address they have in the answer.
    files: to be sent as files; brought: the addresses of the answer's files that are among them.
    """

    pictures: dict[str, Picture] = {}
    files: tuple[FileMessage, ...] = ()

    @property
    def sent_urls(self) -> frozenset[str]:
        """The addresses of the files that are sent as files."""
        return frozenset(file.url for file in self.files)

    def exchange(self, markdown: str) -> str:
        """The text with each picture as DingTalk can show it, or a link, or its description."""
        absolute = {url: picture.address for url, picture in self.pictures.items() if picture.address != url}
        there = {
            picture.address or url: picture.media_id or (None if picture.address else "")
            for url, picture in self.pictures.items()
        }
        resolved = replace_images(markdown, {url: address for url, address in absolute.items() if address})
        return replace_images(resolved, there)
