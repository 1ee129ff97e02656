"""A picture that stands in an answer itself is uploaded like any other, and its base64 is never shown."""

from __future__ import annotations

import base64
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.markdown import lift
from rag_on_dingtalk.rendering.prepared import prepare
from rag_on_dingtalk.rendering.render import as_messages, preview, render
from rag_on_dingtalk.texts import Texts
from tests.contract.delivery.conftest import MOST_BYTES
from tests.examples import examples

if TYPE_CHECKING:
    from tests.contract.delivery.conftest import Bench

ZH = Texts("zh")
BASE64 = base64.b64encode(SAMPLE_PICTURE).decode()
URL = f"data:image/png;base64,{BASE64}"
LINES = "\n".join(textwrap.wrap(BASE64, 76))
CRLF = "\r\n  ".join(textwrap.wrap(BASE64, 76))

#: How the picture is written → the answer around its media id, `@`.
WRITTEN = {
    f"见图：![平面图]({URL})": "见图：![平面图](@)",
    f"![]({URL})": "![](@)",
    f'![平面图]({URL} "五楼")': "![平面图](@)",
    f"![平面图](<{URL}>)": "![平面图](@)",
    f"![平面图](\n{URL}\n)": "![平面图](@)",
    f"![平面图](data:image/png;base64,{LINES})好。": "![平面图](@)好。",
    f"![平面图](data:image/png;base64,{CRLF}\r\n)": "![平面图](@)",
    f"![平面图]({URL.replace('+', '%2B').replace('=', '%3D')})": "![平面图](@)",
    f"![平面图](DATA:IMAGE/PNG;BASE64,{BASE64})": "![平面图](@)",
    f"![平面图](data:image/png;charset=utf-8;base64,{BASE64})": "![平面图](@)",
    f'<img src="{URL}" alt="平面图">': "![平面图](@)",
    f"<img alt='平面图' src='{URL}'/>": "![平面图](@)",
    f"<img src={URL} alt=平面图>": "![平面图](@)",
    f'<p><img width="100" src="data:image/png;base64,{LINES}"></p>': "![](@)",
    f"- 甲\n- ![平面图]({URL})": "- 甲\n- ![平面图](@)",
    f"> ![平面图]({URL})": "> ![平面图](@)",
    f"| 图 |\n|---|\n| ![平面图]({URL}) |": "| 图 |\n| --- |\n| ![平面图](@) |",
    f"![平面图][p]\n\n[p]: {URL}": "![平面图](@)",
    f"见图：{URL}": "见图：![](@)",
    f"[![平面图]({URL})](https://kb.example/l)": "[![平面图](@)](https://kb.example/l)",
}


async def shown(bench: Bench, text: str) -> tuple[str, ...]:
    draft = Draft(text=text)
    prepared = prepare(draft, ZH)
    reservation = bench.quota.reservation()
    try:
        enclosed = await bench.uploader.upload(
            prepared.document.card,
            (),
            inline=prepared.pictures,
            seconds=9.0,
            reservation=reservation,
            log=bench.note,
        )
    finally:
        await reservation.aclose()
    return render(draft, None, ZH, enclosed=enclosed, prepared=prepared)


@pytest.mark.parametrize("written", WRITTEN, ids=lambda text: ascii(text.replace(BASE64, "…"))[:60])
async def test_it_is_uploaded_once_and_shown_by_its_media_id(bench: Bench, written: str) -> None:
    (card,) = await shown(bench, written)

    (upload,) = bench.side.media.uploads
    assert (upload.type, upload.data, upload.name) == ("image", SAMPLE_PICTURE, "picture.png")
    assert card == WRITTEN[written].replace("@", upload.media_id)
    assert bench.log == []


@pytest.mark.parametrize("written", WRITTEN, ids=lambda text: ascii(text.replace(BASE64, "…"))[:60])
def test_no_frame_shows_a_letter_of_it(written: str) -> None:
    for end in range(0, len(written) + 1, 7):
        frame = preview(written[:end])

        assert BASE64[:12] not in frame
        assert BASE64[40:52] not in frame
        assert "inline-picture" not in frame


@pytest.mark.parametrize("written", WRITTEN, ids=lambda text: ascii(text.replace(BASE64, "…"))[:60])
def test_without_its_upload_it_is_its_description(written: str) -> None:
    parts = render(Draft(text=written), None, ZH)

    assert "base64" not in "".join(parts).lower()
    assert "inline-picture" not in "".join(parts)
    assert all(part.strip() for part in parts)


@pytest.mark.parametrize("written", WRITTEN, ids=lambda text: ascii(text.replace(BASE64, "…"))[:60])
def test_for_the_record_it_is_its_description(written: str) -> None:
    words = prepare(Draft(text=written), ZH).words

    assert BASE64[:12] not in words
    assert ("平面图" in words) == ("平面图" in written)


@pytest.mark.parametrize("written", ["![图]({})", '<img src="{}">', "{}"])
@pytest.mark.parametrize(
    "url",
    [
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,AAAAA",
        "data:image/png;base64,QUJD=QUJD",
        f"data:image/png;base64,{base64.b64encode(SAMPLE_PICTURE + bytes(MOST_BYTES)).decode()}",
    ],
    ids=["page", "svg", "not base64", "padding inside", "too large"],
)
async def test_what_is_no_picture_that_dingtalk_shows_is_not_uploaded(
    bench: Bench, url: str, written: str
) -> None:
    (card,) = await shown(bench, f"见：{written.format(url)}。")

    assert bench.side.media.uploads == []
    assert "base64" not in card
    assert card.startswith("见：")
    assert len(bench.log) == 1


async def test_a_picture_that_is_all_there_is_leaves_a_word_when_it_is_lost(bench: Bench) -> None:
    assert await shown(bench, "![](data:image/png;base64,AAAA)") == (ZH.say("picture"),)


async def test_six_are_uploaded_and_the_others_described(bench: Bench) -> None:
    pictures = [base64.b64encode(SAMPLE_PICTURE + bytes([n])).decode() for n in range(8)]

    (card,) = await shown(
        bench, "\n\n".join(f"![{n}](data:image/png;base64,{p})" for n, p in enumerate(pictures))
    )

    assert len(bench.side.media.uploads) == 6
    assert card.endswith("\n\n6\n\n7")


async def test_in_code_its_beginning_is_shown(bench: Bench) -> None:
    (card,) = await shown(bench, f'写成 `![图]({URL})`：\n\n```html\n<img src="{URL}">\n```')

    assert bench.side.media.uploads == []
    assert "data:image/png;base64," in card
    assert BASE64[:60] not in card
    assert len(card) < 300


def test_words_behind_a_picture_that_was_broken_off_stay() -> None:
    (part,) = render(
        Draft(text="见 ![图](data:image/png;base64,AAAA\n\nThe room is on the fifth floor"), None, ZH
    )

    assert part == "见 图\n\nThe room is on the fifth floor"


def test_large_pictures_do_not_use_up_what_is_read_of_an_answer() -> None:
    text = "".join(f"第{n}步 ![图](data:image/png;base64,{'A' * 500_000}) 完。\n\n" for n in range(4))

    (part,) = render(Draft(text=text), None, ZH)

    assert [f"第{n}步" in part for n in range(4)] == [True] * 4
    assert preview(text) == part


PIECES = st.sampled_from(
    [
        "![a](",
        '<img src="',
        "<img src=",
        URL,
        "data:image/png;base64,",
        "QUJD",
        "\n",
        " ",
        ")",
        '">',
        "`",
        "词",
        "[p]: ",
        "(",
    ]
)


@settings(max_examples=examples(500))
@given(st.lists(PIECES, max_size=10).map("".join), st.integers(50, 500))
def test_what_is_taken_out_is_the_pictures_and_nothing_else(text: str, most: int) -> None:
    lifted = lift(text, most=most)

    assert len(lifted.text) <= most
    for picture in lifted.pictures.values():
        assert picture.address.lower().startswith("data:")
        assert "词" not in picture.address
    if lifted.whole:
        assert lifted.text.count("词") == text.count("词")


@settings(max_examples=examples(500))
@given(st.lists(PIECES, max_size=10).map("".join))
def test_whatever_is_around_it_no_base64_is_shown(text: str) -> None:
    for part in (preview(text), *render(Draft(text=text), None, ZH)):
        assert BASE64[:60] not in part
        assert all(BASE64[:60] not in message for message in as_messages(part))
