"""`python -m devserver --dingtalk` against the emulated DingTalk, which it takes for the real one."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulators.dingtalk import DingTalkSide, RobotApp
from emulators.faults import FaultBoard
from rag_on_dingtalk.models.question import turn_id_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
SECRET = "my-own-client-secret"


@dataclass
class Terminal:
    """The program, as the person sees it who started it."""

    process: Process
    said: list[str] = field(default_factory=list)

    async def until(self, words: str) -> str:
        """The first line with these words."""
        assert self.process.stdout is not None
        while True:
            raw = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
            assert raw, f"It ended without {words!r}: {''.join(self.said)}"
            self.said.append(raw.decode())
            if words in self.said[-1]:
                return self.said[-1]


def first_screen(readme: str) -> list[str]:
    """The lines of `make live` that the page shows, but for the dots of what it leaves out."""
    page = (ROOT / readme).read_text(encoding="utf-8")
    shown = page.split("<code>make live</code>", 1)[1].split("```")[1]
    return [line for line in shown.strip("\n").splitlines() if line.strip() != "…"]


@pytest.fixture
def robot() -> RobotApp:
    return RobotApp(
        name="mine",
        client_id="dingmyown0appkey01",
        client_secret=SECRET,
        title="我的机器人",
        card_templates={"own.schema": "content"},
        by_stream=frozenset({"messages", "events"}),
    )


@pytest.fixture
async def dingtalk(robot: RobotApp) -> AsyncIterator[DingTalkSide]:
    side = DingTalkSide(robots=[robot], faults=FaultBoard())
    await side.start()
    yield side
    await side.stop()


@asynccontextmanager
async def live(dingtalk: DingTalkSide, data: Path, *arguments: str, **more: str) -> AsyncIterator[Terminal]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devserver", "--dingtalk", "--data", str(data), *arguments),
        cwd=ROOT,
        env={
            **kept,
            "PYTHONUTF8": "1",
            "DINGTALK_API_URL": dingtalk.url,
            "DINGTALK_OAPI_URL": dingtalk.url,
            "DINGTALK_CLIENT_ID": "dingmyown0appkey01",
            "DINGTALK_CLIENT_SECRET": SECRET,
            **more,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield Terminal(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_the_first_question_is_answered_and_the_terminal_says_so(
    dingtalk: DingTalkSide, robot: RobotApp, tmp_path: Path
) -> None:
    person = dingtalk.person("小明")
    chat = dingtalk.private(person, robot)
    async with live(dingtalk, tmp_path) as terminal:
        await terminal.until("Connected to DingTalk")
        asked = await dingtalk.say(person=person, conversation=chat, robot=robot, text="年假有几天？")
        await terminal.until("The first message has arrived")
        await terminal.until("The first answer is out, on a card")
        turn_id = turn_id_of("handbook", asked.message.id)
        await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, PATIENCE)
        terminal.process.send_signal(signal.SIGINT)
        out, err = await terminal.process.communicate()

    said = "".join(terminal.said)
    assert "Stream 模式" in said
    for readme in ("README.md", "README.zh-CN.md"):
        assert set(first_screen(readme)) <= {line.rstrip() for line in said.splitlines()}, readme
    assert "✓ handbook, DingTalk token" in said
    assert "✓ handbook, Stream gateway" in said
    assert "✗" not in said
    assert SECRET not in said + out.decode() + err.decode()
    assert asked.delivered
    assert "年假" in dingtalk.card(turn_id).text
    assert (terminal.process.returncode, err.decode()) == (130, "")
    assert dingtalk.ledger.violations == []


async def test_clicks_and_events_come_by_stream_too(
    dingtalk: DingTalkSide, robot: RobotApp, tmp_path: Path
) -> None:
    person, group = dingtalk.person("小红"), dingtalk.group()
    async with live(dingtalk, tmp_path, DINGTALK_CARD_TEMPLATE="own.schema") as terminal:
        await terminal.until("Connected to DingTalk")
        asked = await dingtalk.say(person=person, conversation=group, robot=robot, text="年假有几天？")
        turn_id = turn_id_of("handbook", asked.message.id)
        await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, PATIENCE)
        card = dingtalk.card(turn_id)
        clicked = await dingtalk.click(card, person=person, action_id="like", params={"action": "like"})
        await terminal.until("The first click on a card")
        event = await dingtalk.push_event(robot, "user_leave_org", {"userId": ["user0009"]})
        await terminal.until("The first event")

    assert card.by_stream
    assert clicked.delivered, clicked.error
    assert card.seen_by("user0002")["feedback"] == "like"
    assert event.delivered, event.error


async def test_a_wrong_secret_is_said_before_anything_waits(dingtalk: DingTalkSide, tmp_path: Path) -> None:
    async with live(dingtalk, tmp_path, DINGTALK_CLIENT_SECRET="another") as terminal:
        await terminal.until("✗ handbook, DingTalk token")
        _, err = await asyncio.wait_for(terminal.process.communicate(), PATIENCE)

    assert terminal.process.returncode == 1
    assert err.decode().startswith("Without an access token nothing can be answered.")
    assert dingtalk.gateway.tickets.opened == []


@pytest.mark.parametrize("missing", ["DINGTALK_CLIENT_ID", "DINGTALK_CLIENT_SECRET"])
async def test_without_credentials_it_says_one_sentence(
    dingtalk: DingTalkSide, tmp_path: Path, missing: str
) -> None:
    async with live(dingtalk, tmp_path / "data", **{missing: ""}) as terminal:
        out, err = await asyncio.wait_for(terminal.process.communicate(), PATIENCE)

    assert (terminal.process.returncode, out) == (1, b"")
    assert err.decode() == (
        "Set DINGTALK_CLIENT_ID and DINGTALK_CLIENT_SECRET, which the page 凭证与基础信息 of your app shows "
        "at https://open-dev.dingtalk.com, and start again.\n"
    )
    assert not (tmp_path / "data").exists()


async def test_your_own_bot_answers_from_your_own_backend(
    dingtalk: DingTalkSide, robot: RobotApp, tmp_path: Path
) -> None:
    mine = tmp_path / "bots.yaml"
    mine.write_text(
        "bots:\n"
        "  mine:\n"
        "    title: 我的机器人\n"
        "    dingtalk: {client_id: dingmyown0appkey01, client_secret: 'env:DINGTALK_CLIENT_SECRET'}\n"
        "    backend: {kind: anythingllm, base_url: 'http://127.0.0.1:9', api_key: 'env:ANYTHINGLLM_API_KEY',"
        " workspace: w}\n",
        encoding="utf-8",
    )
    person = dingtalk.person("小明")
    chat = dingtalk.private(person, robot)
    async with live(dingtalk, tmp_path, "--bots", str(mine), ANYTHINGLLM_API_KEY="k") as terminal:
        red = await terminal.until("✗ mine, backend")
        await terminal.until("Connected to DingTalk")
        asked = await dingtalk.say(person=person, conversation=chat, robot=robot, text="年假有几天？")
        turn_id = turn_id_of("mine", asked.message.id)
        await dingtalk.wait_for(lambda: dingtalk.card(turn_id).closed, PATIENCE)

    assert "127.0.0.1:9" in red
    assert "连接不上知识库" in dingtalk.card(turn_id).text
