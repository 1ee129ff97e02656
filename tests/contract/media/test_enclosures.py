"""An answer's pictures and files come to DingTalk once, and what cannot come stays readable."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from local.dingtalk.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.answering.draft import Draft
from rag_on_dingtalk.answering.render import render
from rag_on_dingtalk.backends.base import AnswerFile
from rag_on_dingtalk.messages import Texts
from rag_on_dingtalk.model import FileMessage
from tests.contract.media.conftest import MOST_BYTES

if TYPE_CHECKING:
    from rag_on_dingtalk.answering.enclosed import Enclosed
    from tests.contract.media.conftest import Desk

PDF = b"%PDF-1.7 report"


async def brought(desk: Desk, answer: str, *files: AnswerFile, seconds: float = 9.0) -> Enclosed:
    allowance = desk.budget.allowance()
    try:
        return await desk.enclosures.bring(answer, files, seconds=seconds, allowance=allowance, log=desk.note)
    finally:
        await allowance.aclose()


async def test_a_picture_is_shown_under_its_media_id(desk: Desk) -> None:
    desk.shelf["/files/a.png"] = SAMPLE_PICTURE
    answer = "见图：\n\n![平面图](/files/a.png)"

    enclosed = await brought(desk, answer)

    (upload,) = desk.side.media.uploads
    assert (upload.type, upload.data) == ("image", SAMPLE_PICTURE)
    assert enclosed.exchange(answer) == f"见图：\n\n![平面图]({upload.media_id})"


async def test_the_same_picture_is_uploaded_once_wherever_it_stands(desk: Desk) -> None:
    desk.shelf.update({"/a.png": SAMPLE_PICTURE, "/b.png": SAMPLE_PICTURE})

    await brought(desk, f"![1](/a.png) ![2]({desk.base_url}/a.png)")
    await brought(desk, "![3](/b.png)")

    assert len(desk.side.media.uploads) == 1


async def test_a_picture_inside_the_answer_is_uploaded_too(desk: Desk) -> None:
    url = f"data:image/png;base64,{base64.b64encode(SAMPLE_PICTURE).decode()}"

    enclosed = await brought(desk, f"![图]({url})")

    (upload,) = desk.side.media.uploads
    assert enclosed.exchange(f"![图]({url})") == f"![图]({upload.media_id})"


async def test_a_picture_inside_the_answer_may_be_as_large_as_any_other(desk: Desk) -> None:
    url = f"data:image/png;base64,{base64.b64encode(SAMPLE_PICTURE + bytes(MOST_BYTES)).decode()}"

    enclosed = await brought(desk, f"![图]({url})")

    assert enclosed.exchange(f"![图]({url})") == "图"
    assert "larger than 100000 bytes" in desk.log[0]


@pytest.mark.parametrize("written", ["data:image/png;base64,图", "data:image/png;base64,abc", "DATA:,a"])
async def test_one_that_cannot_be_read_leaves_its_description(desk: Desk, written: str) -> None:
    enclosed = await brought(desk, f"![图]({written})")

    assert enclosed.exchange(f"![图]({written})") == "图"
    assert desk.log[0].startswith("WARNING")


async def test_a_jpeg_is_uploaded_whatever_its_extension_is(desk: Desk) -> None:
    desk.shelf["/photo.jpeg"] = b"\xff\xd8\xff\xe0 photo"

    await brought(desk, "![照片](/photo.jpeg)")

    (upload,) = desk.side.media.uploads
    assert upload.name == "picture.jpg"


async def test_without_time_an_answer_has_links_that_work_from_anywhere(desk: Desk) -> None:
    desk.shelf["/a.png"] = SAMPLE_PICTURE

    enclosed = await brought(desk, "![图](/a.png)", seconds=0.0)

    assert enclosed.exchange("![图](/a.png)") == f"[图]({desk.base_url}/a.png)"
    assert desk.side.ledger.calls == []


async def test_what_takes_too_long_stays_a_link_and_is_noted(desk: Desk) -> None:
    desk.shelf["/a.png"] = SAMPLE_PICTURE

    enclosed = await brought(desk, "![图](/a.png)", seconds=1e-9)

    assert enclosed.exchange("![图](/a.png)") == f"[图]({desk.base_url}/a.png)"
    assert "it took over" in desk.log[0]
    assert f"{desk.base_url}/a.png" in desk.log[0]


@pytest.mark.parametrize("path", ["/out.png", "/out(1.png", "/out 1).png"])
@pytest.mark.parametrize("name", ["图.png", "图].png", "[[图\n.png", "图\\", "`图.png"])
async def test_an_answer_that_is_a_picture_shows_it(desk: Desk, path: str, name: str) -> None:
    desk.shelf[path] = SAMPLE_PICTURE
    url = f"{desk.base_url}{path}"

    file = AnswerFile(url, name, picture=True)

    (text,) = render(Draft(files=(file,)), None, Texts("zh"), enclosed=await brought(desk, "", file))

    assert text.startswith("![")
    assert text.endswith(f"]({desk.side.media.uploads[0].media_id})")


@pytest.mark.parametrize(
    "data", [b"", b"<html>sign in</html>", bytes(200_000)], ids=["not there", "no picture", "too large"]
)
async def test_a_picture_that_cannot_be_had_becomes_a_link(desk: Desk, data: bytes) -> None:
    desk.shelf["/x.png"] = data

    enclosed = await brought(desk, "![图](/x.png)")

    assert enclosed.exchange("![图](/x.png)") == f"[图]({desk.base_url}/x.png)"
    assert desk.side.media.uploads == []
    assert len(desk.log) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x.png", "http://100.100.100.200/latest/meta-data", "https://intranet/x.png"]
)
async def test_an_answer_cannot_make_the_function_call_its_neighbours(desk: Desk, url: str) -> None:
    enclosed = await brought(desk, f"![图]({url})")

    assert enclosed.exchange(f"![图]({url})") == f"[图]({url})"
    assert "not_brought_to_dingtalk" in desk.log[0]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,a"])
async def test_what_is_no_web_address_leaves_its_description(desk: Desk, url: str) -> None:
    enclosed = await brought(desk, f"![图]({url})")

    assert enclosed.exchange(f"![图]({url})") == "图"


async def test_a_picture_that_dingtalk_refuses_becomes_a_link(desk: Desk) -> None:
    desk.shelf["/a.png"] = SAMPLE_PICTURE
    desk.faults.switch_on("dingtalk.media_refused")

    enclosed = await brought(desk, "![图](/a.png)")

    assert enclosed.exchange("![图](/a.png)") == f"[图]({desk.base_url}/a.png)"
    assert "qyapi_base" in desk.log[0]


async def test_a_file_becomes_a_message_of_its_own(desk: Desk) -> None:
    desk.shelf["/files/r"] = PDF
    file = AnswerFile("/files/r", "月报.pdf")

    enclosed = await brought(desk, "见附件。", file)

    (upload,) = desk.side.media.uploads
    assert (upload.type, upload.name) == ("file", "月报.pdf")
    assert enclosed.files == (FileMessage(upload.media_id, "月报.pdf", "/files/r"),)


async def test_a_file_that_messages_cannot_carry_stays_a_link(desk: Desk) -> None:
    desk.shelf["/run.exe"] = b"MZ"

    assert (await brought(desk, "", AnswerFile("/run.exe", "run.exe"))).files == ()


async def test_a_picture_that_is_at_dingtalk_already_is_left_alone(desk: Desk) -> None:
    enclosed = await brought(desk, "![图](@lADabc)")

    assert enclosed.exchange("![图](@lADabc)") == "![图](@lADabc)"
    assert desk.side.ledger.calls == []


async def test_an_answer_shows_six_pictures_and_links_the_others(desk: Desk) -> None:
    for number in range(8):
        desk.shelf[f"/{number}.png"] = SAMPLE_PICTURE + bytes([number])
    answer = " ".join(f"![{number}](/{number}.png)" for number in range(8))

    enclosed = await brought(desk, answer)

    assert len(desk.side.media.uploads) == 6
    assert enclosed.exchange(answer).count("![") == 6
