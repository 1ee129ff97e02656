"""The console on both roads: off by default, and the same function where bots.yaml has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.answer_functions.own import whole
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.storage import tables
from tests.infra.terraform.plans.checks import CHECKS, Both
from tests.infra.terraform.plans.policies import POLICIES, POLICY_VALUES, filled, grants
from tests.infra.terraform.plans.roads import s_road_of, terraform_road
from tests.infra.terraform.plans.s_yaml import DOCUMENT
from tests.infra.terraform.plans.s_yaml import resources as s_resources
from tests.infra.terraform.plans.workspace import (
    DOMAIN,
    VARIABLES,
    TerraformError,
    Workspace,
    output,
    resources,
)

BOTS = """
console: {url: "https://console.example.com"}
bots:
  handbook:
    dingtalk: {client_id: ding1, client_secret: "env:DINGTALK_CLIENT_SECRET", corp_id: corp1}
    backend: {kind: anythingllm, base_url: "https://kb.example", workspace: kb, api_key: "env:DIFY_API_KEY"}
"""
KEY = {"CONSOLE_SESSION_KEY": "k" * 32, "METRICS_TOKEN": ""}
KEYS = ("ANYTHINGLLM_API_KEY", "DIFY_API_KEY", "OPENAI_API_KEY", "BAILIAN_API_KEY", "DASHSCOPE_API_KEY")
SECRETS = {"console_secrets": KEY, "backend_secrets": dict.fromkeys(KEYS, "k")}


@pytest.fixture
def bots(tmp_path: Path) -> Path:
    file = tmp_path / "bots.yaml"
    file.write_text(BOTS, encoding="utf-8")
    return file


@pytest.fixture
def both(workspace: Workspace, bots: Path) -> tuple[Both, dict[str, Any]]:
    workspace.set(**VARIABLES, **SECRETS, bots_file=str(bots), console_domain=DOMAIN)
    state = workspace.outcome()
    document = whole(DOCUMENT, load_bots(bots))
    road = s_road_of(s_resources(document, **KEY, **SECRETS["backend_secrets"]))
    return Both(s=road, terraform=terraform_road(state)), state


def test_both_roads_deploy_the_same_console(both: tuple[Both, dict[str, Any]]) -> None:
    roads, state = both

    assert {name: check(roads) for name, check in CHECKS.items() if check(roads)} == {}
    assert "console" in roads.terraform.functions
    assert output(state, "console_url") == f"https://{DOMAIN['name']}"
    domains = [one["route_config"][0]["routes"][0] for one in resources(state, "alicloud_fcv3_custom_domain")]
    assert [one["function_name"] for one in domains] == ["rag-on-dingtalk-console"]


def test_without_a_setting_there_is_no_console_on_either_road(workspace: Workspace, bots: Path) -> None:
    bots.write_text(BOTS.replace('console: {url: "https://console.example.com"}', ""), encoding="utf-8")
    workspace.set(**VARIABLES, **SECRETS, bots_file=str(bots))

    assert "console" not in terraform_road(workspace.outcome()).functions
    assert "console" not in whole(DOCUMENT, load_bots(bots))["resources"]


def test_a_console_without_a_key_for_its_sessions_is_not_deployed(workspace: Workspace, bots: Path) -> None:
    workspace.set(**VARIABLES, **{**SECRETS, "console_secrets": {}}, bots_file=str(bots))

    with pytest.raises(TerraformError, match="CONSOLE_SESSION_KEY"):
        workspace.plan()


def test_the_console_writes_only_the_tables_of_what_it_changes() -> None:
    granted = grants(filled(POLICIES / "console.json", POLICY_VALUES))
    written = {
        resource.rpartition("/table/")[2]
        for action, resource in granted
        if re.search(r"Put|Update|Delete|Write", action) and "ots:" in action
    }

    assert written == {
        one.name
        for one in (
            tables.GRANTS,
            tables.INCIDENTS,
            tables.AUDIT,
            tables.COUNTERS,
            tables.CONSOLE_SESSIONS,
            tables.CURATED,
            tables.EXPERIMENTS,
        )
    }


def test_the_console_may_invoke_what_answers_questions_and_nothing_else() -> None:
    console, callback = (
        {
            resource
            for action, resource in grants(filled(POLICIES / f"{name}.json", POLICY_VALUES))
            if action == "fc:InvokeFunction"
        }
        for name in ("console", "callback")
    )

    assert console == callback
    assert all("-async-answer" in resource for resource in console)


def test_the_fragment_for_serverless_devs_is_readable() -> None:
    fragment = yaml.safe_load(
        (Path(__file__).parents[3] / "infra/answer_functions/console.yaml").read_text(encoding="utf-8")
    )

    assert fragment["props"]["triggers"][0]["triggerConfig"]["authType"] == "anonymous"
