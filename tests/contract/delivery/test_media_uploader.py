"""An answer's pictures and files come to DingTalk once, and what cannot come stays readable."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.backends.base import AnswerFile
from rag_on_dingtalk.models.answer import FileMessage
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.render import render
from rag_on_dingtalk.texts import Texts
from tests.contract.delivery.conftest import MOST_BYTES

if TYPE_CHECKING:
    from rag_on_dingtalk.rendering.uploaded_media import UploadedMedia
    from tests.contract.delivery.conftest import Bench

PDF = b"%PDF-1.7 report"


async def brought(bench: Bench, answer: str, *files: AnswerFile, seconds: float = 9.0) -> UploadedMedia:
    reservation = bench.quota.reservation()
    try:
        return await bench.uploader.upload(
            answer, files, seconds=seconds, reservation=reservation, log=bench.note
        )
    finally:
        await reservation.aclose()


async def test_a_picture_is_shown_under_its_media_id(bench: Bench) -> None:
    bench.shelf["/files/a.png"] = SAMPLE_PICTURE
    answer = "见图：\n\n![平面图](/files/a.png)"

    enclosed = await brought(bench, answer)

    (upload,) = bench.side.media.uploads
    assert (upload.type, upload.data) == ("image", SAMPLE_PICTURE)
    assert enclosed.exchange(answer) == f"见图：\n\n![平面图]({upload.media_id})"


async def test_the_same_picture_is_uploaded_once_wherever_it_stands(bench: Bench) -> None:
    bench.shelf.update({"/a.png": SAMPLE_PICTURE, "/b.png": SAMPLE_PICTURE})

    await brought(bench, f"![1](/a.png) ![2]({bench.base_url}/a.png)")
    await brought(bench, "![3](/b.png)")

    assert len(bench.side.media.uploads) == 1


async def test_a_picture_inside_the_answer_is_uploaded_too(bench: Bench) -> None:
    url = f"data:image/png;base64,{base64.b64encode(SAMPLE_PICTURE).decode()}"

    enclosed = await brought(bench, f"![图]({url})")

    (upload,) = bench.side.media.uploads
    assert enclosed.exchange(f"![图]({url})") == f"![图]({upload.media_id})"


async def test_a_picture_inside_the_answer_may_be_as_large_as_any_other(bench: Bench) -> None:
    url = f"data:image/png;base64,{base64.b64encode(SAMPLE_PICTURE + bytes(MOST_BYTES)).decode()}"

    enclosed = await brought(bench, f"![图]({url})")

    assert enclosed.exchange(f"![图]({url})") == "图"
    assert "larger than 100000 bytes" in bench.log[0]


@pytest.mark.parametrize("written", ["data:image/png;base64,图", "data:image/png;base64,abc", "DATA:,a"])
async def test_one_that_cannot_be_read_leaves_its_description(bench: Bench, written: str) -> None:
    enclosed = await brought(bench, f"![图]({written})")

    assert enclosed.exchange(f"![图]({written})") == "图"
    assert bench.log[0].startswith("WARNING")


async def test_a_jpeg_is_uploaded_whatever_its_extension_is(bench: Bench) -> None:
    bench.shelf["/photo.jpeg"] = b"\xff\xd8\xff\xe0 photo"

    await brought(bench, "![照片](/photo.jpeg)")

    (upload,) = bench.side.media.uploads
    assert upload.name == "picture.jpg"


async def test_without_time_an_answer_has_links_that_work_from_anywhere(bench: Bench) -> None:
    bench.shelf["/a.png"] = SAMPLE_PICTURE

    enclosed = await brought(bench, "![图](/a.png)", seconds=0.0)

    assert enclosed.exchange("![图](/a.png)") == f"[图]({bench.base_url}/a.png)"
    assert bench.side.ledger.calls == []


async def test_what_takes_too_long_stays_a_link_and_is_noted(bench: Bench) -> None:
    bench.shelf["/a.png"] = SAMPLE_PICTURE

    enclosed = await brought(bench, "![图](/a.png)", seconds=1e-9)

    assert enclosed.exchange("![图](/a.png)") == f"[图]({bench.base_url}/a.png)"
    assert "it took over" in bench.log[0]
    assert f"{bench.base_url}/a.png" in bench.log[0]


@pytest.mark.parametrize("path", ["/out.png", "/out(1.png", "/out 1).png"])
@pytest.mark.parametrize("name", ["图.png", "图].png", "[[图\n.png", "图\\", "`图.png"])
async def test_an_answer_that_is_a_picture_shows_it(bench: Bench, path: str, name: str) -> None:
    bench.shelf[path] = SAMPLE_PICTURE
    url = f"{bench.base_url}{path}"

    file = AnswerFile(url, name, picture=True)

    (text,) = render(Draft(files=(file,)), None, Texts("zh"), enclosed=await brought(bench, "", file))

    assert text.startswith("![")
    assert text.endswith(f"]({bench.side.media.uploads[0].media_id})")


@pytest.mark.parametrize(
    "data", [b"", b"<html>sign in</html>", bytes(200_000)], ids=["not there", "no picture", "too large"]
)
async def test_a_picture_that_cannot_be_had_becomes_a_link(bench: Bench, data: bytes) -> None:
    bench.shelf["/x.png"] = data

    enclosed = await brought(bench, "![图](/x.png)")

    assert enclosed.exchange("![图](/x.png)") == f"[图]({bench.base_url}/x.png)"
    assert bench.side.media.uploads == []
    assert len(bench.log) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.png", "http://100.100.100.200/latest/meta-data", "https://intranet/x.png"]
)
async def test_an_answer_cannot_make_the_function_call_its_neighbours(bench: Bench, url: str) -> None:
    enclosed = await brought(bench, f"![图]({url})")

    assert enclosed.exchange(f"![图]({url})") == f"[图]({url})"
    assert "not_brought_to_dingtalk" in bench.log[0]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,a"])
async def test_what_is_no_web_address_leaves_its_description(bench: Bench, url: str) -> None:
    enclosed = await brought(bench, f"![图]({url})")

    assert enclosed.exchange(f"![图]({url})") == "图"


async def test_a_picture_that_dingtalk_refuses_becomes_a_link(bench: Bench) -> None:
    bench.shelf["/a.png"] = SAMPLE_PICTURE
    bench.faults.switch_on("dingtalk.media_refused")

    enclosed = await brought(bench, "![图](/a.png)")

    assert enclosed.exchange("![图](/a.png)") == f"[图]({bench.base_url}/a.png)"
    assert "qyapi_base" in bench.log[0]


async def test_a_file_becomes_a_message_of_its_own(bench: Bench) -> None:
    bench.shelf["/files/r"] = PDF
    file = AnswerFile("/files/r", "月报.pdf")

    enclosed = await brought(bench, "见附件。", file)

    (upload,) = bench.side.media.uploads
    assert (upload.type, upload.name) == ("file", "月报.pdf")
    assert enclosed.files == (FileMessage(upload.media_id, "月报.pdf", "/files/r"),)


async def test_a_file_that_messages_cannot_carry_stays_a_link(bench: Bench) -> None:
    bench.shelf["/run.exe"] = b"MZ"

    assert (await brought(bench, "", AnswerFile("/run.exe", "run.exe"))).files == ()


async def test_a_picture_that_is_at_dingtalk_already_is_left_alone(bench: Bench) -> None:
    enclosed = await brought(bench, "![图](@lADabc)")

    assert enclosed.exchange("![图](@lADabc)") == "![图](@lADabc)"
    assert bench.side.ledger.calls == []


async def test_an_answer_shows_six_pictures_and_links_the_others(bench: Bench) -> None:
    for number in range(8):
        bench.shelf[f"/{number}.png"] = SAMPLE_PICTURE + bytes([number])
    answer = " ".join(f"![{number}](/{number}.png)" for number in range(8))

    enclosed = await brought(bench, answer)

    assert len(bench.side.media.uploads) == 6
    assert enclosed.exchange(answer).count("![") == 6
