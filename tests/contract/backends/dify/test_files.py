"""Files that Dify's apps make, and files that they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from rag_on_dingtalk.backends.base import AnswerFile, Upload
from rag_on_dingtalk.errors import FailureKind
from rag_on_dingtalk.testing.outcome import ASK, outcome
from rag_on_dingtalk.testing.scripted import body, data, stream
from tests.contract.backends.dify.hearing import FLOWS, SAYS, hear, refusal

if TYPE_CHECKING:
    import httpx

    from rag_on_dingtalk.testing.scripted import ScriptedServer


async def test_files_of_the_answer_have_whole_addresses_and_come_once(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    drawn = {"id": "f-1", "type": "image", "belongs_to": "assistant", "url": "/files/tools/a.png?sign=1"}
    asked = {**drawn, "belongs_to": "user", "url": "/files/b.png"}
    files = [
        drawn,
        {"type": "document", "filename": "表.xlsx", "url": "https://cdn.example.com/c"},
        {"type": "x"},
    ]

    seen = await hear(
        server,
        http,
        SAYS.event("message_file", **drawn),
        SAYS.event("message_file", **asked),
        SAYS.text("![图](/fi"),
        SAYS.text("les/tools/a.png?sign=1)"),
        SAYS.event("message_end", metadata={}, files=files),
    )

    address = f"{server.url}/files/tools/a.png?sign=1"
    assert [part for part in seen.parts if isinstance(part, AnswerFile)] == [
        AnswerFile(address, picture=True),
        AnswerFile("https://cdn.example.com/c", name="表.xlsx"),
    ]
    assert seen.text == f"![图]({address})"


async def test_files_among_a_workflows_outputs_are_files_of_the_answer(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    outputs = {
        "text": "好",
        "made": [{"type": "image", "filename": "a.png", "url": "/files/a.png"}],
        "n": [1],
    }

    seen = await hear(server, http, FLOWS.end(outputs=outputs), says=FLOWS)

    assert AnswerFile(f"{server.url}/files/a.png", name="a.png", picture=True) in seen.parts


async def test_files_of_the_person_are_uploaded_first(
    http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    for file_id in ("f-1", "f-2"):
        server.will(body(201, data({"id": file_id, "name": "x"}).decode()[6:]))
    server.will(stream([SAYS.text("好"), SAYS.end()]))
    uploads = Upload("图.png", "image/png", b"\x89PNG\r\n"), Upload("假.pdf", "application/pdf", b"%PDF")

    seen = await outcome(SAYS.build(server.url, http), msgspec.structs.replace(ASK, uploads=uploads))

    assert seen.text == "好"
    picture, document, asked = server.received
    assert [request.path for request in server.received] == ["/v1/files/upload"] * 2 + ["/v1/chat-messages"]
    assert "图.png".encode() in picture.content
    assert b"\x89PNG\r\n" in picture.content
    assert b"Content-Type: application/pdf" in document.content
    assert b"dt-anna" in document.content
    assert asked.body["files"] == [
        {"type": "image", "transfer_method": "local_file", "upload_file_id": "f-1"},
        {"type": "document", "transfer_method": "local_file", "upload_file_id": "f-2"},
    ]


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (413, refusal(413, "file_too_large", "{message}"), FailureKind.FILE_REFUSED),
        (413, "<html>413 Request Entity Too Large</html>", FailureKind.FILE_REFUSED),
        (415, refusal(415, "unsupported_file_type", "File type not allowed."), FailureKind.FILE_REFUSED),
        (401, refusal(401, "unauthorized", "Access token is invalid"), FailureKind.CONFIG_AUTH),
        (201, "{}", FailureKind.UPSTREAM),
    ],
)
async def test_a_file_that_is_not_taken_is_said_to_be_that(
    status: int, answer: str, kind: FailureKind, http: httpx.AsyncClient, server: ScriptedServer
) -> None:
    server.will(body(status, answer, "text/html" if answer.startswith("<") else "application/json"))
    file = Upload("大.zip", "application/zip", b"PK")

    seen = await outcome(SAYS.build(server.url, http), msgspec.structs.replace(ASK, uploads=(file,)))

    assert seen.kind is kind
    assert len(server.received) == 1
