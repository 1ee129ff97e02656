"""What a person sent along reaches the backend byte for byte, or the person is told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.dingtalk.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.answering.attachments import fetch_attachments
from rag_on_dingtalk.backends.base import Upload
from rag_on_dingtalk.config import FileSettings
from rag_on_dingtalk.errors import FailureKind, UserVisibleError
from rag_on_dingtalk.model import Attachment

if TYPE_CHECKING:
    from tests.contract.media.conftest import Desk


async def fetched(desk: Desk, *attachments: Attachment, megabytes: float = 0.05) -> tuple[Upload, ...]:
    settings = FileSettings(megabytes=megabytes)
    return await fetch_attachments(attachments, settings, desk.media, desk.downloads)


async def refused(desk: Desk, *attachments: Attachment) -> FailureKind:
    with pytest.raises(UserVisibleError) as caught:
        await fetched(desk, *attachments)
    return caught.value.kind


async def test_pictures_and_files_come_with_their_type_and_a_name(desk: Desk) -> None:
    uploads = await fetched(desk, desk.sent(SAMPLE_PICTURE), desk.sent("报销".encode(), "说明.txt"))

    assert uploads == (
        Upload("1.png", "image/png", SAMPLE_PICTURE),
        Upload("说明.txt", "text/plain", "报销".encode()),
    )


async def test_a_picture_that_is_none_is_refused(desk: Desk) -> None:
    assert await refused(desk, desk.sent(b"<svg onload='alert(1)'/>")) is FailureKind.FILE_REFUSED


@pytest.mark.parametrize("sizes", [[60_000], [30_000, 30_000], [200_000]], ids=str)
async def test_more_than_the_bot_takes_is_too_large(desk: Desk, sizes: list[int]) -> None:
    attachments = [desk.sent(bytes(size), "data.zip") for size in sizes]

    assert await refused(desk, *attachments) is FailureKind.FILE_TOO_LARGE


async def test_many_pictures_are_declined_before_any_is_fetched(desk: Desk) -> None:
    kind = await refused(desk, *[desk.sent(SAMPLE_PICTURE) for _ in range(7)])

    assert kind is FailureKind.FILE_TOO_LARGE
    assert desk.side.ledger.calls == []


async def test_what_dingtalk_no_longer_has_is_lost(desk: Desk) -> None:
    assert await refused(desk, Attachment("picture", "dc-unknown")) is FailureKind.FILE_LOST


async def test_an_expired_code_is_lost(desk: Desk) -> None:
    desk.faults.switch_on("dingtalk.download_gone")

    assert await refused(desk, desk.sent(SAMPLE_PICTURE)) is FailureKind.FILE_LOST


async def test_a_token_that_has_ended_is_renewed(desk: Desk) -> None:
    desk.faults.switch_on("dingtalk.token_expired", count=1)

    assert len(await fetched(desk, desk.sent(SAMPLE_PICTURE))) == 1
