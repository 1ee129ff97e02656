"""What `setup` refuses, and what the cloud refuses it: named, with what to do next."""

from __future__ import annotations

import asyncio
import io

import pytest

from emulators.cloud import faults as cloud_faults
from rag_on_dingtalk.cli import main
from rag_on_dingtalk.errors import BotError, ConfigurationError
from tests.scenario.command_line.conftest import ACCOUNT, ROLES, Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("fault", "told", "absent"),
    [
        (cloud_faults.RAM_DENIED, "infra/policies/deployer-setup.json", ROLES[0]),
        (cloud_faults.INSTANCE_DENIED, "deployer-serverless-devs.json", "tables"),
        (cloud_faults.LOG_DENIED, "Log Service", "log index"),
    ],
)
async def test_a_step_that_is_refused_is_named_and_the_others_are_made(
    rig: Rig, fault: str, told: str, absent: str
) -> None:
    rig.faults.switch_on(fault)

    assert await rig.run() == 1

    wrong = [line for line in rig.said if line.startswith("✗")]
    assert wrong
    assert [line for line in wrong if told not in line] == []
    assert any(absent in line for line in rig.lines("–") + rig.lines("✗"))
    assert any("made" in line for line in rig.said if line.startswith("✓"))
    # And it goes on where it stopped.
    rig.faults.switch_off()
    assert await rig.run() == 0, "\n".join(rig.said)


@pytest.mark.parametrize("fault", [cloud_faults.AWAY, cloud_faults.THROTTLED])
async def test_a_cloud_that_is_away_ends_it_before_anything_is_written(rig: Rig, fault: str) -> None:
    rig.faults.switch_on(fault)

    with pytest.raises(BotError):
        await rig.run()

    assert list(rig.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"tablestore_instance": "rag-taken"}, "--tablestore-instance"),
    ],
)
async def test_an_instance_name_that_another_account_has(rig: Rig, flags: dict[str, str], told: str) -> None:
    assert await rig.run(flags=flags) == 1

    assert [told in line for line in rig.said if line.startswith("✗")] == [True]
    assert "– tables: not checked: Tablestore instance comes first." in rig.said


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"tablestore_instance": "my-bots"}, "ots"),
        ({"tablestore_instance": "ab"}, "3 to 16"),
        ({"region": "hangzhou"}, "cn-hangzhou"),
        ({"app_name": "Bot"}, "lower-case"),
        ({"log_days": "0"}, "1 to 3650"),
        ({"bot": "Hand Book"}, "hyphens"),
        ({"base_url": "kb.example.com"}, "http://"),
        ({"road": "helm"}, "terraform"),
        ({"account_id": "1000000000000002"}, ACCOUNT),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_before_anything_happens(
    rig: Rig, flags: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        await rig.run(flags=flags)

    assert rig.cloud.writes() == []
    assert list(rig.folder.iterdir()) == []


async def test_all_that_is_missing_is_named_at_once(rig: Rig) -> None:
    with pytest.raises(ConfigurationError) as missing:
        await rig.run(answers={})

    for told in ("--client-id", "--base-url", "--workspace"):
        assert told in str(missing.value)
    with pytest.raises(ConfigurationError) as secrets:
        await rig.run(answers=rig.answers)
    for told in rig.secrets:
        assert told in str(secrets.value)


async def test_without_a_terminal_it_asks_nothing_and_says_what_to_give(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())

    assert await asyncio.to_thread(main, ["setup"]) == 1
    assert "--yes" in capsys.readouterr().err
