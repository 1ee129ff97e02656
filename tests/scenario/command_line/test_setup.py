"""`setup` from nothing to a deployment that can begin, against the emulators; and every time again."""

from __future__ import annotations

import asyncio
import os
import stat
import sys

import msgspec
import pytest

from devserver.system import CALLBACK
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.setup.files import env_file, tfvars
from rag_on_dingtalk.storage.schema import compare_tables
from rag_on_dingtalk.storage.tables import CONSOLE_SESSIONS, COUNTERS, SESSIONS, TABLES, TURNS
from tests.scenario.command_line.conftest import (
    ACCOUNT,
    COPIER,
    KEY,
    PATIENCE,
    REGION,
    ROLES,
    Questioned,
    Rig,
    shown_secrets,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_from_nothing_to_a_deployment_that_can_begin(rig: Rig) -> None:
    assert await rig.run() == 0, "\n".join(rig.said)

    env = env_file.read(rig.file(".env"))
    instance = env["TABLESTORE_INSTANCE"]
    project = f"rag-on-dingtalk-{ACCOUNT}-{REGION}"
    assert list(rig.cloud.ram.roles) == list(rig.cloud.ram.policies) == [*ROLES, COPIER]
    assert rig.cloud.ram.attached == {role: [(role, "Custom")] for role in (*ROLES, COPIER)}
    assert list(rig.cloud.instances.instances) == [instance]
    assert sorted(rig.cloud.rows(instance).tables()) == sorted(table.name for table in TABLES)
    assert rig.cloud.logs.stores[project, "functions"]["ttl"] == 180
    assert (project, "functions") in rig.cloud.logs.indexes
    assert rig.cloud.logs.stores[project, "audit"]["ttl"] >= 180
    assert (project, "audit") in rig.cloud.logs.indexes
    (copy,) = rig.cloud.logs.jobs.values()
    (sink,) = copy["configuration"]["sinks"]
    assert (copy["configuration"]["logstore"], sink["logstore"]) == ("functions", "audit")
    assert sink["roleArn"] == f"acs:ram::{ACCOUNT}:role/{COPIER}"
    assert "log.aliyuncs.com" in rig.cloud.ram.roles[COPIER]
    assert rig.lines("✗") == []
    # A new instance is not ready at once.
    assert rig.slept == [2.0, 2.0]
    assert env["DEPLOY_REGION"] == REGION
    assert env["DEPLOY_ACCOUNT_ID"] == ACCOUNT
    assert {name: env[name] for name in rig.secrets} == rig.secrets
    assert {"FC_REGION", "REGION", *KEY}.isdisjoint(env)
    assert env["COMMON_LAYER_ARN"] == ""
    assert load_bots(rig.folder / "bots.yaml").bots["handbook"].dingtalk.client_id == "dingexample0appkey01"
    assert {stat.S_IMODE((rig.folder / name).stat().st_mode) for name in (".env", "bots.yaml")} == {0o600}
    assert not (rig.folder / "terraform.tfvars").exists()
    assert shown_secrets(rig) == []
    said = "\n".join(rig.said)
    for told in ("/robot/handbook", "qyapi_robot_sendmsg", "HTTP 模式", "s deploy", "--url"):
        assert told in said


async def test_the_policies_are_those_of_the_repository_filled_in(rig: Rig) -> None:
    await rig.run()

    text = "".join(versions["v1"] for versions in rig.cloud.ram.policies.values())
    assert "$" not in text
    assert f"acs:fc:{REGION}:{ACCOUNT}:functions/rag-on-dingtalk-async-answer" in text
    assert f"project/rag-on-dingtalk-{ACCOUNT}-{REGION}/logstore/functions" in text


async def test_the_second_time_everything_is_there_and_nothing_changes(rig: Rig) -> None:
    await rig.run()
    files = {name: rig.file(name) for name in (".env", "bots.yaml")}
    rig.cloud.requests.clear()

    assert await rig.run(answers={}) == 0, "\n".join(rig.said)

    assert rig.cloud.writes() == []
    assert {name: rig.file(name) for name in files} == files
    assert rig.confirmed == []
    assert sum("is there already" in line for line in rig.said) == 23
    assert sum("nothing to change" in line for line in rig.said) == 2


async def test_a_dry_run_shows_the_plan_and_changes_nothing(rig: Rig) -> None:
    assert await rig.run(dry=True) == 0

    assert rig.cloud.writes() == []
    assert list(rig.folder.iterdir()) == []
    assert sum("would be made" in line for line in rig.said) == 23
    assert any(line.strip() == "+ DEPLOY_REGION=cn-hangzhou" for line in rig.said)
    assert any("title: 知识助手" in line for line in rig.said)
    assert shown_secrets(rig) == []
    # It looks at the cloud and asks DingTalk nothing, which would make a card.
    assert not any("DingTalk token" in line for line in rig.said)


async def test_without_a_key_a_plan_has_the_commands(rig: Rig) -> None:
    for name in KEY:
        rig.environ.pop(name)

    assert await rig.run(dry=True, flags={"account_id": ACCOUNT}) == 0

    assert rig.cloud.requests == []
    said = "\n".join(rig.said)
    for told in ("aliyun ram CreateRole", "AttachPolicyToRole", "CreateIndex", "tables --create"):
        assert told in said


async def test_commands_can_be_had_in_place_of_calls(rig: Rig) -> None:
    assert await rig.run(by_hand=True) == 0

    assert rig.cloud.writes() == []
    assert (rig.folder / ".env").exists()
    assert sum(line.startswith("  aliyun ") for line in rig.said) == 22


async def test_a_person_is_asked_what_is_not_known_and_nothing_else(rig: Rig) -> None:
    for name in KEY:
        rig.environ.pop(name)
    person = Questioned({**rig.answers, "region": REGION, "buttons": "no"}, {**rig.secrets, **KEY})

    assert await rig.run(answers={}, person=person) == 0, "\n".join(rig.said)
    first = list(person.asked)
    person.asked.clear()
    assert await rig.run(answers={}, person=person, environ=KEY) == 0, "\n".join(rig.said)

    assert first == [
        "road",
        "region",
        "app_name",
        "python",
        *KEY,
        "tablestore_instance",
        "log_days",
        "bot",
        "title",
        "client_id",
        "administrators",
        "buttons",
        "events",
        "backend",
        "base_url",
        "workspace",
        "DINGTALK_CLIENT_SECRET",
        "ANYTHINGLLM_API_KEY",
    ]
    # What files do not keep is asked again, with what was chosen as the default.
    assert person.asked == ["road", "log_days"]


async def test_events_and_buttons_get_secrets_of_their_own_and_addresses(rig: Rig) -> None:
    url = rig.system.functions.trigger_url(CALLBACK)
    rig.answers |= {"buttons": "yes", "events": "yes", "card_id": "rag-on-dingtalk.schema"}

    await rig.run(url=url, doctor=False)

    env = env_file.read(rig.file(".env"))
    assert env["CALLBACK_URL"] == url
    assert (len(env["DINGTALK_AES_KEY"]), len(env["DINGTALK_EVENT_TOKEN"])) == (43, 24)
    said = "\n".join(rig.said)
    for told in (
        f"{url}/robot/handbook",
        f"{url}/events/handbook",
        f"{url}/cards/handbook",
        "register-cards",
    ):
        assert told in said
    assert shown_secrets(rig) == []
    assert load_bots(rig.folder / "bots.yaml").bots["handbook"].dingtalk.card_callback is not None


async def test_with_the_address_the_functions_are_looked_at_too(rig: Rig) -> None:
    url = rig.system.functions.trigger_url(CALLBACK)

    await rig.run(url=url, environ={"INVOKE_ENDPOINT": rig.system.functions.api_url})

    assert "handbook, callback URL" in rig.lines("✓")
    # The functions here belong to another account than the key; that they are looked at is what counts.
    assert "function" in [*rig.lines("✓"), *rig.lines("✗")]


async def test_terraforms_road_writes_its_variables_and_makes_nothing(rig: Rig) -> None:
    assert await rig.run(flags={"road": "terraform"}) == 0, "\n".join(rig.said)

    values = tfvars.read(rig.file("terraform.tfvars"))
    assert values["tablestore_instance"] == env_file.read(rig.file(".env"))["TABLESTORE_INSTANCE"]
    assert values["dingtalk_secrets"] == {"DINGTALK_CLIENT_SECRET": rig.secrets["DINGTALK_CLIENT_SECRET"]}
    assert values["backend_secrets"] == {"ANYTHINGLLM_API_KEY": rig.secrets["ANYTHINGLLM_API_KEY"]}
    assert values["log_retention_days"] == 180
    assert rig.cloud.writes() == []
    assert stat.S_IMODE((rig.folder / "terraform.tfvars").stat().st_mode) == 0o600
    assert shown_secrets(rig) == []
    # The file says which road it was.
    assert await rig.run(answers={}) == 0
    assert rig.cloud.writes() == []


async def test_what_it_does_not_know_stays_in_every_file(rig: Rig) -> None:
    (rig.folder / ".env").write_text("# ours\nMINE='a b'\nFC_REGION=cn-hangzhou\n", encoding="utf-8")
    (rig.folder / ".env").chmod(0o644)
    bots = (
        "# ours\nbots:\n  hr:  # people\n    title: 人事\n    dingtalk: {client_id: dingexample0appkey01, "
        "client_secret: env:DINGTALK_CLIENT_SECRET}\n    backend: {kind: anythingllm, base_url: "
        f"'{rig.system.knowledge.base_url}', api_key: env:ANYTHINGLLM_API_KEY, workspace: handbook}}\n"
    )
    (rig.folder / "bots.yaml").write_text(bots, encoding="utf-8")

    assert await rig.run(answers=rig.secrets, flags={"title": "人力资源"}) == 0, "\n".join(rig.said)

    env = rig.file(".env")
    assert env.startswith("# ours\nMINE='a b'\n")
    assert "FC_REGION" not in env
    assert rig.file("bots.yaml") == bots.replace("title: 人事", "title: 人力资源")
    assert any(line.strip() == "- FC_REGION=cn-hangzhou" for line in rig.said)
    assert stat.S_IMODE((rig.folder / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize("road", ["s", "terraform"])
async def test_a_console_gets_its_key_role_and_table_and_is_told_where_it_belongs(
    rig: Rig, road: str
) -> None:
    await rig.run(doctor=False, flags={"road": road})
    text = rig.file("bots.yaml").replace("client_id:", "corp_id: dingcorp\n      client_id:", 1)
    (rig.folder / "bots.yaml").write_text(
        f"{text}console:\n  url: https://console.example.com\n", encoding="utf-8"
    )

    assert await rig.run(doctor=False) == 0, "\n".join(rig.said)

    assert len(env_file.read(rig.file(".env"))["CONSOLE_SESSION_KEY"]) == 48
    said = "\n".join(rig.said)
    for told in (
        "the function rag-on-dingtalk-console",
        "https://console.example.com/sign-in/return",
        "Contact.User.Read",
        "qyapi_get_department_list",
    ):
        assert told in said
    assert shown_secrets(rig) == []
    if road == "s":
        instance = env_file.read(rig.file(".env"))["TABLESTORE_INSTANCE"]
        assert CONSOLE_SESSIONS.name in rig.cloud.rows(instance).tables()
        assert "rag-on-dingtalk-console" in rig.cloud.ram.attached
        assert "s deploy -t infra/s.bots.yaml" in said
    else:
        values = tfvars.read(rig.file("terraform.tfvars"))
        assert values["console_secrets"] == {"CONSOLE_SESSION_KEY": "m" * 48}
        assert "console_domain" in said
    # The key stays what it is: another one would end every session.
    assert await rig.run(doctor=False) == 0
    assert not any(
        "CONSOLE_SESSION_KEY" in line and line.lstrip().startswith(("+", "-")) for line in rig.said
    )


async def test_a_second_bot_gets_secrets_of_its_own(rig: Rig) -> None:
    await rig.run()
    more = {"DINGTALK_CLIENT_SECRET_IT": "it-client", "DIFY_API_KEY": "it-key"}
    flags = {
        "bot": "it",
        "client_id": "dingexample0appkey02",
        "backend": "dify",
        "base_url": "https://dify/v1",
    }

    await rig.run(flags=flags, answers=more, doctor=False)

    bots = load_bots(rig.folder / "bots.yaml").bots
    assert list(bots) == ["handbook", "it"]
    assert bots["it"].dingtalk.client_secret == "env:DINGTALK_CLIENT_SECRET_IT"
    assert env_file.read(rig.file(".env"))["DINGTALK_CLIENT_SECRET_IT"] == "it-client"


async def test_tables_with_another_life_or_key_are_named(rig: Rig) -> None:
    await rig.run()
    described = (
        TURNS,
        msgspec.structs.replace(SESSIONS, days=8),
        msgspec.structs.replace(COUNTERS, key=(("scope", "STRING"), ("window", "INTEGER"))),
        msgspec.structs.replace(TURNS, name="another"),
    )

    found = await asyncio.to_thread(
        compare_tables,
        described,
        endpoint=rig.cloud.environ["TABLESTORE_ENDPOINT"],
        instance=next(iter(rig.cloud.instances.instances)),
        credentials=("AKID", "KEY-SECRET", ""),
    )

    assert found == {
        "turns": "",
        "sessions": "keeps rows 7 days instead of 8 days",
        "counters": "has the primary key scope STRING, window STRING, which cannot be changed",
        "another": "missing",
    }


async def test_the_command_itself_runs_from_a_terminal_that_has_the_addresses(rig: Rig) -> None:
    answers = rig.folder / "answers.json"
    answers.write_bytes(msgspec.json.encode({**rig.answers, **rig.secrets}))
    words = ("setup", "--yes", "--answers", str(answers), "--folder", str(rig.folder))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rag_on_dingtalk", *words),
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1", **rig.environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    rig.said = out.decode().splitlines()

    assert process.returncode == 0, out.decode()
    assert "✓ Tablestore permissions: Rows may be read, written and deleted." in rig.said
    # The generated secrets are real ones here.
    assert shown_secrets(rig) == []
    assert rig.cloud.logs.indexes
