"""infra/examples: each can be deployed, reaches nothing that it should not, and shows no secret."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from infra.registry.build import build
from tests.infra.serverless_devs.fc3_facts import FACTS
from tests.infra.serverless_devs.reserved_names import reserved
from tests.infra.terraform.plans.policies import POLICY_VALUES, filled
from tests.infra.terraform.plans.workspace import INFRA, Workspace, output, resources

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.terraform.plans.workspace import Served

EXAMPLES = INFRA / "examples"
WORKFLOW = EXAMPLES / "github-actions" / "deploy.yml"

VARIABLES: dict[str, dict[str, Any]] = {
    "alarms": {"webhook": {"url": "https://oapi.dingtalk.com/robot/send?access_token=t", "secret": "SECx"}},
    "anythingllm-ecs": {"zone": "cn-hangzhou-i", "image_id": "made-up"},
    "custom-domain": {"zone": "example.com", "certificate_file": "c.pem", "private_key_file": "k.pem"},
}


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path, terraform: str, served: Served) -> Workspace:
    """A copy of the example, with its variables."""
    found = Workspace(tmp_path, terraform=terraform, served=served, folder="examples/" + request.param)
    for file in ("c.pem", "k.pem"):
        (found.folder / file).write_text("made up", encoding="utf-8")
    found.set_exactly(**VARIABLES[request.param])
    return found


@pytest.mark.parametrize("example", VARIABLES, indirect=True)
def test_the_provider_takes_the_example(example: Workspace) -> None:
    assert example.formatted() == ""
    assert example.validate() == []
    example.apply()


def test_every_example_of_terraform_is_tried() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/versions.tf")} == set(VARIABLES)


@pytest.mark.parametrize("example", ["anythingllm-ecs"], indirect=True)
def test_only_the_functions_reach_the_knowledge_base(example: Workspace) -> None:
    state = example.outcome()

    (rule,) = resources(state, "alicloud_security_group_rule")
    (machine,) = resources(state, "alicloud_instance")
    groups = {group["security_group_name"] for group in resources(state, "alicloud_security_group")}
    assert (rule["type"], rule["port_range"], rule["cidr_ip"]) == ("ingress", "3001/3001", None)
    assert machine["internet_max_bandwidth_out"] == 0
    assert groups == {"anythingllm-functions", "anythingllm-knowledge"}


@pytest.mark.parametrize("example", ["anythingllm-ecs"], indirect=True)
def test_its_network_fits_the_variable_of_the_bots_module(example: Workspace) -> None:
    variables = (INFRA / "terraform" / "variables_optional.tf").read_text(encoding="utf-8")
    (body,) = re.findall(r'variable "vpc" \{(.*?)^\}', variables, re.MULTILINE | re.DOTALL)

    assert set(output(example.outcome(), "vpc")) == set(
        re.findall(r"^    (\w+) += string", body, re.MULTILINE)
    )


@pytest.mark.parametrize("example", ["custom-domain"], indirect=True)
def test_the_domain_leads_to_function_compute_and_the_callback(example: Workspace) -> None:
    state = example.outcome()

    (record,) = resources(state, "alicloud_alidns_record")
    (domain,) = resources(state, "alicloud_fcv3_custom_domain")
    assert record["value"] == "1000000000000001.cn-hangzhou.fc.aliyuncs.com"
    assert domain["protocol"] == "HTTPS"
    assert domain["route_config"][0]["routes"][0]["function_name"] == "rag-on-dingtalk-callback"
    assert (
        output(state, "callback_url")
        == f"https://{domain['custom_domain_name']}"
        == "https://bot.example.com"
    )


@pytest.mark.parametrize("example", ["alarms"], indirect=True)
def test_the_alarms_search_the_project_that_the_functions_of_s_yaml_write_to(example: Workspace) -> None:
    alarms = resources(example.outcome(), "alicloud_log_alert")

    assert len(alarms) == 8
    assert {alarm["project_name"] for alarm in alarms} == {POLICY_VALUES["LOG_PROJECT"]}
    assert {alarm["query_list"][0]["store"] for alarm in alarms} == {POLICY_VALUES["LOG_STORE"]}


def _workflow() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return parsed


def _commands() -> str:
    (job,) = _workflow()["jobs"].values()
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_the_workflow_keeps_no_access_key_at_github() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")

    (job,) = _workflow()["jobs"].values()
    assert _workflow()["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert not re.findall(r"secrets\.\w*ACCESS_KEY\w*", text)
    assert "::add-mask::" in text


def test_the_workflow_asks_no_question_and_shows_no_secret() -> None:
    (job,) = _workflow()["jobs"].values()
    commands = _commands()

    assert "s deploy -t infra/s.yaml -y" in commands
    assert "preview" not in commands
    assert job["env"]["CICD_ENV"] == "true"
    assert reserved(job["env"]) == []


def test_the_workflow_uses_the_python_and_the_tool_that_the_packages_are_made_for() -> None:
    (job,) = _workflow()["jobs"].values()
    makefile = (INFRA.parent / "Makefile").read_text(encoding="utf-8")

    pythons = [
        step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", "")
    ]
    assert pythons == ["3.12"]
    assert re.search(r"--prefix \.tools @serverless-devs/s@[\d.]+$", makefile, re.MULTILINE)
    assert "make serverless" in _commands()


def test_only_this_repositorys_environment_may_take_the_role() -> None:
    values = {**POLICY_VALUES, "GITHUB_REPOSITORY": "owner/repository"}
    (statement,) = filled(EXAMPLES / "github-actions" / "trust.json", values)["Statement"]

    conditions = statement["Condition"]["StringEquals"]
    assert (
        conditions["oidc:sub"]
        == f"repo:owner/repository:environment:{_workflow()['jobs']['deploy']['environment']}"
    )
    assert conditions["oidc:aud"] in WORKFLOW.read_text(encoding="utf-8")
    assert "*" not in json.dumps(statement)


def test_the_registry_template_asks_what_the_file_reads() -> None:
    published = yaml.safe_load((INFRA / "registry" / "publish.yaml").read_text(encoding="utf-8"))
    form = published["Parameters"]
    source = (INFRA / "registry" / "src" / "env.example").read_text(encoding="utf-8")

    asked = set(re.findall(r"\{\{ (\w+) \}\}", source))
    assert asked == set(form["properties"])
    assert set(form["required"]) <= asked
    assert form["properties"]["region"]["enum"] == [
        region
        for region in form["properties"]["region"]["enum"]
        if region in FACTS["settings"]["region"]["one of"]
    ]
    names = set(re.findall(r"^([A-Z_]+)=", source, re.MULTILINE))
    whole = set(
        re.findall(r"^([A-Z_]+)=", (INFRA.parent / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert names == whole


def test_the_published_folder_is_the_repository(tmp_path: Path) -> None:
    folder = build(tmp_path / "template")

    assert (folder / "publish.yaml").is_file()
    for part in (
        "infra/s.yaml",
        "Makefile",
        "functions/callback/app.py",
        ".env.stpl",
        "s.yaml",
        "bots.example.yaml",
    ):
        assert (folder / "src" / part).is_file(), part
    assert not (folder / "src" / ".git").exists()
    shutil.rmtree(folder)
