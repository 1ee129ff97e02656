"""Pictures and files of an answer, brought to DingTalk: nobody else sees what is on the backend's server."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin
from weakref import WeakValueDictionary

from rag_on_dingtalk.answering.enclosed import Enclosed, Picture
from rag_on_dingtalk.answering.pacing import Level
from rag_on_dingtalk.dingtalk.markdown import images
from rag_on_dingtalk.dingtalk.media import FILE_TYPES, PICTURE_TYPES
from rag_on_dingtalk.errors import DingTalkError, FetchError
from rag_on_dingtalk.fetching import Fetched, shown
from rag_on_dingtalk.media_types import named, sniff
from rag_on_dingtalk.model import FileMessage

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from rag_on_dingtalk.answering.budget import Allowance
    from rag_on_dingtalk.backends.base import AnswerFile
    from rag_on_dingtalk.dingtalk.media import Media
    from rag_on_dingtalk.fetching import Fetcher
    from rag_on_dingtalk.telemetry.lines import LogLine

#: Each costs an API call, and somebody is waiting.
_MOST_PICTURES = 6
_MOST_FILES = 3
_SECONDS = 12.0
#: Bytes of so many are held at a time.
_AT_ONCE = 2
#: Media ids of pictures that were uploaded before; a handbook's pictures are asked for again and again.
_REMEMBERED = 500
#: How a media id begins; a picture that has one is at DingTalk already.
_MEDIA_ID = "@"


class Enclosures:
    """Brings one bot's pictures and files to DingTalk.

    base_url: the backend's; addresses without a host are meant from there.
    """

    def __init__(self, media: Media, fetcher: Fetcher, *, base_url: str) -> None:
        self._media = media
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/") + "/"
        self._uploaded: dict[bytes, str] = {}
        # A lock lives as long as somebody holds it or waits for it.
        self._uploading: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._holding = asyncio.Semaphore(_AT_ONCE)

    async def bring(
        self, answer: str, files: tuple[AnswerFile, ...], *, allowance: Allowance, log: LogLine
    ) -> Enclosed:
        """Upload what can be had; a month that runs short of calls leaves links."""
        found = [image.url for image in images(answer)] + [file.url for file in files if file.picture]
        urls = [url for url in dict.fromkeys(found) if not url.startswith(_MEDIA_ID)]
        pictures = {url: Picture(self._resolved(url)) for url in urls}
        others = [file for file in files if not file.picture]
        enclosed: dict[str, FileMessage] = {}
        if allowance.level is Level.AMPLE and (urls or others):
            media = self._media.charged_to(allowance)

            async def _bring_picture(url: str) -> None:
                media_id = await self._bring_picture(url, pictures[url].address, media)
                pictures[url] = Picture(pictures[url].address, media_id)

            async def _bring_file(file: AnswerFile) -> None:
                enclosed[file.url] = await self._bring_file(file, media)

            work = [_logged(_bring_picture(url), url, log) for url in urls[:_MOST_PICTURES]]
            work += [_logged(_bring_file(file), file.url, log) for file in others[:_MOST_FILES]]
            await _whoever_is_fast(work)
        return Enclosed(pictures, tuple(enclosed[file.url] for file in others if file.url in enclosed))

    def _resolved(self, url: str) -> str:
        if url.startswith("data:"):
            return ""
        try:
            address = urljoin(self._base_url, url)
        except ValueError:
            return ""
        return address if address.startswith(("https://", "http://")) else ""

    async def _bring_picture(self, url: str, address: str, media: Media) -> str:
        async with self._holding:
            fetched = await self._fetcher.fetch(address) if address else _inline(url)
            media_type = sniff(fetched.data)
            if media_type not in PICTURE_TYPES:
                raise FetchError("refused", f"it is {media_type}, which DingTalk does not show")
            return await self._upload(
                "image", named(fetched.name, media_type), fetched.data, media_type, media
            )

    async def _bring_file(self, file: AnswerFile, media: Media) -> FileMessage:
        async with self._holding:
            fetched = await self._fetcher.fetch(self._resolved(file.url))
            media_type = sniff(fetched.data, file.name or fetched.name)
            name = named(file.name or fetched.name, media_type)
            if name.rpartition(".")[2].lower() not in FILE_TYPES:
                raise FetchError("refused", f"{name} is of a kind that DingTalk's messages do not carry")
            media_id = await self._upload("file", name, fetched.data, media_type, media)
        return FileMessage(media_id=media_id, name=name, url=file.url)

    async def _upload(
        self, kind: Literal["image", "file"], name: str, data: bytes, media_type: str, media: Media
    ) -> str:
        # A picture's name is never seen, a file's is.
        digest = hashlib.sha256((name if kind == "file" else "").encode() + b"\0" + data).digest()
        async with self._uploading.setdefault(digest, asyncio.Lock()):
            media_id = self._uploaded.get(digest, "")
            if not media_id:
                media_id = await media.upload(kind, name=name, media_type=media_type, data=data)
                self._uploaded[digest] = media_id
                while len(self._uploaded) > _REMEMBERED:
                    self._uploaded.pop(next(iter(self._uploaded)))
        return media_id


async def _logged(bringing: Coroutine[None, None, None], url: str, log: LogLine) -> None:
    try:
        await bringing
    except (DingTalkError, FetchError) as error:
        log("not_brought_to_dingtalk", level="WARNING", url=shown(url), error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever broke, the answer itself goes out
        log(
            "not_brought_to_dingtalk", level="ERROR", url=shown(url), error=f"{type(error).__name__}: {error}"
        )


async def _whoever_is_fast(work: list[Coroutine[None, None, None]]) -> None:
    """Do it all at once, and give up what takes too long: that stays a link."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.wait(tasks, timeout=_SECONDS)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _inline(url: str) -> Fetched:
    """A picture that stands in the answer itself, `data:image/png;base64,…`."""
    head, _, body = url.partition(",")
    if not head.endswith(";base64"):
        raise FetchError("address", "it is no address and no picture in base64")
    try:
        return Fetched("", base64.b64decode(body, validate=True), "")
    except binascii.Error as error:
        raise FetchError("refused", "its base64 cannot be read") from error
