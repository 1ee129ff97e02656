"""What a person sent along reaches the backend byte for byte, or the person is told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.backends.base import Upload
from rag_on_dingtalk.errors import FailureKind, UserVisibleError
from rag_on_dingtalk.models.question import Attachment
from rag_on_dingtalk.pipeline.asking.attachments import fetch_attachments
from rag_on_dingtalk.settings.sections.files import FileSettings

if TYPE_CHECKING:
    from tests.contract.delivery.conftest import Bench


async def fetched(bench: Bench, *attachments: Attachment, megabytes: float = 0.05) -> tuple[Upload, ...]:
    settings = FileSettings(megabytes=megabytes)
    return await fetch_attachments(attachments, settings, bench.media, bench.downloads)


async def refused(bench: Bench, *attachments: Attachment) -> FailureKind:
    with pytest.raises(UserVisibleError) as caught:
        await fetched(bench, *attachments)
    return caught.value.kind


async def test_pictures_and_files_come_with_their_type_and_a_name(bench: Bench) -> None:
    uploads = await fetched(bench, bench.sent(SAMPLE_PICTURE), bench.sent("报销".encode(), "说明.txt"))

    assert uploads == (
        Upload("1.png", "image/png", SAMPLE_PICTURE),
        Upload("说明.txt", "text/plain", "报销".encode()),
    )


async def test_a_picture_that_is_none_is_refused(bench: Bench) -> None:
    assert await refused(bench, bench.sent(b"<svg onload='alert(1)'/>")) is FailureKind.FILE_REFUSED


@pytest.mark.parametrize("sizes", [[60_000], [30_000, 30_000], [200_000]], ids=str)
async def test_more_than_the_bot_takes_is_too_large(bench: Bench, sizes: list[int]) -> None:
    attachments = [bench.sent(bytes(size), "data.zip") for size in sizes]

    assert await refused(bench, *attachments) is FailureKind.FILE_TOO_LARGE


async def test_many_pictures_are_declined_before_any_is_fetched(bench: Bench) -> None:
    kind = await refused(bench, *[bench.sent(SAMPLE_PICTURE) for _ in range(7)])

    assert kind is FailureKind.FILE_TOO_LARGE
    assert bench.side.ledger.calls == []


async def test_what_dingtalk_no_longer_has_is_lost(bench: Bench) -> None:
    assert await refused(bench, Attachment("picture", "dc-unknown")) is FailureKind.FILE_LOST


@pytest.mark.parametrize("codes", [("dc-dead", ""), ("", "dc-dead")], ids=["first is dead", "second is dead"])
async def test_one_good_code_of_two_is_enough(bench: Bench, codes: tuple[str, str]) -> None:
    good = bench.sent(SAMPLE_PICTURE).code
    first, second = (code or good for code in codes)

    (upload,) = await fetched(bench, Attachment("picture", first, second_code=second))

    assert upload.data == SAMPLE_PICTURE


async def test_two_dead_codes_are_lost(bench: Bench) -> None:
    kind = await refused(bench, Attachment("picture", "dc-dead", second_code="dc-dead-too"))

    assert kind is FailureKind.FILE_LOST


async def test_a_picture_that_is_too_large_is_not_fetched_a_second_time(bench: Bench) -> None:
    large = bench.sent(bytes(200_000))

    assert (
        await refused(bench, Attachment("picture", large.code, second_code=large.code))
        is FailureKind.FILE_TOO_LARGE
    )
    assert len(bench.side.ledger.calls) <= 2


async def test_an_expired_code_is_lost(bench: Bench) -> None:
    bench.faults.switch_on("dingtalk.download_gone")

    assert await refused(bench, bench.sent(SAMPLE_PICTURE)) is FailureKind.FILE_LOST


async def test_a_token_that_has_ended_is_renewed(bench: Bench) -> None:
    bench.faults.switch_on("dingtalk.token_expired", count=1)

    assert len(await fetched(bench, bench.sent(SAMPLE_PICTURE))) == 1
