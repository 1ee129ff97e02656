"""Pictures and files in messages: as they are posted, and as the page shows them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devserver.page.bodies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devserver.page.bodies import Attachment
    from emulators.dingtalk import Media, Message

Json = dict[str, Any]

#: The pictures that DingTalk's client shows and every browser does, by how they begin.
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def picture_type(data: bytes) -> str:
    """The media type of a picture, or an empty string for anything else, SVG included: that is a program."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    # Two letters begin many texts; the header's reserved field does not.
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return "image/bmp"
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), "")


def sorted_out(attachments: Sequence[Attachment]) -> tuple[list[bytes], tuple[str, bytes] | None]:
    """The pictures, and the one file.

    Raises:
        RefusedError: more than one file, or a file among pictures.
    """
    pictures = [one.data for one in attachments if picture_type(one.data)]
    files = [(one.name, one.data) for one in attachments if not picture_type(one.data)]
    if len(files) > 1 or (files and pictures):
        raise RefusedError(400, "A file is sent alone. Send pictures and other files one after the other.")
    return pictures, files[0] if files else None


def parts(message: Message, media: Media) -> list[Json]:
    """What a message with pictures or a file consists of, in order; empty for one of words.

    Each is {"kind": "text", "text"}, {"kind": "picture", "id"} or {"kind": "file", "id", "name", "bytes"};
    the ids are those of `/api/media`.
    """
    content = message.content.get("content")
    payload: Any = content if isinstance(content, dict) else message.content
    if message.kind == "richText":
        return [_run(run) for run in payload["richText"]]
    if message.kind == "picture":
        return [_run(payload)]
    if message.kind == "file":
        return [_file(payload["downloadCode"], message.text, media)]
    if message.kind == "sampleFile":
        return [_file(payload["mediaId"], message.text, media)]
    if message.kind == "sampleImageMsg" and media.find(payload["photoURL"]):
        return [{"kind": "picture", "id": payload["photoURL"]}]
    return []


def _run(run: Json) -> Json:
    if "downloadCode" in run:
        return {"kind": "picture", "id": run["downloadCode"]}
    if "atName" in run:
        return {"kind": "text", "text": f"@{run['atName']}"}
    return {"kind": "text", "text": run["text"]}


def _file(media_id: str, name: str, media: Media) -> Json:
    found = media.find(media_id) or media.sent(media_id)
    return {"kind": "file", "id": media_id, "name": name, "bytes": len(found.data) if found else 0}
