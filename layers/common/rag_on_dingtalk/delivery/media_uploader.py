"""Uploading an answer's pictures and files: people in a chat cannot open the backend's addresses."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urljoin
from weakref import WeakValueDictionary

from rag_on_dingtalk.delivery.pacing import Level
from rag_on_dingtalk.dingtalk.outbound.media import FILE_TYPES, PICTURE_TYPES
from rag_on_dingtalk.errors import DingTalkError, FetchError
from rag_on_dingtalk.models.answer import FileMessage
from rag_on_dingtalk.net.addresses import shown
from rag_on_dingtalk.net.fetching import Fetched
from rag_on_dingtalk.net.media_types import extension, named, sniff
from rag_on_dingtalk.rendering.markdown import images, is_inline, link_to
from rag_on_dingtalk.rendering.uploaded_media import Picture, UploadedMedia

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from rag_on_dingtalk.backends.base import AnswerFile
    from rag_on_dingtalk.delivery.quota.reservation import CallReservation
    from rag_on_dingtalk.dingtalk.outbound.media import Media
    from rag_on_dingtalk.net.fetching import Fetcher
    from rag_on_dingtalk.observability.log_lines import LogLine
    from rag_on_dingtalk.rendering.markdown import InlinePicture
    from rag_on_dingtalk.resilience.byte_budget import ByteBudget

#: Each costs an API call, and the asker is waiting.
_MOST_PICTURES = 6
_MOST_FILES = 3
_SECONDS = 12.0
#: How many are held in memory at a time.
_AT_ONCE = 2
#: Media ids of pictures that were uploaded before; a handbook's pictures are asked for again and again.
_REMEMBERED = 500
#: How a media id begins; a picture that has one is at DingTalk already.
_MEDIA_ID = "@"


class MediaUploader:
    """Brings one bot's pictures and files to DingTalk.

    base_url: the backend's; addresses without a host are meant from there.
    in_flight: bounds the bytes that the whole process holds.
    """

    def __init__(self, media: Media, fetcher: Fetcher, *, base_url: str, in_flight: ByteBudget) -> None:
        self._media = media
        self._in_flight = in_flight
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/") + "/"
        self._uploaded: dict[bytes, str] = {}
        # A lock lives as long as a task holds it or waits for it.
        self._uploading: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._holding = asyncio.Semaphore(_AT_ONCE)

    async def upload(
        self,
        answer: str,
        files: tuple[AnswerFile, ...],
        *,
        inline: Mapping[str, InlinePicture] = MappingProxyType({}),
        seconds: float,
        reservation: CallReservation,
        log: LogLine,
    ) -> UploadedMedia:
        """Upload what can be had; a month that runs short of calls leaves links.

        answer: as a card shows it.
        inline: the pictures that stand in it themselves, by the address they have there.
        seconds: how long the uploads may take in all; 0 leaves links, too.
        """
        seconds = min(seconds, _SECONDS)
        # Just as they are going to be shown.
        shown_files = [f"!{link_to(file.name, file.url)}" for file in files if file.picture]
        found = [image.url for text in (answer, *shown_files) for image in images(text)]
        urls = [url for url in dict.fromkeys(found) if not url.startswith(_MEDIA_ID)]
        pictures = {url: Picture("" if url in inline else self._resolved(url)) for url in urls}
        others = [file for file in files if not file.picture]
        enclosed: dict[str, FileMessage] = {}
        if reservation.level is Level.AMPLE and seconds > 0 and (urls or others):
            media = self._media.charged_to(reservation)

            async def _bring_picture(url: str) -> None:
                media_id = await self._bring_picture(inline.get(url, url), pictures[url].address, media)
                pictures[url] = Picture(pictures[url].address, media_id)

            async def _bring_file(file: AnswerFile) -> None:
                enclosed[file.url] = await self._bring_file(file, media)

            work = [(_bring_picture(url), pictures[url].address) for url in urls[:_MOST_PICTURES]]
            work += [(_bring_file(file), file.url) for file in others[:_MOST_FILES]]
            await asyncio.gather(*(_in_time(bringing, seconds, address, log) for bringing, address in work))
        return UploadedMedia(pictures, tuple(enclosed[file.url] for file in others if file.url in enclosed))

    def _resolved(self, url: str) -> str:
        if is_inline(url):
            return ""
        try:
            address = urljoin(self._base_url, url)
        except ValueError:
            return ""
        return address if address.startswith(("https://", "http://")) else ""

    async def _bring_picture(self, url: str | InlinePicture, address: str, media: Media) -> str:
        async with self._holding, self._in_flight.hold(self._fetcher.most_bytes) as hold:
            # Only here, where few are held at a time, are a picture's bytes taken out of the answer.
            written = url if isinstance(url, str) else url.address
            fetched = await self._fetcher.fetch(address) if address else self._inline(written)
            hold.shrink(len(fetched.data))
            media_type = sniff(fetched.data)
            if media_type not in PICTURE_TYPES:
                raise FetchError("refused", f"it is {media_type}, which DingTalk does not show")
            # Its name is not shown, and of a type's extensions DingTalk knows one: no `.jpeg`.
            name = f"picture.{extension(media_type)}"
            return await self._upload("image", name, fetched.data, media_type, media)

    def _inline(self, url: str) -> Fetched:
        """A picture that stands in the answer itself, `data:image/png;base64,…`."""
        head, _, body = url.partition(",")
        if not head.lower().endswith(";base64"):
            raise FetchError("address", "it is no address and no picture in base64")
        # Four characters are three bytes.
        if len(body) // 4 * 3 > self._fetcher.most_bytes:
            raise FetchError("too_large", f"it is larger than {self._fetcher.most_bytes} bytes")
        try:
            # Lines of 76 characters, and what an address cannot hold.
            return Fetched("", base64.b64decode("".join(unquote(body).split()), validate=True), "")
        except ValueError as error:
            raise FetchError("refused", "its base64 cannot be read") from error

    async def _bring_file(self, file: AnswerFile, media: Media) -> FileMessage:
        async with self._holding, self._in_flight.hold(self._fetcher.most_bytes) as hold:
            fetched = await self._fetcher.fetch(self._resolved(file.url))
            hold.shrink(len(fetched.data))
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
    except Exception as error:  # noqa: BLE001 - the answer itself goes out in any case
        note(level="ERROR", error=f"{type(error).__name__}: {error}")
