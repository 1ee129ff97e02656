"""`setup` from nothing to a deployment that can begin, against the emulators; and every time again."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytest_asyncio

from devserver.settings import ROOT
from devserver.system import CALLBACK
from emulators.cloud import CloudSide
from emulators.cloud import faults as cloud_faults
from emulators.faults import FaultBoard
from rag_on_dingtalk.cli import main
from rag_on_dingtalk.doctor.web import Web
from rag_on_dingtalk.errors import BotError, ConfigurationError
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.setup.files import env_file, tfvars
from rag_on_dingtalk.setup.run import Setup
from rag_on_dingtalk.setup.task import Surroundings, Task
from rag_on_dingtalk.storage.schema import compare_tables
from rag_on_dingtalk.storage.tables import CONSOLE_SESSIONS, COUNTERS, SESSIONS, TABLES, TURNS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from devserver.system import LocalSystem
    from rag_on_dingtalk.setup.asking.questions import Question

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 120.0

ACCOUNT, REGION = "1234567890123456", "cn-hangzhou"
KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "AKID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "KEY-SECRET"}
ROLES = [f"rag-on-dingtalk-{name}" for name in ("callback", "async-answer", "failed-answer", "housekeeping")]
#: What Log Service takes to copy the lines of the audit.
COPIER = "rag-on-dingtalk-log-copier"


class Questioned:
    """A person with a list of answers; each question is counted."""

    def __init__(self, answers: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._answers = answers
        self._secrets = secrets
        self.asked: list[str] = []

    def answer(self, question: Question, default: str) -> str:
        self.asked.append(question.name)
        return self._answers.get(question.name, default)

    def secret(self, name: str, purpose: str) -> str:
        assert purpose
        self.asked.append(name)
        return self._secrets[name]


class Rig:
    """One engineer's folder, an account in the cloud, and DingTalk and a knowledge base that run."""

    def __init__(self, folder: Path, cloud: CloudSide, faults: FaultBoard, system: LocalSystem) -> None:
        self.folder = folder
        self.cloud = cloud
        self.faults = faults
        self.system = system
        self.environ = {
            **KEY,
            **cloud.environ,
            "DINGTALK_API_URL": system.dingtalk.url,
            "DINGTALK_OAPI_URL": system.dingtalk.url,
        }
        self.answers = {
            "client_id": "dingexample0appkey01",
            "base_url": system.knowledge.base_url,
            "workspace": "handbook",
        }
        self.secrets = {
            "DINGTALK_CLIENT_SECRET": system.environ["DINGTALK_CLIENT_SECRET"],
            "ANYTHINGLLM_API_KEY": system.environ["ANYTHINGLLM_API_KEY"],
        }
        self.said: list[str] = []
        self.confirmed: list[str] = []
        self.slept: list[float] = []

    async def run(
        self,
        *,
        flags: Mapping[str, str] | None = None,
        answers: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        person: Questioned | None = None,
        confirm: Callable[[str], bool] | None = None,
        **task: Any,
    ) -> int:
        """Run setup; what it says is kept in `said`."""
        self.said.clear()
        self.confirmed.clear()
        given = Task(
            root=ROOT,
            folder=self.folder,
            flags=flags or {},
            answers={**self.answers, **self.secrets} if answers is None else answers,
            **task,
        )

        def agreed(prompt: str) -> bool:
            self.confirmed.append(prompt)
            return confirm(prompt) if confirm else True

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        async with Web(trust_env=False) as web:
            around = Surroundings(
                environ={**self.environ, **(environ or {})},
                web=web,
                person=person,
                confirm=agreed,
                say=self.said.append,
                sleep=sleep,
                make=lambda length: "m" * length,
                run="run-1",
            )
            return await Setup(given, around).carry_out()

    def file(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def lines(self, mark: str) -> list[str]:
        """What is said behind a mark, up to its colon."""
        return [line[2:].partition(":")[0] for line in self.said if line.startswith(f"{mark} ")]


@pytest_asyncio.fixture(loop_scope="session")
async def rig(system: LocalSystem, tmp_path: Path) -> AsyncIterator[Rig]:
    faults = FaultBoard()
    cloud = CloudSide(
        account=ACCOUNT,
        region=REGION,
        secrets={KEY["ALIBABA_CLOUD_ACCESS_KEY_ID"]: KEY["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]},
        faults=faults,
        foreign=frozenset({"rag-taken"}),
        making=2,
    )
    await cloud.start()
    yield Rig(tmp_path, cloud, faults, system)
    await cloud.stop()


def shown_secrets(rig: Rig) -> list[str]:
    """Secrets that were said; there must be none."""
    secret = [*rig.secrets.values(), KEY["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], "m" * 16]
    return [line for line in [*rig.said, *rig.confirmed] for one in secret if one in line]


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


async def test_a_refusal_to_write_leaves_the_files_and_the_cloud_as_they_are(rig: Rig) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was written"):
        await rig.run(confirm=lambda _: False)

    assert list(rig.folder.iterdir()) == []
    assert rig.cloud.writes() == []


async def test_a_policy_that_differs_is_named_and_changed_only_when_that_is_agreed(rig: Rig) -> None:
    await rig.run()
    role = ROLES[0]
    narrow = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}]}'
    rig.cloud.ram.policies[role]["v1"] = narrow

    assert await rig.run(confirm=lambda _: False) == 0
    kept = rig.cloud.ram.policies[role][rig.cloud.ram.default[role]]
    refused = [line for line in rig.said if "lacks" in line]
    assert await rig.run() == 0

    assert kept == narrow
    assert len(refused) == 1
    assert "it lacks fc:InvokeFunction" in refused[0]
    assert "it also allows oss:GetObject on *" in refused[0]
    assert rig.cloud.ram.default[role] == "v2"
    assert f"✓ policy {role}: changed." in rig.said


async def test_an_index_gets_the_fields_that_it_lacks_and_keeps_the_others(rig: Rig) -> None:
    await rig.run()
    project = f"rag-on-dingtalk-{ACCOUNT}-{REGION}"
    keys = rig.cloud.logs.indexes[project, "functions"]["keys"]
    own, line = {"type": "long", "doc_value": True}, {"token": [","]}
    text = {"type": "text", "doc_value": True, "token": [","]}
    rig.cloud.logs.indexes[project, "functions"] = {"line": line, "keys": {"mine": own, "message": text}}

    assert await rig.run() == 0

    assert rig.cloud.logs.indexes[project, "functions"] == {"line": line, "keys": {"mine": own, **keys}}
    assert any("it lacks functionName, instanceID, qualifier" in line for line in rig.confirmed)


async def test_a_copy_of_the_audit_that_copies_something_else_or_stands_still_is_named(rig: Rig) -> None:
    await rig.run()
    (copy,) = rig.cloud.logs.jobs.values()
    copy["status"] = "STOPPED"
    assert await rig.run() == 0
    assert any("log copy audit" in line and "it is STOPPED" in line for line in rig.said)

    copy["configuration"] = {**copy["configuration"], "script": "*"}
    assert await rig.run() == 0
    assert any("log copy audit" in line and "it has another script" in line for line in rig.said)


async def test_differences_that_are_left_are_named(rig: Rig) -> None:
    await rig.run()
    project = f"rag-on-dingtalk-{ACCOUNT}-{REGION}"
    rig.cloud.logs.stores[project, "functions"]["ttl"] = 30
    rig.cloud.ram.attached[ROLES[1]].append(("everything", "System"))
    name = next(iter(rig.cloud.instances.instances))
    rig.cloud.instances.instances[name]["NetworkTypeACL"] = ["VPC"]

    assert await rig.run() == 0

    said = "\n".join(rig.said)
    for told in (
        "30 days instead of 180",
        "it also has everything",
        "CLASSIC, INTERNET",
    ):
        assert told in said
    assert rig.cloud.logs.stores[project, "functions"]["ttl"] == 30


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


async def test_without_a_terminal_it_asks_nothing_and_says_what_to_give(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())

    assert await asyncio.to_thread(main, ["setup"]) == 1
    assert "--yes" in capsys.readouterr().err
