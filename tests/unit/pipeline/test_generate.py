"""What is asked, how long an answer's pictures may take, and what of the answer is remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rag_on_dingtalk.backends.base import AnswerFile, Identifiers, Text
from rag_on_dingtalk.delivery.media_uploader import MediaUploader
from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.errors import BackendError, FailureKind
from rag_on_dingtalk.models.question import Attachment, Conversation, ConversationType
from rag_on_dingtalk.net.fetching import Fetched, Fetcher
from rag_on_dingtalk.rendering.uploaded_media import UploadedMedia
from rag_on_dingtalk.settings.sections.files import FileSettings
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import Worker
from tests.skipping_loop import skipping

INLINE = "![平面图](data:image/png;base64,AAAA)"


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many seconds each answer's pictures were given."""
    given: list[float] = []

    async def upload(_self: MediaUploader, _answer: str, _files: object, *, seconds: float, **_: Any) -> Any:
        given.append(seconds)
        return UploadedMedia()

    monkeypatch.setattr(MediaUploader, "upload", upload)
    return given


@skipping
async def test_pictures_have_the_time_that_the_answer_has_left(uploads: list[float]) -> None:
    async with Worker().started() as worker:
        worker.backend.parts = [Text("见图。")]
        await worker.answer(a_question(), seconds=90.0)

    assert 0 < uploads[0] <= 75


@pytest.mark.parametrize("cut_off", ["deadline", "stopped"])
@skipping
async def test_pictures_of_an_answer_that_was_cut_off_are_not_waited_for(
    uploads: list[float], cut_off: str
) -> None:
    async with Worker().started() as worker:
        worker.backend.parts = [Identifiers(task_id="task-1"), Text("见图。"), asyncio.Event()]
        answering = asyncio.create_task(worker.answer(a_question(), seconds=60.0))
        await worker.backend.called.wait()
        if cut_off == "stopped":
            await worker.answer(a_question("t2", "/stop", asked_ms=NOW_MS + 1, webhook=a_webhook()))
        await answering

    assert uploads[0] <= 0
    assert worker.backend.stopped == ["task-1"]


@skipping
async def test_a_picture_that_stands_in_the_answer_is_remembered_by_its_description() -> None:
    async with Worker().started() as worker:
        worker.backend.parts = [Text(f"见图：{INLINE}")]
        seen = await worker.answer(a_question())

    assert seen.row is not None
    assert seen.row.outcome.answer == "见图：平面图"


@skipping
async def test_an_answer_of_a_file_only_is_no_empty_answer() -> None:
    async with Worker().started() as worker:
        worker.backend.parts = [AnswerFile("https://kb.example/a.pdf", "a.pdf", picture=False)]
        seen = await worker.answer(a_question())

    assert seen.row is not None
    assert seen.row.outcome.failure == ""


@pytest.mark.parametrize("end", ["answered", "failed"])
@skipping
async def test_files_are_fetched_only_when_the_process_has_room_for_them(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    fetched: list[str] = []

    async def address_of(_self: Media, code: str) -> str:
        return f"https://files.example/{code}"

    async def fetch(_self: Fetcher, address: str) -> Fetched:
        fetched.append(address)
        return Fetched("", b"\x89PNG\r\n\x1a\n" + bytes(600_000), "1.png")

    monkeypatch.setattr(Media, "address_of", address_of)
    monkeypatch.setattr(Fetcher, "fetch", fetch)
    gate = asyncio.Event()
    async with Worker(a_bot(files=FileSettings(megabytes=1.0))).started() as worker:
        worker.in_flight.limit = 2_300_000
        worker.backend.parts = [
            gate,
            Text("见图。") if end == "answered" else BackendError(FailureKind.BLOCKED, "no"),
        ]
        asking = [
            asyncio.create_task(
                worker.answer(
                    a_question(
                        f"t{number}",
                        "这是几楼？",
                        attachments=(Attachment("picture", f"c{number}"),),
                        conversation=Conversation(f"c{number}", ConversationType.GROUP),
                    )
                )
            )
            for number in range(5)
        ]
        await asyncio.sleep(5)
        # A megabyte is reserved for each, six tenths of it are needed: a third one fits, a fourth does not.
        assert (len(fetched), worker.in_flight.held) == (3, 3 * 600_008)
        gate.set()
        await asyncio.gather(*asking)

    assert (len(fetched), worker.in_flight.held) == (5, 0)
