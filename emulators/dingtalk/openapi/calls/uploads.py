"""`POST /media/upload` at oapi.dingtalk.com: a file becomes a media id, which messages and cards can show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.endpoint import JsonObject, LegacyEndpoint, OpenRequest
from emulators.dingtalk.openapi.errors import LegacyError
from emulators.dingtalk.openapi.multipart import read_form
from emulators.dingtalk.organisation.people import BASE_SCOPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.dingtalk.organisation.media import MediaType
    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.tenant import Tenant
    from emulators.faults import FaultBoard

_MB = 1024 * 1024


@dataclass(frozen=True)
class Limit:
    """What one type takes: bytes, and suffixes of the file's name."""

    size: int
    suffixes: frozenset[str]


LIMITS: Mapping[str, Limit] = {
    "image": Limit(20 * _MB, frozenset({".jpg", ".gif", ".png", ".bmp"})),
    "voice": Limit(2 * _MB, frozenset({".amr", ".mp3", ".wav"})),
    "video": Limit(20 * _MB, frozenset({".mp4"})),
    "file": Limit(
        20 * _MB, frozenset({".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".pdf", ".rar"})
    ),
}


def upload_endpoints(tenant: Tenant, faults: FaultBoard) -> dict[str, LegacyEndpoint]:
    """The access token is in the query; a failure is HTTP 200 with an `errcode`."""

    def upload(robot: RobotApp, request: OpenRequest) -> JsonObject:
        refusal = faults.take(fault.MEDIA_REFUSED)
        if refusal is not None:
            raise LegacyError(int(refusal or fault.REFUSED_BY_DEFAULT), "媒体文件上传失败")
        kind, name, data = _file_in(request)
        _judge(kind, name, data)
        kept = tenant.media.upload(cast("MediaType", kind), name, data, robot=robot.name, at=tenant.clock())
        return {
            "errcode": 0,
            "errmsg": "ok",
            "media_id": kept.media_id,
            "type": kept.type,
            "created_at": tenant.now_ms,
        }

    return {"POST /media/upload": LegacyEndpoint(upload, BASE_SCOPE)}


def _file_in(request: OpenRequest) -> tuple[str, str, bytes]:
    """Type, name and content."""
    try:
        form = read_form(request.content_type, request.raw)
    except ValueError as problem:
        raise LegacyError(43004, f"无效的HTTP HEADER Content-Type: {problem}") from None
    media, kind = form.get("media"), form.get("type")
    if media is None or media.filename is None:
        raise LegacyError(40035, "缺少参数 media")
    # Widely used clients put the type into the query.
    named = kind.data.decode("utf-8", "replace") if kind else request.query.get("type", "")
    return named, media.filename, media.data


def _judge(kind: str, name: str, data: bytes) -> None:
    limit = LIMITS.get(kind)
    if limit is None:
        raise LegacyError(40004, "不合法的媒体文件类型")
    if PurePath(name).suffix.lower() not in limit.suffixes:
        raise LegacyError(40005, "不合法的文件类型")
    if not 0 < len(data) <= limit.size:
        raise LegacyError(40006, "不合法的文件大小")
