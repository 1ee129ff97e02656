"""`infra/s.yaml` as the real Serverless Devs reads and deploys it; offline, with a stand-in component."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from emulators.function_compute.description.expressions import resolve
from infra.registry.build import build, root_s_yaml
from tests.infra.serverless_devs.serverless_devs import ACCOUNT_ID, ENV, INFRA, ServerlessDevs

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT: dict[str, Any] = yaml.safe_load((INFRA / "s.yaml").read_text(encoding="utf-8"))
LAYER = "acs:fc:cn-hangzhou:1000000000000001:layers/rag-on-dingtalk-common/versions/"
#: Of the example environment; an engineer's secrets look like these.
SECRETS = {
    "DINGTALK_CLIENT_SECRET": "client-secret-not-to-be-shown",
    "ANYTHINGLLM_API_KEY": "key-not-to-be-shown",
    "DINGTALK_AES_KEY": "aes-key-not-to-be-shown",
}
ORDER = ["failed_answer", "housekeeping", "async_answer", "callback"]


@pytest.fixture
def s(tmp_path: Path) -> ServerlessDevs:
    """The real `s` with an account that does not exist; packaging publishes version 7 of the layer."""
    installed = shutil.which("s", path=INFRA.parent / ".tools" / "node_modules" / ".bin")
    program = os.environ.get("SERVERLESS_DEVS") or installed or shutil.which("s")
    if not program:
        pytest.skip("Serverless Devs is not here. `make serverless` installs it; or set SERVERLESS_DEVS.")
    tool = ServerlessDevs(tmp_path, program)
    tool.install_make(_packages(7))
    return tool


def _packages(version: int, *, python: str = "3.12", layer: str = LAYER) -> str:
    """What `make package` would leave behind, in shell."""
    folder = f"dist/python{python}"
    zips = "; ".join(f"echo fresh > {folder}/{name}.zip" for name in ORDER)
    return f"mkdir -p {folder}; {zips}; echo COMMON_LAYER_ARN={layer}{version} > {folder}/layer.env"


def test_s_reads_the_file_as_the_local_system_does(s: ServerlessDevs) -> None:
    shown = s.run("preview", "-t", "infra/s.yaml", "-o", "json")

    theirs = json.loads(shown[shown.index("\n{") :])["resources"]
    ours = resolve(DOCUMENT, ENV, account_id=ACCOUNT_ID)["resources"]
    assert list(theirs) == ORDER
    assert {key: resource["props"] for key, resource in theirs.items()} == {
        key: resource["props"] for key, resource in ours.items()
    }


def test_in_a_vpc_s_adds_the_network_and_leaves_everything_else(s: ServerlessDevs) -> None:
    network = {"VPC_ID": "vpc-1", "VSWITCH_ID": "vsw-1", "SECURITY_GROUP_ID": "sg-1"}

    shown = s.run("preview", "-t", "infra/s.vpc.yaml", "-o", "json", **network)

    theirs = json.loads(shown[shown.index("\n{") :])["resources"]
    plain = resolve(DOCUMENT, ENV, account_id=ACCOUNT_ID)["resources"]
    vpc = {"vpcId": "vpc-1", "vSwitchIds": ["vsw-1"], "securityGroupId": "sg-1"}
    assert {key: resource["props"] for key, resource in theirs.items()} == {
        key: {**resource["props"], "internetAccess": False, "vpcConfig": vpc}
        for key, resource in plain.items()
    }


def test_s_finds_nothing_wrong(s: ServerlessDevs) -> None:
    s.run("verify", "-t", "infra/s.yaml")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("runtime: python${vars.python}", "runtime: python3.13", "one of the allowed values"),
        ("memorySize: 256", "memorySize: 250", "multiple of 64"),
        ("timeout: 120", "timeout: 0", ">= 1"),
        ("diskSize: 512", "diskSize: 1024", "one of the allowed values"),
        (
            "region: ${vars.region}\n      functionName",
            "region: hangzhou\n      functionName",
            "one of the allowed",
        ),
        ("cpu: 0.25", "cpus: 0.25", "additional properties"),
    ],
)
def test_s_finds_a_mistake(old: str, new: str, complaint: str, s: ServerlessDevs) -> None:
    s.change(old, new)

    said = s.fails("verify", "-t", "infra/s.yaml")

    assert complaint in said


def test_one_deploy_gives_every_function_the_layer_that_it_has_published(
    s: ServerlessDevs,
) -> None:
    s.run("deploy", "-t", "infra/s.yaml", "-y")

    assert [(call.function, call.props["layers"]) for call in s.calls()] == [
        (name, [f"{LAYER}7"]) for name in ORDER
    ]


def test_packaging_happens_once_under_the_names_of_the_deployment(s: ServerlessDevs) -> None:
    environ = {"APP_NAME": "kb", "DEPLOY_REGION": "cn-beijing", "DEPLOY_PYTHON": "3.10"}
    layer = "acs:fc:cn-beijing:1000000000000001:layers/kb-common/versions/"
    s.install_make(_packages(2, python="3.10", layer=layer))

    s.run("deploy", "-t", "infra/s.yaml", "-y", **environ)

    assert s.made == [
        "package PYTHON=3.10 ARGS=--publish --access default APP_NAME=kb DEPLOY_REGION=cn-beijing"
    ]
    assert {tuple(call.props["layers"]) for call in s.calls()} == {(f"{layer}2",)}


def test_one_function_is_packaged_too(s: ServerlessDevs) -> None:
    s.run("callback", "deploy", "-t", "infra/s.yaml", "-y")

    (call,) = s.calls()
    assert (call.function, call.code.strip(), call.props["layers"]) == ("callback", "fresh", [f"{LAYER}7"])


def test_the_key_that_is_named_publishes_the_layer_as_well(s: ServerlessDevs) -> None:
    key = ("--AccessKeyID", "other", "--AccessKeySecret", "other", "--AccountID", ACCOUNT_ID)
    s.run("config", "add", "-a", "production", *key)

    s.run("deploy", "-t", "infra/s.yaml", "-y", "-a", "production")

    assert "--access production" in s.made[0]


@pytest.mark.parametrize("body", ["echo there is no bots.yaml >&2; exit 2", "exit 1"])
def test_when_packaging_fails_nothing_is_deployed_and_it_says_why(body: str, s: ServerlessDevs) -> None:
    s.install_make(body)

    said = s.fails("deploy", "-t", "infra/s.yaml", "-y")

    assert s.calls() == []
    assert ("there is no bots.yaml" in said) is ("bots.yaml" in body)


@pytest.mark.parametrize(
    "left", ["", "COMMON_LAYER_ARN=", "COMMON_LAYER_ARN=acs:fc:cn-beijing:1:layers/x/versions/1"]
)
def test_a_layer_that_was_not_published_here_is_not_deployed(left: str, s: ServerlessDevs) -> None:
    s.install_make(f"mkdir -p dist/python3.12; echo {left} > dist/python3.12/layer.env")

    said = s.fails("deploy", "-t", "infra/s.yaml", "-y")

    assert s.calls() == []
    assert "names no layer version of cn-hangzhou" in said


@pytest.mark.parametrize("name", ["FC_REGION", "REGION"])
def test_a_name_that_would_send_uploads_to_an_internal_host_stops_the_deployment(
    name: str, s: ServerlessDevs
) -> None:
    (s.folder / ".env").write_text(f"{name}=cn-hangzhou\n", encoding="utf-8")

    said = s.fails("deploy", "-t", "infra/s.yaml", "-y")

    assert s.calls() == []
    assert s.made == []
    assert "DEPLOY_REGION" in said


def test_the_example_environment_gives_the_component_no_such_name(s: ServerlessDevs) -> None:
    shutil.copy(INFRA.parent / ".env.example", s.folder / ".env")

    s.run("deploy", "-t", "infra/s.yaml", "-y")

    assert {call.region for call in s.calls()} == {""}


def test_no_secret_is_shown_or_kept_when_deploying(s: ServerlessDevs) -> None:
    said = s.run("deploy", "-t", "infra/s.yaml", "-y", **SECRETS)

    assert all(call.props["environmentVariables"]["DINGTALK_CLIENT_SECRET"] for call in s.calls())
    assert [secret for secret in SECRETS.values() if secret in said + s.logs()] == []


def test_no_secret_is_shown_or_kept_when_going_back_with_the_example_environment(s: ServerlessDevs) -> None:
    shutil.copy(INFRA.parent / ".env.example", s.folder / ".env")

    said = s.run("deploy", "-t", "infra/s.yaml", "--skip-actions", "-y", **SECRETS)

    assert len(s.calls()) == len(ORDER)
    assert [secret for secret in SECRETS.values() if secret in said + s.logs()] == []


def test_a_preview_shows_secrets_and_so_no_document_names_it(s: ServerlessDevs) -> None:
    said = s.run("preview", "-t", "infra/s.yaml", **SECRETS)

    assert SECRETS["DINGTALK_CLIENT_SECRET"] in said
    documents = (INFRA.parent / "docs").rglob("*.md")
    assert [path.name for path in documents if "s preview" in path.read_text(encoding="utf-8")] == []


def test_going_back_deploys_the_kept_packages_with_their_own_layer(s: ServerlessDevs) -> None:
    s.run("deploy", "-t", "infra/s.yaml", "-y")
    kept = s.folder / "dist" / "python3.12"
    for name in ORDER:
        (kept / f"{name}.zip").write_text("kept", encoding="utf-8")
    (kept / "layer.env").write_text(f"COMMON_LAYER_ARN={LAYER}3\n", encoding="utf-8")
    s.calls()
    packaged = len(s.made)

    for name in reversed(ORDER):
        layer = re.findall(r"COMMON_LAYER_ARN=(\S+)", (kept / "layer.env").read_text(encoding="utf-8"))[0]
        s.run(name, "deploy", "-t", "infra/s.yaml", "--skip-actions", "-y", COMMON_LAYER_ARN=layer)

    assert [(call.function, call.code, call.props["layers"]) for call in s.calls()] == [
        (name, "kept", [f"{LAYER}3"]) for name in reversed(ORDER)
    ]
    assert len(s.made) == packaged


def test_without_skipping_the_hook_kept_packages_are_replaced(s: ServerlessDevs) -> None:
    (s.folder / "dist" / "python3.12").mkdir(parents=True)
    (s.folder / "dist" / "python3.12" / "callback.zip").write_text("kept", encoding="utf-8")

    s.run("callback", "deploy", "-t", "infra/s.yaml", "-y")

    assert [call.code.strip() for call in s.calls()] == ["fresh"]


def test_the_answer_to_questions_reaches_the_component(s: ServerlessDevs) -> None:
    s.run("deploy", "-t", "infra/s.yaml", "-y")

    assert all("-y" in call.args for call in s.calls())


def test_removing_asks_for_every_function(s: ServerlessDevs) -> None:
    for name in reversed(ORDER):
        s.run(name, "remove", "-t", "infra/s.yaml", "-y")

    assert [(call.command, call.function) for call in s.calls()] == [
        ("remove", name) for name in reversed(ORDER)
    ]
    assert s.made == []


def test_what_the_shell_has_set_wins_over_the_env_file_even_when_it_is_empty(s: ServerlessDevs) -> None:
    (s.folder / ".env").write_text("APP_NAME=production\nDIFY_API_KEY=of-production\n", encoding="utf-8")

    s.run("callback", "deploy", "-t", "infra/s.yaml", "-y", APP_NAME="staging")
    s.run("async_answer", "deploy", "-t", "infra/s.yaml", "-y", APP_NAME="staging", DIFY_API_KEY="")

    callback, answer = s.calls()
    assert callback.props["functionName"] == "staging-callback"
    assert answer.props["environmentVariables"]["DIFY_API_KEY"] == ""


def test_the_registrys_form_makes_an_application_that_deploys_at_once(s: ServerlessDevs) -> None:
    template = build(s.folder / "template")
    answers = {
        "name": "kb",
        "region": "cn-beijing",
        "account": ACCOUNT_ID,
        "tablestore_instance": "kb-00000",
        "client_secret": SECRETS["DINGTALK_CLIENT_SECRET"],
        "knowledge_key": SECRETS["ANYTHINGLLM_API_KEY"],
    }
    form = yaml.safe_load((template / "publish.yaml").read_text(encoding="utf-8"))["Parameters"]
    assert set(form["properties"]) == set(answers)

    parameters = json.dumps(answers)
    s.run("init", "--uri", str(template), "-d", "application", "-y", "--parameters", parameters)
    made = s.folder / "application"
    values = dict(
        line.split("=", 1) for line in (made / ".env").read_text("utf-8").splitlines() if "=" in line
    )
    assert (values["APP_NAME"], values["DEPLOY_REGION"]) == ("kb", "cn-beijing")
    assert values["TABLESTORE_ENDPOINT"] == "https://kb-00000.cn-beijing.ots.aliyuncs.com"
    assert (made / "infra" / "package" / "hook" / "index.js").is_file()

    # What an engineer would type there, with the stand-in component.
    s_yaml = (made / "s.yaml").read_text(encoding="utf-8")
    assert s_yaml == root_s_yaml()
    (made / "s.yaml").write_text(s_yaml.replace("fc3@0.1.22", str(s.folder / "fc3")), encoding="utf-8")
    s.install_make(_packages(4, layer=LAYER.replace("rag-on-dingtalk", "kb").replace("hangzhou", "beijing")))
    environ = {name: values[name] for name in ("TABLESTORE_ENDPOINT", "TABLESTORE_INSTANCE")}
    s.run("deploy", "-t", "application/s.yaml", "-y", APP_NAME="kb", DEPLOY_REGION="cn-beijing", **environ)

    calls = s.calls()
    assert [call.props["functionName"] for call in calls] == [
        f"kb-{name.replace('_', '-')}" for name in ORDER
    ]
    assert {tuple(call.props["layers"]) for call in calls} == {
        ("acs:fc:cn-beijing:1000000000000001:layers/kb-common/versions/4",)
    }


def _layers(s: ServerlessDevs) -> bool:
    s.run("deploy", "-t", "infra/s.yaml", "-y")
    return [call.props["layers"] for call in s.calls()] == [[f"{LAYER}7"]] * len(ORDER)


def _once(s: ServerlessDevs) -> bool:
    s.run("deploy", "-t", "infra/s.yaml", "-y")
    return len(s.made) == 1


def _order(s: ServerlessDevs) -> bool:
    s.run("deploy", "-t", "infra/s.yaml", "-y")
    return [call.function for call in s.calls()] == ORDER


def _hidden(s: ServerlessDevs) -> bool:
    return not [
        secret for secret in SECRETS.values() if secret in s.run("deploy", "-t", "infra/s.yaml", **SECRETS)
    ]


def _stopped(s: ServerlessDevs) -> bool:
    (s.folder / ".env").write_text("FC_REGION=cn-hangzhou\n", encoding="utf-8")
    s.try_("deploy", "-t", "infra/s.yaml", "-y")
    return s.calls() == []


def _region(s: ServerlessDevs) -> bool:
    s.install_make(_packages(7, layer=LAYER.replace("hangzhou", "beijing")))
    s.try_("deploy", "-t", "infra/s.yaml", "-y")
    return s.calls() == []


def _failing(s: ServerlessDevs) -> bool:
    s.install_make(f"{_packages(7)}; exit 1")
    s.try_("deploy", "-t", "infra/s.yaml", "-y")
    return s.calls() == []


Promise = Callable[[ServerlessDevs], bool]
PROMISES: list[Promise] = [_layers, _once, _order, _hidden, _stopped, _region, _failing]
HOOK = "package/hook/index.js"


@pytest.mark.parametrize(
    ("file", "old", "new", "promise"),
    [
        (HOOK, "published = published || publish", "published = publish", _once),
        (HOOK, "layers: [layer, ...others]", "layers: others", _layers),
        (HOOK, "process.env.CICD_ENV = 'true';", "", _hidden),
        (HOOK, "  refuseInternalUpload(args.region);\n", "", _stopped),
        (HOOK, "region !== args.region", "region === undefined", _region),
        (HOOK, "status === 0 ? resolve()", "true ? resolve()", _failing),
        ("s.yaml", "  housekeeping:\n    component", "  a_housekeeping:\n    component", _order),
    ],
)
def test_a_changed_hook_is_noticed(
    file: str, old: str, new: str, promise: Promise, s: ServerlessDevs
) -> None:
    s.change(old, new, file)

    assert not promise(s)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__.strip("_"))
def test_the_hook_as_it_is_keeps_every_promise(promise: Promise, s: ServerlessDevs) -> None:
    assert promise(s)
