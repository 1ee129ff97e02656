"""Departments, events and requests through the whole local system: real SDKs, real wires, real processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, Settings
from devserver.system import LocalSystem
from rag_on_dingtalk.models.question import turn_id_of
from tests.busy_machine import patient_bots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emulators.dingtalk import Card, Person

ROOT = Path(__file__).parents[3]
QUESTION = "VPN 怎么申请？"


@pytest_asyncio.fixture
async def system() -> AsyncIterator[LocalSystem]:
    """The demo, whose bot `team` has knowledge for 研发部 alone."""
    started = LocalSystem(Settings(change_bots=patient_bots, piece_delay=0, qps=None, monthly_calls=None))
    await started.start()
    yield started
    await started.stop()


async def asked(system: LocalSystem, person: Person, text: str = QUESTION) -> Card:
    """The card that a person's question gets, once it is closed."""
    dingtalk = system.dingtalk
    robot = dingtalk.robot("team")
    outcome = await dingtalk.say(
        person=person, conversation=dingtalk.private(person, robot), text=text, robot=robot
    )
    return await closed(system, turn_id_of("team", outcome.message.id))


async def closed(system: LocalSystem, turn_id: str) -> Card:
    """The card of a turn, once it is closed."""
    dingtalk = system.dingtalk
    await dingtalk.wait_for(lambda: any(one == turn_id and card.closed for one, card in _cards(system)), 120)
    await system.functions.idle()
    return dingtalk.card(turn_id)


def _cards(system: LocalSystem) -> list[tuple[str, Card]]:
    return [
        (card.out_track_id, card)
        for conversation in system.dingtalk.conversations
        for card in system.dingtalk.cards(conversation)
    ]


def refused(card: Card) -> bool:
    """Whether the card is a refusal that offers to ask for access."""
    return "it-team" in card.text and card.variables.get("offer") == "request"


async def test_a_refused_person_asks_for_access_and_is_answered_after_the_owners_approval(
    system: LocalSystem,
) -> None:
    dingtalk = system.dingtalk
    ming, hong = dingtalk.person("小明"), dingtalk.person("小红")
    refusal = await asked(system, ming)
    assert refused(refusal)
    assert not refused(await asked(system, hong))

    await dingtalk.click(refusal, person=ming, action_id="request", params={"action": "request"})
    request = await closed(system, turn_id_of("team", f"request {refusal.out_track_id} user0002"))
    assert request.conversation is dingtalk.private(hong, dingtalk.robot("team"))
    assert "小明" in request.text

    for _ in range(2):
        await dingtalk.click(
            request, person=hong, action_id="approve_24", params={"action": "approve", "hours": "24"}
        )
    told = await closed(system, turn_id_of("team", f"decided {refusal.out_track_id}"))
    assert told.conversation is refusal.conversation

    await dingtalk.click(told, person=ming, action_id="again", params={"action": "retry"})
    answer = await closed(system, turn_id_of("team", f"retry {told.out_track_id}"))
    assert "VPN" in answer.text
    assert "it-team" not in answer.text
    assert (
        len([line for line in system.log if '"grant"' in line.line and "access_approved" in line.line]) == 1
    )


async def test_a_person_who_moves_is_served_by_the_new_rule_with_the_next_question(
    system: LocalSystem,
) -> None:
    dingtalk = system.dingtalk
    hong = dingtalk.person("小红")
    assert not refused(await asked(system, hong))

    await dingtalk.administration.move(hong, 200)
    await system.functions.idle()
    assert refused(await asked(system, hong))

    # The whole department of 小红 comes under 研发部.
    await dingtalk.administration.set_department(200, "财务部", 100)
    await system.functions.idle()
    assert not refused(await asked(system, hong))


async def test_without_the_directory_the_asker_has_the_least_rights_and_others_still_answer(
    system: LocalSystem,
) -> None:
    dingtalk = system.dingtalk
    hong = dingtalk.person("小红")
    system.faults.switch_on("dingtalk.contact_refused")

    dingtalk_robot = dingtalk.robot("team")
    private = dingtalk.private(hong, dingtalk_robot)
    await dingtalk.say(person=hong, conversation=private, text=QUESTION, robot=dingtalk_robot)
    await dingtalk.wait_for(lambda: any("查不到" in one.text for one in dingtalk.messages(private)), 120)
    general = await asked(system, hong, "婚假有几天？")

    assert "least" not in general.text
    assert general.text


async def command(system: LocalSystem, *arguments: str) -> tuple[int | None, str]:
    """`python -m rag_on_dingtalk …` with the demo's bots against the emulated DingTalk."""
    environ = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **system.environ,
        "PYTHONUTF8": "1",
        "BOTS_FILE": str(ROOT / "devserver" / "bots.yaml"),
        "DINGTALK_API_URL": system.dingtalk.url,
        "DINGTALK_OAPI_URL": system.dingtalk.url,
        "TABLESTORE_ENDPOINT": system.tablestore.url,
        "TABLESTORE_INSTANCE": INSTANCE,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rag_on_dingtalk", *arguments),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_explain_says_which_rule_decides_and_why(system: LocalSystem) -> None:
    _, ming = await command(system, "explain", "--bot", "team", "--user", "user0001", QUESTION)
    _, hong = await command(system, "explain", "--bot", "team", "--user", "user0002", QUESTION)
    _, granted = await command(
        system, "explain", "--bot", "team", "--user", "user0001", "--grant", "IT", QUESTION
    )

    assert ming.startswith("REFUSED IT, by it-team: others are allowed this route")
    assert "departments: 200 < 1" in ming
    assert hong.startswith("ALLOWED IT, by it-team: a rule allows it")
    assert granted.startswith("ALLOWED IT, by grant:as-if")


async def test_a_decision_that_was_made_is_judged_again_by_command(
    system: LocalSystem, tmp_path: Path
) -> None:
    refusal = await asked(system, system.dingtalk.person("小明"))
    turn_id = refusal.out_track_id
    (line,) = (one.line for one in system.log if turn_id in one.line and "access_decided" in one.line)
    opened = tmp_path / "bots.yaml"
    text = (ROOT / "devserver" / "bots.yaml").read_text(encoding="utf-8")
    opened.write_text(text.replace("{departments: [100]}", "{departments: [200]}"), encoding="utf-8")
    for folder in ("words", "skills"):
        shutil.copytree(ROOT / "devserver" / folder, tmp_path / folder)

    same = await command(system, "explain", "--turn", turn_id)
    logged = await command(system, "explain", "--log-line", line)
    moved = await command(system, "explain", "--bots", str(opened), "--turn", turn_id)
    unknown = await command(system, "explain", "--turn", "t" + "0" * 31)

    assert same == logged
    assert same[0] == 0
    assert "REFUSED IT, by it-team" in same[1]
    assert same[1].endswith("No difference.\n")
    assert moved[0] == 1
    assert "  allowed: False → True" in moved[1]
    assert unknown[0] == 1
    assert "30 days" in unknown[1]


async def test_check_online_names_the_ids_that_the_directory_does_not_know(
    system: LocalSystem, tmp_path: Path
) -> None:
    text = (ROOT / "devserver" / "bots.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "bots.yaml"
    allow = "{departments: [100, 999], roles: [主管, 财务, 总监]}"
    text = text.replace("{departments: [100]}", allow).replace(
        "owner: [user0002]", "owner: [user0002, gone01]"
    )
    wrong.write_text(text, encoding="utf-8")
    for folder in ("words", "skills"):
        shutil.copytree(ROOT / "devserver" / folder, tmp_path / folder)
    system.dingtalk.directory.add_role(503, "主管", "社团")

    status, told = await command(system, "check", "--online", str(wrong))

    assert status == 1
    for line in (
        "ok. department 100 is 研发部",
        "WRONG. department 999 is unknown",
        "ok. role 财务 is 职能/财务 (502)",
        "WRONG. role 主管 may be any of 岗位/主管 (501), 社团/主管 (503)",
        "WRONG. role 总监 is unknown",
        "ok. person user0002 is 小红",
        "WRONG. person gone01 is unknown",
    ):
        assert f"team: {line}" in told
