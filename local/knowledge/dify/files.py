"""Uploaded files, and the files a question names."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.knowledge.uploads import File, is_form, read_form

from .asking import user_of
from .errors import rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from local.knowledge.desk import Desk

_MEGABYTE = 1024 * 1024
IMAGE_LIMIT_MB = 10
FILE_LIMIT_MB = 15


@dataclass(frozen=True)
class Files:
    """Keeps what was uploaded, in memory. Whose it is does not matter to 0.15 and 1.12."""

    desk: Desk
    kept: dict[str, File] = field(default_factory=dict)

    async def upload(self, request: Request, _body: dict[str, Any]) -> Response:
        """`POST /files/upload`: a form with `file` and `user`; 201."""
        content_type = request.headers.get("content-type", "")
        form = read_form(content_type, await request.body()) if is_form(content_type) else {}
        user, file = user_of(form.get("user")), form.get("file")
        if not isinstance(file, File):
            raise rejected("no_file_uploaded", "Please upload your file.", 400)
        limit = IMAGE_LIMIT_MB if file.mime.startswith("image/") else FILE_LIMIT_MB
        if len(file.content) > limit * _MEGABYTE:
            raise rejected("file_too_large")
        file_id = str(uuid.uuid4())
        self.kept[file_id] = file
        return JSONResponse(self._entry(file_id, file, user), status_code=201)

    def images(self, named: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        """Addresses and data URIs of the pictures among a question's files; raises RejectedError."""
        return tuple(
            address for one in named if (address := self._address(one)) and one.get("type") == "image"
        )

    def _address(self, named: Mapping[str, Any]) -> str:
        if named.get("transfer_method") == "remote_url":
            return str(named.get("url") or "")
        file = self.kept.get(str(named.get("upload_file_id")))
        if file is None:
            raise rejected("invalid_param", "Invalid upload file")
        return f"data:{file.mime};base64,{base64.b64encode(file.content).decode()}"

    def _entry(self, file_id: str, file: File, user: str) -> dict[str, Any]:
        return {
            "id": file_id,
            "name": file.name,
            "size": len(file.content),
            "extension": PurePath(file.name).suffix.removeprefix("."),
            "mime_type": file.mime,
            "created_by": str(uuid.uuid5(uuid.NAMESPACE_URL, user)),
            "created_at": int(self.desk.now()),
            "preview_url": None,
            "source_url": "",
        }
