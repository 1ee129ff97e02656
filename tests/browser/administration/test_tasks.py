"""What a person has to be able to do who reads no logs, with the clicks it takes; and one change each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.administration.conftest import CURATOR, OPERATOR, OWNER

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.browser.administration.conftest import Administration, SignIn

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_CLICKS = 8


class Hand:
    """Clicks and counts; choosing in a list is a click, too."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    async def click(self, target: Locator) -> None:
        self.clicks += 1
        await target.click()

    async def open(self, name: str) -> None:
        await self.click(self.page.locator(".side > nav").get_by_role("link", name=name))

    async def press(self, name: str) -> None:
        await self.click(self.page.get_by_role("button", name=name, exact=True))

    async def choose(self, label: str, option: str) -> None:
        self.clicks += 1
        await self.page.get_by_label(label).select_option(label=option)

    async def write(self, label: str, text: str) -> None:
        await self.page.get_by_label(label).fill(text)


async def test_letting_a_department_ask_a_knowledge_base_for_a_week(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OWNER) as page:
        hand = Hand(page)
        await hand.open("权限")
        await hand.choose("部门（含下级部门的所有人）", "财务部")
        await hand.choose("可以问", "IT")
        await hand.write("为什么（会记入审计）", "季度审计要查资料")
        await hand.press("看看会改变什么")
        await expect(page.locator(".diff ins")).to_contain_text("财务部")
        await hand.press("授权")
        await expect(page.get_by_text("已授权，十秒内生效")).to_be_visible()
        assert hand.clicks <= MOST_CLICKS

        await page.goto(administration.address("simulator?user=user0001&question=VPN&run=1"))
        await expect(page.locator(".note.good")).to_contain_text("IT")
        await hand.open("权限")
        await page.locator("tr", has_text="季度审计要查资料").get_by_role("link", name="收回").click()
        await hand.write("为什么（会记入审计）", "测试结束")
        await hand.press("收回")
        await expect(page.get_by_text("已收回，马上生效")).to_be_visible()


async def test_answering_a_gap(sign_in: SignIn) -> None:
    async with sign_in(CURATOR) as page:
        hand = Hand(page)
        await hand.open("知识缺口")
        row = page.locator("tbody tr").first
        question = await row.locator(".words").first.inner_text()
        await hand.click(row.get_by_role("link", name="写答案"))
        await page.get_by_label("答案（Markdown）").fill("请联系行政部，分机 8000。")
        await hand.press("存成草稿")
        await expect(page.locator(".bubble")).to_contain_text("分机 8000")
        await hand.click(page.get_by_role("link", name="发布第 1 版"))
        await hand.write("为什么（会记入审计）", "很多人问")
        await hand.press("发布")
        await expect(page.get_by_text("已发布，半分钟内生效")).to_be_visible()
        assert hand.clicks <= MOST_CLICKS

        await hand.open("知识缺口")
        await expect(page.locator("tbody tr .words").filter(has_text=question)).to_have_count(0)


async def test_finding_out_why_a_person_was_refused(sign_in: SignIn) -> None:
    async with sign_in(OWNER) as page:
        hand = Hand(page)
        await hand.open("提问")
        await hand.choose("结果", "没有权限")
        await hand.press("筛选")
        await hand.click(page.locator("tbody tr", has_text="小明").first.get_by_role("link").first)
        await expect(page.locator(".note.bad")).to_contain_text("it-team")
        await hand.click(page.get_by_role("link", name="为什么？现在再判一次"))
        await expect(page.get_by_text("规则允许了别人，其中没有这个人").first).to_be_visible()
        await expect(page.get_by_text("财务部").first).to_be_visible()
        assert hand.clicks <= MOST_CLICKS


async def test_a_request_is_decided_and_the_person_is_told(
    sign_in: SignIn, administration: Administration
) -> None:
    dingtalk = administration.system.dingtalk
    person = dingtalk.person("小明")
    async with sign_in(OWNER) as page:
        await page.goto(administration.address("access"))
        await page.get_by_role("link", name="处理", exact=True).click()
        await page.get_by_role("button", name="批准").click()
        await expect(page.get_by_text("已批准，并通知了提问人")).to_be_visible()
        chat = dingtalk.private(person, dingtalk.robot("team"))
        assert "申请批准了" in chat.messages[-1].text
        await page.locator("tr", has_text="小明").get_by_role("link", name="收回").click()
        await page.get_by_label("为什么（会记入审计）").fill("测试结束")
        await page.get_by_role("button", name="收回", exact=True).click()
        await expect(page.get_by_text("已收回，马上生效")).to_be_visible()


async def test_an_incident_is_taken_and_that_is_undone(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OPERATOR) as page:
        for name, shown in (("我来处理", "谁在处理"), ("恢复提醒", "我来处理")):
            await page.goto(administration.address("incidents"))
            await page.get_by_role("link", name=name).click()
            await page.get_by_label("为什么（会记入审计）").fill("在看")
            await page.get_by_role("button", name=name).click()
            await expect(page.get_by_text(shown).first).to_be_visible()


async def test_a_canary_is_stopped_and_started_anew(sign_in: SignIn, administration: Administration) -> None:
    async with sign_in(OWNER) as page:
        for name, offered in (("停止", "重新开始"), ("重新开始", "停止")):
            await page.goto(administration.address("canary"))
            await page.get_by_role("link", name=name, exact=True).click()
            await page.get_by_label("为什么（会记入审计）").fill("比一比")
            await page.get_by_role("button", name=name, exact=True).click()
            await expect(page.get_by_text("已生效，十几秒内所有实例都会照办")).to_be_visible()
            await expect(page.get_by_role("link", name=offered, exact=True)).to_be_visible()


async def test_the_audit_is_checked_and_exported_with_progress(
    sign_in: SignIn, administration: Administration
) -> None:
    async with sign_in(OWNER) as page:
        await page.goto(administration.address("audit"))
        await page.get_by_role("button", name="检查", exact=True).click()
        await expect(page.get_by_text("没有发现问题")).to_be_visible()
        await page.goto(administration.address("audit"))
        await page.get_by_label("为什么（会记入审计）").fill("月度检查")
        await page.get_by_role("button", name="导出 CSV").click()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="保存文件").click()
        saved = await (await download.value).path()
        lines = saved.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("bot,day,number")
    assert any("audit.read" in line for line in lines)
