"""`doctor` against the local system: all is well, and each fault turns its own line red and no other."""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE
from devserver.system import CALLBACK
from rag_on_dingtalk.cli.deploying import doctor
from rag_on_dingtalk.doctor.examination import Wish, examine
from rag_on_dingtalk.doctor.line import Line, exit_status
from rag_on_dingtalk.doctor.web import Web

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devserver.system import LocalSystem

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOT = "handbook"
OF_A_BOT = [
    "configuration",
    "DingTalk token",
    "egress IP",
    "scopes",
    "robot code",
    "card template",
    "callback registration",
    "contact scope",
    "callback URL",
    "backend",
]
SHARED = ["Tablestore tables", "Tablestore permissions", "function", "clock"]


@pytest.fixture
def environ(system: LocalSystem) -> dict[str, str]:
    """What an engineer's shell has after deploying."""
    return {
        **system.environ,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        "DINGTALK_API_URL": system.dingtalk.url,
        "DINGTALK_OAPI_URL": system.dingtalk.url,
        "INVOKE_ENDPOINT": system.functions.api_url,
        "TABLESTORE_ENDPOINT": system.tablestore.url,
        "TABLESTORE_INSTANCE": INSTANCE,
    }


@pytest.fixture
def wish(system: LocalSystem, tmp_path: Path) -> Wish:
    file = tmp_path / "bots.yaml"
    bot = msgspec.to_builtins(system.bots_in_use().bots[BOT])
    file.write_text(yaml.safe_dump({"bots": {BOT: bot}}, allow_unicode=True), encoding="utf-8")
    return Wish(bots=file, url=system.functions.trigger_url(CALLBACK))


async def look(
    wish: Wish, environ: dict[str, str], clock: Callable[[], float] = time.time
) -> dict[str, Line]:
    async with Web(clock, trust_env=False) as web:
        return {line.subject: line async for line in examine(wish, environ, web)}


def red(lines: dict[str, Line]) -> list[str]:
    return [subject for subject, line in lines.items() if line.mark == "✗"]


async def test_all_is_green_and_nobody_notices(
    system: LocalSystem, wish: Wish, environ: dict[str, str]
) -> None:
    shown = [len(one.entries) for one in system.dingtalk.conversations]
    tasks, calls = len(system.functions.tasks()), len(system.dingtalk.ledger.calls)
    lines = await look(wish, environ)

    assert {line.mark for line in lines.values()} == {"✓"}, "\n".join(map(str, lines.values()))
    assert list(lines) == OF_A_BOT + SHARED
    assert [len(one.entries) for one in system.dingtalk.conversations] == shown
    assert len(system.functions.tasks()) == tasks
    # What `doctor --help` says it costs.
    assert sum(call.counted for call in system.dingtalk.ledger.calls[calls:]) == 4


@pytest.mark.parametrize(
    ("fault", "subject"),
    [
        ("dingtalk.away", "DingTalk token"),
        ("dingtalk.error_500", "DingTalk token"),
        ("dingtalk.token_expired", "scopes"),
        ("dingtalk.ip_refused", "egress IP"),
        ("dingtalk.sending_refused", "scopes"),
        ("dingtalk.card_refused", "scopes"),
        ("dingtalk.streaming_refused", "scopes"),
        ("dingtalk.robot_code_refused", "robot code"),
        ("dingtalk.template_missing", "card template"),
        ("dingtalk.contact_refused", "contact scope"),
        ("dingtalk.contact_scope", "contact scope"),
        ("knowledge.unauthorized", "backend"),
        ("tablestore.away", "Tablestore tables"),
        ("tablestore.busy", "Tablestore tables"),
        ("tablestore.conflict", "Tablestore permissions"),
        ("tablestore.drop_before", "Tablestore permissions"),
        ("function_compute.away", "function"),
    ],
)
async def test_each_fault_turns_its_line_red_and_no_other(
    system: LocalSystem, wish: Wish, environ: dict[str, str], fault: str, subject: str
) -> None:
    system.faults.switch_on(fault)

    lines = await look(wish, environ)

    assert red(lines) == [subject], "\n".join(map(str, lines.values()))
    assert exit_status(lines.values()) == 1


@pytest.mark.parametrize(
    ("changed", "subject"),
    [
        ({"DINGTALK_CLIENT_SECRET": ""}, "configuration"),
        ({"DINGTALK_CLIENT_SECRET": "another app's"}, "DingTalk token"),
        ({"DINGTALK_CARD_SECRET": "another one"}, "callback registration"),
        ({"ANYTHINGLLM_API_KEY": "an old one"}, "backend"),
        ({"ANSWER_FUNCTION": "nobody"}, "function"),
        ({"INVOKE_ENDPOINT": "http://127.0.0.1:1"}, "function"),
        ({"TABLESTORE_INSTANCE": "another-one"}, "Tablestore tables"),
        ({"TABLESTORE_ENDPOINT": "no address"}, "Tablestore tables"),
        ({"TABLESTORE_ENDPOINT": "http://127.0.0.1:1"}, "Tablestore tables"),
    ],
)
async def test_each_wrong_variable_turns_its_line_red_and_no_other(
    wish: Wish, environ: dict[str, str], changed: dict[str, str], subject: str
) -> None:
    lines = await look(wish, {**environ, **changed})

    assert red(lines) == [subject], "\n".join(map(str, lines.values()))


async def test_an_address_that_is_not_the_callbacks_is_seen(wish: Wish, environ: dict[str, str]) -> None:
    lines = await look(msgspec.structs.replace(wish, url=environ["INVOKE_ENDPOINT"]), environ)

    # The clicks would have to go there, too, and do not.
    assert red(lines) == ["callback registration", "callback URL"]


async def test_a_clock_that_is_minutes_off_is_seen(wish: Wish, environ: dict[str, str]) -> None:
    lines = await look(wish, environ, clock=lambda: time.time() - 200)

    assert red(lines) == ["clock"]


async def test_a_file_that_is_not_there_leaves_the_rest_checked(wish: Wish, environ: dict[str, str]) -> None:
    lines = await look(msgspec.structs.replace(wish, bots=wish.bots / "nothing"), environ)

    assert red(lines) == ["configuration"]
    assert [line.mark for subject, line in lines.items() if subject != "configuration"][:3] == ["✓"] * 3


async def test_what_nothing_is_known_about_is_not_checked_rather_than_wrong(
    wish: Wish, environ: dict[str, str]
) -> None:
    missing = {"ALIBABA_CLOUD_ACCESS_KEY_ID", "INVOKE_ENDPOINT"}
    lines = await look(
        msgspec.structs.replace(wish, url=""), {k: v for k, v in environ.items() if k not in missing}
    )

    assert red(lines) == []
    assert [subject for subject, line in lines.items() if line.mark == "–"] == [
        "callback registration",
        "callback URL",
        "Tablestore tables",
        "Tablestore permissions",
        "function",
    ]


async def test_the_command_prints_the_lines_and_ends_accordingly(
    system: LocalSystem,
    wish: Wish,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    parser = argparse.ArgumentParser()
    doctor.add(parser.add_subparsers())
    arguments: Any = parser.parse_args(["doctor", "--bots", str(wish.bots), "--url", f"{wish.url}/"])

    # It brings an event loop of its own.
    assert await asyncio.to_thread(arguments.run, arguments) == 0
    said = capsys.readouterr().out.splitlines()
    system.faults.switch_on("dingtalk.template_missing")
    assert await asyncio.to_thread(arguments.run, arguments) == 1

    assert [line[0] for line in said] == ["✓"] * len(OF_A_BOT + SHARED)
    assert said[0].startswith(f"✓ {BOT}, configuration: ")
