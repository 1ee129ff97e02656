"""Functions of single bots on the road of Serverless Devs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from emulators.function_compute.description.s_yaml import load
from infra.answer_functions import __main__ as command
from infra.answer_functions.own import INFRA, extension, whole
from rag_on_dingtalk.settings.bots_file import load_bots
from tests.infra.terraform.plans.made_up import ACCOUNT_ID
from tests.infra.terraform.plans.s_yaml import ENV

if TYPE_CHECKING:
    from pathlib import Path

    from rag_on_dingtalk.settings.bot import Bots

_BOT = """
    dingtalk: {client_id: ding1, client_secret: "env:DINGTALK_CLIENT_SECRET"}
    backend: {kind: anythingllm, base_url: "https://kb.example.com", workspace: kb, api_key: "env:KEY"}
"""
OWN = f"bots:\n  handbook:{_BOT}  vip-desk:{_BOT}    answer_function: {{instances: 2, concurrency: 8}}\n"


@pytest.fixture
def bots(tmp_path: Path) -> Bots:
    file = tmp_path / "bots.yaml"
    file.write_text(OWN, encoding="utf-8")
    return load_bots(file)


def test_the_extension_holds_all_that_deploying_the_function_needs(bots: Bots) -> None:
    document: dict[str, Any] = yaml.safe_load((INFRA / "s.yaml").read_text(encoding="utf-8"))
    written = yaml.safe_load(extension(bots))

    assert written["extend"] == "./s.yaml"
    assert written["resources"] == {
        key: resource
        for key, resource in whole(document, bots)["resources"].items()
        if key not in document["resources"]
    }
    extended = {**document, "resources": document["resources"] | written["resources"]}
    functions = load(yaml.safe_dump(extended), ENV, account_id=ACCOUNT_ID)
    own, shared = (functions[f"rag-on-dingtalk-async-answer{end}"] for end in ("-vip-desk", ""))
    assert (own.instance_concurrency, own.concurrency_config.reserved_concurrency) == (8, 2)
    assert own.environment_variables == shared.environment_variables
    assert own.async_invoke_config == shared.async_invoke_config
    assert (own.code, own.timeout, own.memory_size) == (shared.code, shared.timeout, shared.memory_size)


def test_in_a_vpc_it_extends_the_file_for_that(bots: Bots) -> None:
    written = yaml.safe_load(extension(bots, inside=True))

    assert written["extend"] == "./s.vpc.yaml"
    props = written["resources"]["async_answer_vip_desk"]["props"]
    assert props["internetAccess"] is False
    assert set(props["vpcConfig"]) == {"vpcId", "vSwitchIds", "securityGroupId"}


def test_the_command_writes_the_file_and_takes_it_away_when_no_bot_has_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output, file = tmp_path / "s.bots.yaml", tmp_path / "bots.yaml"
    monkeypatch.setattr(command, "OUTPUT", output)
    file.write_text(OWN, encoding="utf-8")

    assert command.main([str(file)]) == 0
    assert "async_answer_vip_desk" in output.read_text(encoding="utf-8")
    assert "Wrote infra/s.bots.yaml for vip-desk." in capsys.readouterr().out

    file.write_text(
        OWN.replace("    answer_function: {instances: 2, concurrency: 8}\n", ""), encoding="utf-8"
    )
    assert command.main([str(file)]) == 0
    assert not output.exists()

    assert command.main([str(tmp_path / "nothing.yaml")]) == 1
    assert "There is no file" in capsys.readouterr().err
