"""However long an answer is and whatever it is made of, a few times what is shown of it is read, and once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest

from rag_on_dingtalk.models.answer import Citation
from rag_on_dingtalk.rendering.draft import Draft
from rag_on_dingtalk.rendering.markdown import for_card, for_message
from rag_on_dingtalk.rendering.prepared import MOST_SHOWN, prepare
from rag_on_dingtalk.rendering.render import MAX_CHARACTERS, as_messages, preview, render
from rag_on_dingtalk.texts import Texts
from tests.examples import cases
from tests.unit.rendering.parser_steps import calls, watch

if TYPE_CHECKING:
    from collections.abc import Callable

ZH = Texts("zh")
PARAGRAPH = (
    "费用按**实际发生**的金额报销，详见[制度](https://kb.example/a)。It is `pip install`.\n\n- 甲\n- 乙\n\n"
)
#: A little more than is ever read of an answer, see `prepared.py`, and far beyond it.
PAGES, BOOK = 45_000, 8 * MOST_SHOWN
# fmt: off
PIECES = [
    "字", "a\n", "\n", "\t", "|", "|a", "[", "]", "](", "[a](", "[[a]", "[a][b]", "[a]:",
    "[a]: https://a.example\n", "[x](a(b)", "![", "![a](b)", "[ ](https://a)![a](b)", "*", "**", "**a ",
    "**a", "a**", "_", "`", "`a``b", "`` `", "~", "~~a", "~~~\n", "```\n", "$", "$a", "$$\n", "\\(",
    "\\[", "\\", "\\\n", "&", "#", "# a\n", "> ", "> > > ", "- ", "1. ", "<", "< ", "<b>", "<b",
    '<a href="', "<font colorTokenV2=a>", "<br>", " <br> ", "<table>", "<td>", "<tr><td>a",
    "<table><tr><td rowspan=9>", "<table>\n", "<table><tr><td>a</table>\n", "<!--", "<!-- ", "<div\n",
    "dtmd://", "dingtalk://a", "https://a.example ", "(", "data:", "data:image/png;base64,A ",
    "![a](data:image/png;base64,A", '<img src="data:image/png;base64,AA">', "3~5 ",
    "| a | b |\n|---|---|\n", "|x|y|\n", "  - a\n", "<details>", "<i>a</i>",
]
# fmt: on
ENDLESS = {
    "prose": PARAGRAPH,
    "one line": "字",
    "short lines": "a\n",
    "code": "x = 1\n",
    "rows": "|x|y|\n",
}
BEGINNINGS = {"code": "```\n", "rows": "|a|b|\n|-|-|\n"}


def repeated(piece: str, characters: int, beginning: str = "") -> str:
    return beginning + piece * (characters // len(piece) + 1)


class Rendered(NamedTuple):
    """An answer as it is sent, and how many functions that called."""

    parts: tuple[str, ...]
    calls: int


@cache
def rendered(piece: str, characters: int) -> Rendered:
    draft = Draft(text=repeated(piece, characters))
    parts: list[str] = []
    return Rendered(calls=calls(lambda: parts.extend(render(draft, None, ZH))), parts=tuple(parts))


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_is_read_once_for_card_messages_and_record(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = Draft(
        text=repeated(ENDLESS[name], MOST_SHOWN // 2, BEGINNINGS.get(name, "")),
        citations=(Citation("手册"),),
    )
    reading = watch(monkeypatch)

    prepared = prepare(draft, ZH)
    assert prepared.document.card
    assert prepared.words
    parts = render(draft, None, ZH, prepared=prepared)

    assert len(parts) > 1
    # Those that are not the answer: its sources, and the rows of a table, which are told in lines.
    as_long = [length for length in reading.texts if length > len(draft.text) // 2]
    assert len(as_long) == 1
    assert reading.treated <= 3 * len(draft.text)


@pytest.mark.parametrize("name", ENDLESS)
def test_of_an_endless_answer_little_more_than_is_shown_is_read(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = Draft(text=repeated(ENDLESS[name], BOOK, BEGINNINGS.get(name, "")))
    reading = watch(monkeypatch)

    parts = render(draft, None, ZH)

    assert sum(map(len, parts)) < 1.1 * MOST_SHOWN
    assert ZH.say("cut") in parts[-1]
    assert max(reading.texts) < 3.1 * MOST_SHOWN
    assert sum(reading.texts) <= 6 * MOST_SHOWN


@pytest.mark.parametrize("name", ENDLESS)
def test_of_a_growing_answer_a_few_cards_full_are_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = repeated(ENDLESS[name], BOOK, BEGINNINGS.get(name, ""))
    reading = watch(monkeypatch)

    shown = preview(text)

    assert MAX_CHARACTERS // 2 < len(shown) <= MAX_CHARACTERS + 1
    assert sum(reading.texts) <= 5 * MAX_CHARACTERS


@pytest.mark.parametrize("name", ENDLESS)
def test_the_end_of_a_long_answer_changes_nothing_on_its_card(name: str) -> None:
    text = repeated(ENDLESS[name], 20_000, BEGINNINGS.get(name, ""))

    assert preview(text) == preview(text + text)


@pytest.mark.parametrize("piece", cases(PIECES), ids=ascii)
@pytest.mark.parametrize("work", [for_card, for_message], ids=["card", "message"])
def test_ten_times_the_text_is_ten_times_the_work(work: Callable[[str], str], piece: str) -> None:
    short, long = repeated(piece, 1_000), repeated(piece, 10_000)

    assert calls(lambda: work(long)) <= 12 * calls(lambda: work(short)) + 1_000


@pytest.mark.parametrize("piece", cases(PIECES), ids=ascii)
def test_an_answer_as_long_as_a_book_is_no_more_work_than_one_of_a_few_pages(piece: str) -> None:
    assert rendered(piece, BOOK).calls <= 1.2 * rendered(piece, PAGES).calls + 1_000


@pytest.mark.parametrize("piece", cases(PIECES), ids=ascii)
def test_a_frame_of_a_book_is_no_more_work_than_one_of_a_page(piece: str) -> None:
    page, book = repeated(piece, 20_000), repeated(piece, BOOK)

    assert calls(lambda: preview(book)) <= 1.2 * calls(lambda: preview(page)) + 1_000


@pytest.mark.parametrize("piece", cases(PIECES), ids=ascii)
def test_whatever_it_is_made_of_its_parts_fit(piece: str) -> None:
    parts = rendered(piece, PAGES).parts

    assert len(parts) <= 8
    for part in (*parts, *as_messages(parts[0])):
        assert len(part) <= MAX_CHARACTERS
        assert len(part.encode()) <= 12_000


def test_deep_nesting_is_read_like_flat_text() -> None:
    for opening, closing in (("[", "]"), ("(", ")"), ("**", "**"), ("<b>", "</b>"), ("> ", ""), ("- ", "")):
        text = opening * 5_000 + "x" + closing * 5_000

        assert calls(lambda: for_message(text)) < 1_000_000  # noqa: B023 - called at once


def test_an_answer_keeps_its_words_up_to_the_cut_and_its_thoughts_do_not_displace_it() -> None:
    draft = Draft(text="500 元。", reasoning="想" * 1_000_000)

    parts = render(draft, None, ZH, reasoning="shown")

    assert parts[-1].endswith("500 元。")
    assert sum(map(len, parts)) < MOST_SHOWN


@pytest.mark.parametrize("link", [False, True])
def test_about_five_cards_are_measured_as_they_are_sent(link: bool) -> None:  # noqa: FBT001 - a case
    # A row of a card's table is several lines of a message, and an address is not seen but sent.
    row = f"| 北京 | {'[x](https://kb.example/a)' if link else '500'} | `<b>` |\n"
    text = "| 城市 | 上限 | 代码 |\n|---|---|---|\n" + row * 2_000

    parts = render(Draft(text=text), None, ZH)

    assert MOST_SHOWN * 0.8 < sum(map(len, parts)) < 1.05 * MOST_SHOWN
    assert len(parts) <= 7
