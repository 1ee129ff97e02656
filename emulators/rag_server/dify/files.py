"""Uploaded files, and the files a question names."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from emulators.rag_server.dify.asking import user_of
from emulators.rag_server.dify.errors import rejected
from emulators.rag_server.dify.versions import V0_15, V1_12
from emulators.rag_server.http.uploads import File, is_form, read_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.versions import Version

_MEGABYTE = 1024 * 1024
IMAGE_LIMIT_MB = 10
FILE_LIMIT_MB = 15


@dataclass(frozen=True)
class Files:
    """Keeps what was uploaded, in memory. Whose it is does not matter to 0.15 and 1.12."""

    knowledge: KnowledgeBase
    version: Version
    kept: dict[str, File] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    async def upload(self, request: Request, _body: dict[str, Any]) -> Response:
        """`POST /files/upload`: a form with `file` and `user`; 201."""
        content_type = request.headers.get("content-type", "")
        form = read_form(content_type, await request.body()) if is_form(content_type) else {}
        user, file = user_of(form.get("user")), form.get("file")
        if not isinstance(file, File):
            if self.version < V1_12:
                raise rejected(
                    "bad_request_key_error",
                    "The browser (or proxy) sent a request that this server could not understand.",
                    400,
                )
            raise rejected("no_file_uploaded", "Please upload your file.", 400)
        if self.version < V0_15 and not file.mime.startswith("image/"):
            raise rejected("unsupported_file_type")
        limit = IMAGE_LIMIT_MB if file.mime.startswith("image/") else FILE_LIMIT_MB
        if len(file.content) > limit * _MEGABYTE:
            raise rejected("file_too_large")
        file_id = str(uuid.uuid4())
        self.kept[file_id] = file
        self.owners[file_id] = user
        return JSONResponse(self._entry(file_id, file, user), status_code=201)

    def images(self, named: Iterable[Mapping[str, Any]], user: str) -> tuple[str, ...]:
        """Addresses and data URIs of the pictures among a question's files; raises RejectedError."""
        return tuple(
            address for one in named if (address := self._address(one, user)) and one.get("type") == "image"
        )

    def _address(self, named: Mapping[str, Any], user: str) -> str:
        if named.get("transfer_method") == "remote_url":
            return str(named.get("url") or "")
        file_id = str(named.get("upload_file_id"))
        file = self.kept.get(file_id)
        if file is None or (self.version < V0_15 and self.owners[file_id] != user):
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
            "created_at": int(self.knowledge.now()),
            **({} if self.version < V1_12 else {"preview_url": None, "source_url": ""}),
        }
