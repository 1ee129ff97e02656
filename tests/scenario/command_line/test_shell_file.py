"""`python -m devserver --env`: a terminal that sources it uses the tools on the running system."""

from __future__ import annotations

import asyncio
import shlex
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from devserver.command_line.shell_file import FILE_NAME, of_the_running_system, shell_file
from rag_on_dingtalk.errors import ConfigurationError
from tests.scenario.command_line.test_command_line import PATIENCE, ROOT, environment, run, started

if TYPE_CHECKING:
    from pathlib import Path

#: What a terminal has that was prepared for deploying, and that must not be mixed with the local system.
_DEPLOYING = {
    "ALIBABA_CLOUD_SECURITY_TOKEN": "of-a-role",
    "APP_NAME": "another",
    "DEPLOY_REGION": "cn-beijing",
    "TABLESTORE_INSTANCE": "another",
}
#: What doctor looks at for each bot.
_OF_EACH_BOT = (
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
)


async def shell(script: str, **environ: str) -> tuple[int | None, str]:
    """Exit status and output, standard error included."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", script),
        cwd=ROOT,
        env=environment(**environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode, out.decode()


async def test_doctor_and_tables_run_on_what_a_terminal_sources(tmp_path: Path) -> None:
    folder, python = shlex.quote(str(tmp_path)), shlex.quote(sys.executable)
    async with started("--data", str(tmp_path)) as (_, _, said):
        sourced = f'eval "$({python} -m devserver --env --data {folder})"'
        doctor = await shell(
            f"{sourced} && {python} -m rag_on_dingtalk doctor --person user0001", **_DEPLOYING
        )
        tables = await shell(f"{sourced} && {python} -m rag_on_dingtalk tables --create", **_DEPLOYING)
        check = await shell(f"{sourced} && {python} -m rag_on_dingtalk check", **_DEPLOYING)
        cards = await shell(f"{sourced} && {python} -m rag_on_dingtalk register-cards", **_DEPLOYING)
        mode = stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode)

    assert doctor[0] == 0, doctor[1]
    assert {line[0] for line in doctor[1].splitlines()} == {"✓"}, doctor[1]
    looked_at = {line[2:].partition(":")[0] for line in doctor[1].splitlines()}
    assert {f"{bot}, {subject}" for bot in ("handbook", "team") for subject in _OF_EACH_BOT} <= looked_at
    assert {"Tablestore tables", "Tablestore permissions", "function", "clock", "team, skills"} <= looked_at
    assert (tables[0], tables[1].splitlines()[-1]) == (0, "All tables are there already.")
    assert (check[0], "WRONG" in check[1]) == (0, False), check[1]
    assert (cards[0], cards[1].count(" leads to http://127.0.0.1:")) == (0, 2), cards[1]
    assert f"--env --data {folder}" in said
    assert mode == 0o600
    assert not (tmp_path / FILE_NAME).exists()


async def test_without_a_running_system_it_says_so(tmp_path: Path) -> None:
    status, out, err = await run("--env", "--data", str(tmp_path))

    assert (status, out) == (1, "")
    assert "No local system runs" in err
    assert "make demo" in err


def test_what_a_killed_system_left_behind_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(shell_file({"CALLBACK_URL": "http://127.0.0.1:1"}), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="does not answer any more"):
        of_the_running_system(tmp_path)


def test_a_system_that_keeps_nothing_has_no_file() -> None:
    with pytest.raises(ConfigurationError, match="--data"):
        of_the_running_system(None)


async def test_a_secret_reaches_the_shell_as_it_is() -> None:
    secret = "a'b\"c $HOME `id` \\ 中文"
    status, said = await shell(f'{shell_file({"SECRET": secret})}printf %s "$SECRET"')

    assert (status, said) == (0, secret)
