"""Pictures and files in the page: sent by a person, shown in what a robot says."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from emulators.dingtalk.pushing.sayings import SAMPLE_PICTURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import FilePayload, Locator, Page

    from emulators.dingtalk import Conversation, Person
    from tests.browser.conftest import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURE: FilePayload = {"name": "截图.png", "mimeType": "image/png", "buffer": SAMPLE_PICTURE}
FILE: FilePayload = {"name": "报销 制度.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 \x00\xff"}
WIDTH = "(image) => image.decode().then(() => image.naturalWidth)"


@pytest.fixture
def person(console: Console) -> Person:
    return console.newcomer()


@pytest.fixture
def group(console: Console, person: Person) -> Conversation:
    return console.group(person)


@pytest_asyncio.fixture(loop_scope="session")
async def mine(page: Page, person: Person, group: Conversation) -> AsyncIterator[Page]:
    """The page as this person sees it, the private chat with the first robot open."""
    assert person in group.people
    await page.reload()
    await page.locator("#connection[data-state=live]").wait_for()
    await page.locator("#person").select_option(person.nick)
    yield page


def attached(page: Page) -> Locator:
    return page.get_by_role("list", name="要发送的附件").get_by_role("listitem")


async def attach(page: Page, *files: FilePayload | Path) -> None:
    """Choose files in the dialog that the button opens."""
    async with page.expect_file_chooser() as chooser:
        await page.locator("#attach").press("Enter")
    chosen: Any = files
    await (await chooser.value).set_files(chosen)


async def test_a_picture_that_was_attached_is_seen_in_the_chat(
    mine: Page, console: Console, person: Person
) -> None:
    await expect(mine.locator("#send")).to_be_disabled()
    await attach(mine, PICTURE)
    await expect(attached(mine)).to_contain_text("截图.png")
    await mine.locator("#text").press("Enter")

    image = mine.locator(".entry.mine .bubble img")
    assert await image.evaluate(WIDTH) == 1
    await expect(image).to_have_attribute("alt", "图片")
    await expect(attached(mine)).to_have_count(0)
    await expect(mine.locator("#send")).to_be_disabled()
    dingtalk = console.system.dingtalk
    said = dingtalk.private(person, dingtalk.robot("handbook")).messages[0]
    assert (said.kind, said.sender) == ("picture", person)


async def test_in_a_group_pictures_go_with_the_words_and_files_do_not_go(
    mine: Page, group: Conversation
) -> None:
    await mine.locator(".conversation", has_text=group.title).click()
    await attach(mine, FILE)
    await expect(mine.locator("#toast")).to_contain_text("群聊里只能给机器人发图片")
    await expect(attached(mine)).to_have_count(0)

    await attach(mine, PICTURE, {**PICTURE, "name": "另一张.png"})
    await mine.locator("#text").fill("这两张图是什么？")
    await mine.locator("#send").click()

    await expect(mine.locator(".entry.mine .bubble img")).to_have_count(2)
    await expect(mine.locator(".entry.mine .bubble")).to_contain_text("这两张图是什么？")
    await expect(mine.locator(".entry.mine .bubble .mention")).to_be_visible()
    assert [message.kind for message in group.messages if not message.from_robot] == ["richText"]


async def test_a_file_is_a_message_of_its_own_and_can_be_had_back(mine: Page) -> None:
    await attach(mine, FILE)
    await mine.locator("#text").fill("/help")
    await mine.locator("#text").press("Enter")

    await expect(mine.locator(".entry.mine")).to_have_count(2)
    await expect(mine.locator(".entry.mine").last).to_contain_text("/help")
    chip = mine.locator(".entry.mine").first.get_by_role("link", name="下载文件 报销 制度.pdf")
    async with mine.expect_download() as download:
        await chip.press("Enter")
    had = await download.value
    assert had.suggested_filename == FILE["name"]
    assert await asyncio.to_thread((await had.path()).read_bytes) == FILE["buffer"]


async def test_what_was_attached_can_be_taken_back_with_the_keyboard(mine: Page, group: Conversation) -> None:
    await attach(mine, PICTURE)
    await attach(mine, {**PICTURE, "name": "另一张.png"})
    await mine.get_by_role("button", name="移除 截图.png").press("Enter")

    await expect(attached(mine)).to_have_count(1)
    await expect(mine.locator("#attach")).to_be_focused()
    await mine.locator(".conversation", has_text=group.title).click()
    await expect(attached(mine)).to_have_count(0)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([FILE, PICTURE], "文件一次只能发一个"),
        ([FILE, FILE], "文件一次只能发一个"),
        ([PICTURE] * 10, "一次最多发 9 张图片"),
        ([{**FILE, "buffer": b""}], "空文件"),
    ],
)
async def test_what_cannot_be_sent_is_told_at_once(
    mine: Page, files: list[FilePayload], sentence: str
) -> None:
    await attach(mine, *files)

    await expect(mine.locator("#toast")).to_contain_text(sentence)
    await expect(attached(mine)).to_have_count(0)


async def test_more_than_can_be_sent_is_told_at_once(mine: Page, tmp_path: Path) -> None:
    file = tmp_path / "录像.mp4"
    file.write_bytes(bytes(20_000_001))

    await attach(mine, file)

    await expect(mine.locator("#toast")).to_contain_text("附件一共不能超过 20 MB，现在是 20.0 MB")
    await expect(attached(mine)).to_have_count(0)


async def test_what_a_robot_uploaded_is_shown(mine: Page, console: Console, group: Conversation) -> None:
    robot = console.system.dingtalk.robot("handbook")
    async with httpx.AsyncClient(base_url=console.system.dingtalk.url, trust_env=False) as http:
        credentials = {"appKey": robot.client_id, "appSecret": robot.client_secret}
        token = (await http.post("/v1.0/oauth2/accessToken", json=credentials)).json()["accessToken"]

        async def upload(kind: str, file: FilePayload) -> str:
            answer = await http.post(
                "/media/upload",
                params={"access_token": token, "type": kind},
                files={"media": (file["name"], file["buffer"])},
            )
            return str(answer.json()["media_id"])

        async def send(key: str, **param: Any) -> None:
            body = {"robotCode": robot.robot_code, "openConversationId": group.id, "msgKey": key}
            message = {**body, "msgParam": json.dumps(param)}
            headers = {"x-acs-dingtalk-access-token": token}
            (
                await http.post("/v1.0/robot/groupMessages/send", json=message, headers=headers)
            ).raise_for_status()

        picture, file = await upload("image", PICTURE), await upload("file", FILE)
        await send("sampleMarkdown", title="图", text=f"见下图：\n\n![流程图]({picture})")
        await send("sampleImageMsg", photoURL=picture)
        await send("sampleImageMsg", photoURL="https://example.com/a.png")
        await send("sampleFile", mediaId=file, fileName=FILE["name"], fileType="pdf")
    await mine.locator(".conversation", has_text=group.title).click()

    bubbles = mine.locator(".entry .bubble")
    assert await bubbles.nth(0).get_by_role("img", name="流程图").evaluate(WIDTH) == 1
    assert await bubbles.nth(1).locator("img").evaluate(WIDTH) == 1
    await expect(bubbles.nth(2).get_by_role("link")).to_have_attribute("href", "https://example.com/a.png")
    await expect(bubbles.nth(2).locator("img")).to_have_count(0)
    await expect(bubbles.nth(3).get_by_role("link", name="下载文件 报销 制度.pdf")).to_be_visible()
    await expect(mine.locator(".conversation[aria-current] .preview")).to_contain_text("[文件] 报销 制度.pdf")
