"""Pictures and files of an answer, brought to DingTalk: nobody else sees what is on the backend's server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin
from weakref import WeakValueDictionary

from rag_on_dingtalk.answering.enclosed import Enclosed, Picture
from rag_on_dingtalk.answering.pacing import Level
from rag_on_dingtalk.dingtalk.markdown import images, is_inline, link_to
from rag_on_dingtalk.dingtalk.media import FILE_TYPES, PICTURE_TYPES
from rag_on_dingtalk.errors import DingTalkError, FetchError
from rag_on_dingtalk.fetching import Fetched, shown
from rag_on_dingtalk.media_types import extension, named, sniff
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
        self,
        answer: str,
        files: tuple[AnswerFile, ...],
        *,
        seconds: float,
        allowance: Allowance,
        log: LogLine,
    ) -> Enclosed:
        """Upload what can be had; a month that runs short of calls leaves links.

        seconds: how long somebody will wait; none leaves links, too.
        """
        seconds = min(seconds, _SECONDS)
        # Just as they are going to be shown.
        shown_files = [f"!{link_to(file.name, file.url)}" for file in files if file.picture]
        found = [image.url for text in (answer, *shown_files) for image in images(text)]
        urls = [url for url in dict.fromkeys(found) if not url.startswith(_MEDIA_ID)]
        pictures = {url: Picture(self._resolved(url)) for url in urls}
        others = [file for file in files if not file.picture]
        enclosed: dict[str, FileMessage] = {}
        if allowance.level is Level.AMPLE and seconds > 0 and (urls or others):
            media = self._media.charged_to(allowance)

            async def _bring_picture(url: str) -> None:
                media_id = await self._bring_picture(url, pictures[url].address, media)
                pictures[url] = Picture(pictures[url].address, media_id)

            async def _bring_file(file: AnswerFile) -> None:
                enclosed[file.url] = await self._bring_file(file, media)

            work = [(_bring_picture(url), pictures[url].address) for url in urls[:_MOST_PICTURES]]
            work += [(_bring_file(file), file.url) for file in others[:_MOST_FILES]]
            await asyncio.gather(*(_in_time(bringing, seconds, address, log) for bringing, address in work))
        return Enclosed(pictures, tuple(enclosed[file.url] for file in others if file.url in enclosed))

    def _resolved(self, url: str) -> str:
        if is_inline(url):
            return ""
        try:
            address = urljoin(self._base_url, url)
        except ValueError:
            return ""
        return address if address.startswith(("https://", "http://")) else ""

    async def _bring_picture(self, url: str, address: str, media: Media) -> str:
        async with self._holding:
            fetched = await self._fetcher.fetch(address) if address else self._inline(url)
            media_type = sniff(fetched.data)
            if media_type not in PICTURE_TYPES:
                raise FetchError("refused", f"it is {media_type}, which DingTalk does not show")
            # Nobody sees its name, and of a type's extensions DingTalk knows one: no `.jpeg`.
            name = f"picture.{extension(media_type)}"
            return await self._upload("image", name, fetched.data, media_type, media)

    def _inline(self, url: str) -> Fetched:
        """A picture that stands in the answer itself, `data:image/png;base64,…`."""
        head, _, body = url.partition(",")
        if not head.endswith(";base64"):
            raise FetchError("address", "it is no address and no picture in base64")
        # Four characters are three bytes.
        if len(body) // 4 * 3 > self._fetcher.most_bytes:
            raise FetchError("too_large", f"it is larger than {self._fetcher.most_bytes} bytes")
        try:
            return Fetched("", base64.b64decode(body, validate=True), "")
        except ValueError as error:
            raise FetchError("refused", "its base64 cannot be read") from error

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
        digest = hashlib.sha256(name.encode() + b"\0" + data).digest()
        async with self._uploading.setdefault(digest, asyncio.Lock()):
            media_id = self._uploaded.get(digest, "")
            if not media_id:
                media_id = await media.upload(kind, name=name, media_type=media_type, data=data)
                self._uploaded[digest] = media_id
                while len(self._uploaded) > _REMEMBERED:
                    self._uploaded.pop(next(iter(self._uploaded)))
        return media_id


async def _in_time(bringing: Coroutine[None, None, None], seconds: float, address: str, log: LogLine) -> None:
    """Bring it, or say in the log why it stays a link."""
    note = partial(log, "not_brought_to_dingtalk", url=shown(address))
    try:
        await asyncio.wait_for(bringing, seconds)
    except asyncio.TimeoutError:
        note(level="WARNING", error=f"it took over {seconds:.1f} s")
    except (DingTalkError, FetchError) as error:
        note(level="WARNING", error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever broke, the answer itself goes out
        note(level="ERROR", error=f"{type(error).__name__}: {error}")
