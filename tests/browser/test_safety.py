"""What a person sees of the second bot's checks: a masked word, a replaced answer, a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind
from tests.browser.test_chat import ask, become, card, open_chat

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZH = texts.Texts("zh")


async def _with_the_second_bot(page: Page, console: Console) -> None:
    await become(page, console, console.newcomer())
    await open_chat(page, "团队助手")


async def test_a_masked_word_is_masked_in_the_page(page: Page, console: Console) -> None:
    await _with_the_second_bot(page, console)
    await ask(page, "绩效考核结果有哪些用途？")

    await card(page, "FINISHED").wait_for()
    await expect(page.locator(".card")).to_contain_text("■■■■：面向连续两期")
    await expect(page.locator(".card")).not_to_contain_text("股权激励")
    await expect(page.locator(".card strong", has_text="■■■■")).to_be_visible()


@pytest.mark.parametrize(
    "question", ["信息分为哪几级？", "安全事件要在多久之内报告？"], ids=["by a word", "by the service"]
)
async def test_a_blocked_answer_is_one_sentence(page: Page, console: Console, question: str) -> None:
    await _with_the_second_bot(page, console)
    await ask(page, question)

    await expect(page.locator(".card")).to_contain_text(ZH.failure(FailureKind.ANSWER_BLOCKED))
    await expect(page.locator(".card")).not_to_contain_text("并购资料")
    await expect(page.locator(".card")).not_to_contain_text("勒索病毒")


async def test_a_blocked_question_gets_a_message_and_no_card(page: Page, console: Console) -> None:
    await _with_the_second_bot(page, console)
    await ask(page, "网上赌 博怎么报销？")

    await expect(page.locator(".entry:not(.mine) .bubble").last).to_contain_text(
        ZH.failure(FailureKind.BLOCKED)
    )
    await expect(page.locator(".card")).to_have_count(0)
