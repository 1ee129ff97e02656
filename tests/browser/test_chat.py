"""What a person does in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import expect

from devserver.page import console_app
from emulators.serving import LoopbackServer, hold_port
from rag_on_dingtalk import texts
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from emulators.dingtalk import Conversation, Person
    from tests.browser.conftest import Console, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRAVEL = "最新的差旅报销标准是什么？"


async def become(page: Page, console: Console, person: Person) -> None:
    """Be a person who joined after the page was loaded."""
    await page.reload()
    await page.locator("#connection[data-state=live]").wait_for()
    await page.locator("#person").select_option(person.nick)


async def open_chat(page: Page, title: str) -> None:
    await page.locator(".conversation", has_text=title).click()
    await expect(page.locator("#chat-title")).to_contain_text(title)


async def ask(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("#text").press("Enter")


def card(page: Page, state: str) -> Locator:
    return page.locator(f".card[data-state={state}]")


async def test_the_demo_question_is_answered_in_a_card_that_streams_and_names_its_sources(page: Page) -> None:
    await expect(page.locator("#person")).to_have_value("小明")
    await expect(page.locator("#chat-title")).to_contain_text("员工手册助手")
    await page.get_by_role("button", name=TRAVEL).click()

    await expect(page.locator(".entry.mine .bubble")).to_have_text(TRAVEL)
    await card(page, "INPUTING").wait_for()
    await expect(page.locator(".card")).to_have_attribute("aria-busy", "true")
    await card(page, "FINISHED").wait_for()
    await expect(page.locator(".card")).to_have_attribute("aria-busy", "false")
    await expect(page.locator(".card table th").first).to_have_text("项目")
    await expect(page.locator(".card strong").last).to_have_text("来源")
    await expect(page.locator(".card ol li").first).to_contain_text("差旅报销标准（2026 版）")


async def test_a_reload_keeps_the_chat_who_one_is_and_where_one_was(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    await open_chat(page, "团队助手")
    await ask(page, "婚假有几天？")
    await card(page, "FINISHED").wait_for()
    before = await page.locator("#entries").inner_text()

    await page.reload()

    await card(page, "FINISHED").wait_for()
    await expect(page.locator("#person")).to_have_value(person.nick)
    await expect(page.locator("#chat-title")).to_contain_text("团队助手")
    assert await page.locator("#entries").inner_text() == before


async def test_everybody_has_private_chats_of_their_own(page: Page, console: Console) -> None:
    one, other = console.newcomer(), console.newcomer()
    await become(page, console, one)
    await ask(page, "/help")
    await expect(page.locator(".entry:not(.mine)")).to_contain_text("直接提问")

    await page.locator("#person").select_option(other.nick)

    await expect(page.locator(".entry")).to_have_count(0)
    await expect(page.locator(".examples button").first).to_be_visible()


async def test_in_a_group_the_chosen_robot_answers_for_all_to_read(page: Page, console: Console) -> None:
    one, other = console.newcomer(), console.newcomer()
    group = console.group(one, other)
    await become(page, console, one)
    await open_chat(page, group.title)
    await page.locator("#bot").select_option(label="团队助手")
    await ask(page, "婚假有几天？")

    await expect(page.locator(".entry.mine .bubble")).to_have_text("@团队助手 婚假有几天？")
    await card(page, "FINISHED").wait_for()
    await page.locator("#person").select_option(other.nick)
    await open_chat(page, group.title)
    await expect(page.locator(".entry.mine")).to_have_count(0)
    await expect(page.locator(".entry")).to_have_count(2)
    await expect(page.locator(".card")).to_contain_text(f"@{one.nick}")
    await expect(page.locator(".entry", has=page.locator(".card")).locator(".name")).to_contain_text(
        "团队助手"
    )


async def test_a_chat_that_is_not_open_shows_that_something_new_came(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    await open_chat(page, "团队助手")
    chat = console.system.dingtalk.private(person, console.system.dingtalk.robot("handbook"))
    await write_card(console, chat, "会议改到三点。")

    await expect(page.locator(".conversation", has_text="员工手册助手").locator(".unread")).to_have_text("1")
    await open_chat(page, "员工手册助手")
    await expect(page.locator(".unread")).to_have_count(0)


HOSTILE = '<img src="/x" onerror="document.title=1"><script>document.title=1</script>'


async def test_markup_in_questions_and_answers_stays_text(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    title = await page.title()
    chat = console.system.dingtalk.private(person, console.system.dingtalk.robot("handbook"))
    await ask(page, HOSTILE)
    await card(page, "FINISHED").wait_for()
    await write_card(
        console, chat, f"{HOSTILE}\n\n[点这里](javascript:document.title=1) [文档](https://example.com/a)"
    )

    await expect(page.locator(".entry.mine .bubble")).to_have_text(HOSTILE)
    await expect(page.locator(".card").last).to_contain_text(HOSTILE)
    await expect(page.locator(".card").last.locator("a")).to_have_count(1)
    await expect(page.locator(".card a")).to_have_attribute("href", "https://example.com/a")
    await expect(page.locator("#entries :is(script, .bubble img, .card img)")).to_have_count(0)
    assert await page.title() == title


async def test_enter_sends_shift_enter_breaks_the_line_and_an_input_method_is_left_alone(
    page: Page, console: Console
) -> None:
    await become(page, console, console.newcomer())
    text = page.locator("#text")
    await text.fill("/he")
    await text.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    await expect(text).to_have_value("/he")
    await text.press("Shift+Enter")
    await expect(text).to_have_value("/he\n")
    await text.fill("   ")
    await text.press("Enter")
    await expect(page.locator("#send")).to_be_disabled()
    await expect(page.locator(".entry")).to_have_count(0)

    await text.fill("/help")
    await text.press("Enter")

    await expect(page.locator(".entry.mine .bubble")).to_have_text("/help")
    await expect(text).to_have_value("")


async def test_a_fault_that_is_switched_on_is_felt_in_the_chat(page: Page, console: Console) -> None:
    await become(page, console, console.newcomer())
    await page.get_by_role("tab", name="故障").click()
    await page.get_by_label("只发生一次").check()
    switch = page.get_by_role("switch", name="knowledge.break")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")

    await ask(page, TRAVEL)

    await expect(page.locator(".card")).to_contain_text(texts.Texts("zh").failure(FailureKind.INTERRUPTED))
    await expect(switch).to_have_attribute("aria-checked", "false")
    await page.get_by_role("tab", name="轮次").click()
    await expect(page.locator("#panel .badge.bad").first).to_have_text("failed: interrupted")


async def test_a_message_nobody_took_says_so(
    page: Page, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    await become(page, console, console.newcomer())
    monkeypatch.setattr(console.system.dingtalk.robot("handbook"), "callback_url", "http://127.0.0.1:1/")
    await ask(page, TRAVEL)

    await expect(page.locator(".note.bad")).to_contain_text("未送达")


async def test_a_card_that_failed_looks_it(page: Page, console: Console) -> None:
    person = console.newcomer()
    await become(page, console, person)
    chat = console.system.dingtalk.private(person, console.system.dingtalk.robot("handbook"))
    await write_card(console, chat, "没能完成。", failed=True)

    await expect(card(page, "FAILED").locator(".card-state")).to_have_text("失败")


async def test_the_inspector_follows_the_question_through_every_part(page: Page, console: Console) -> None:
    await become(page, console, console.newcomer())
    await ask(page, "婚假有几天，再婚呢？")
    await card(page, "FINISHED").wait_for()
    panel = page.locator("#panel")
    for tab, words in (
        ("队列", "婚假有几天，再婚呢？"),
        ("轮次", "婚假有几天，再婚呢？"),
        ("会话", "有效"),
        ("调用", "card/streaming"),
        ("日志", "answered"),
        ("故障", "每条消息推送两次，msgId 相同。"),
    ):
        await page.get_by_role("tab", name=tab).click()
        await expect(panel).to_contain_text(words)

    await page.get_by_role("tab", name="故障").press("ArrowLeft")
    await expect(page.get_by_role("tab", name="日志")).to_be_focused()


async def test_on_a_phone_the_inspector_folds_away(window: Window, console: Console) -> None:
    async with window(console.url, width=390, height=844) as page:
        await expect(page.locator("#inspector")).to_be_hidden()
        await expect(page.locator("#text")).to_be_in_viewport()
        await page.get_by_role("button", name="检查器").click()
        await expect(page.locator("#inspector")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_title_that_is_too_long_widens_no_phone(window: Window, console: Console) -> None:
    dingtalk = console.system.dingtalk
    group = dingtalk.add_group("很长的群名" * 60, dingtalk.people)

    async with window(console.url, width=390, height=844) as page:
        await page.locator(".conversation", has_text=group.title).click()

        await expect(page.locator("#chat-title")).to_have_text(group.title)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.locator(".chat-header").evaluate("it => it.scrollHeight <= it.offsetHeight")


async def test_a_lost_connection_is_told_and_what_was_missed_comes_with_the_next_one(
    window: Window, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = console.newcomer()
    chat = console.system.dingtalk.private(person, console.system.dingtalk.robot("handbook"))
    # Held while no server listens: the second server needs the same port.
    held = hold_port()
    port = held.getsockname()[1]
    server = LoopbackServer(console_app(console.system), port=port)  # type: ignore[arg-type]  # uvicorn's own ASGI types
    await server.start()
    async with window(server.url) as page:
        await page.locator("#person").select_option(person.nick)
        await server.stop()
        await page.locator("#connection[data-state=lost]").wait_for()
        await write_card(console, chat, "没人看见的时候写的。")
        # A system that is still starting answers 503, after which the browser gives up by itself.
        monkeypatch.setattr(console.system, "running", False)
        again = LoopbackServer(console_app(console.system), port=port)  # type: ignore[arg-type]
        async with page.expect_response(lambda response: response.status == 503):
            await again.start()
        monkeypatch.setattr(console.system, "running", True)
        await page.locator("#connection[data-state=live]").wait_for()

        await expect(page.locator(".card")).to_contain_text("没人看见的时候写的。")
    await again.stop()
    held.close()


async def write_card(console: Console, chat: Conversation, text: str, *, failed: bool = False) -> None:
    """A card with this text, written by the robot through the API that DingTalk offers it."""
    dingtalk = console.system.dingtalk
    robot, person = chat.robots[0], chat.people[0]
    async with httpx.AsyncClient(base_url=dingtalk.url, trust_env=False) as http:
        credentials = {"appKey": robot.client_id, "appSecret": robot.client_secret}
        token = (await http.post("/v1.0/oauth2/accessToken", json=credentials)).json()["accessToken"]
        http.headers["x-acs-dingtalk-access-token"] = token
        track = {"outTrackId": f"written for {chat.id} {text[:20]}"}
        creation = {
            **track,
            "cardTemplateId": "382e4302-551d-4880-bf29-a30acfab2e71.schema",
            "cardData": {"cardParamMap": {"msgContent": ""}},
            "openSpaceId": f"dtv1.card//IM_ROBOT.{person.staff_id}",
            "imRobotOpenSpaceModel": {"supportForward": True},
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": robot.robot_code},
        }
        frame = {
            **track,
            "guid": "1",
            "key": "msgContent",
            "content": text,
            "isFull": True,
            "isFinalize": not failed,
            "isError": failed,
        }
        (await http.post("/v1.0/card/instances/createAndDeliver", json=creation)).raise_for_status()
        (await http.put("/v1.0/card/streaming", json=frame)).raise_for_status()
