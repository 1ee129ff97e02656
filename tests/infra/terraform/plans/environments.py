"""Deployments that differ: the same decisions on both roads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from infra.answer_functions.own import whole
from rag_on_dingtalk.settings.bots_file import load_bots
from rag_on_dingtalk.storage.instance_name import default_name
from tests.infra.terraform.plans.checks import Both
from tests.infra.terraform.plans.made_up import ACCOUNT_ID
from tests.infra.terraform.plans.roads import s_road_of, terraform_road
from tests.infra.terraform.plans.s_yaml import DOCUMENT, in_a_vpc, resources
from tests.infra.terraform.plans.wiring import wiring
from tests.infra.terraform.plans.workspace import VARIABLES

if TYPE_CHECKING:
    from tests.infra.terraform.plans.workspace import Workspace


class Environment(msgspec.Struct, frozen=True):
    """The same decisions for both roads: variables of Terraform, and what `.env` says.

    inside: functions in a VPC, which is a file of its own for Serverless Devs.
    bots: bots.yaml, where it matters.
    """

    variables: dict[str, Any] = {}
    env: dict[str, str] = {}
    inside: bool = False
    bots: str = ""
    name: str = "rag-on-dingtalk"
    region: str = "cn-hangzhou"

    def both(self, workspace: Workspace) -> Both:
        """Both roads deployed."""
        instance = default_name(self.name, ACCOUNT_ID, self.region)
        host = "vpc.tablestore" if self.inside else "ots"
        env = {
            "APP_NAME": self.name,
            "DEPLOY_REGION": self.region,
            "TABLESTORE_INSTANCE": instance,
            "TABLESTORE_ENDPOINT": f"https://{instance}.{self.region}.{host}.aliyuncs.com",
            # The stub makes up layers of one region.
            "COMMON_LAYER_ARN": f"acs:fc:cn-hangzhou:{ACCOUNT_ID}:layers/{self.name}-common/versions/1",
            **self.env,
        }
        variables, document = dict(self.variables), in_a_vpc() if self.inside else DOCUMENT
        if self.bots:
            file = workspace.folder / "bots.yaml"
            file.write_text(self.bots, encoding="utf-8")
            variables["bots_file"], document = str(file), whole(document, load_bots(file))
        workspace.set(**VARIABLES, name=self.name, region=self.region, **variables)
        state = workspace.apply()
        values = {
            "APP_NAME": self.name,
            "DEPLOY_REGION": self.region,
            "TABLESTORE_INSTANCE": instance,
            "LOG_PROJECT": f"{self.name}-{ACCOUNT_ID}-{self.region}",
        }
        return Both(
            s=s_road_of(resources(document, **env), **values),
            terraform=terraform_road(state),
            name=self.name,
            region=self.region,
            crossed=wiring(state),
        )


_NETWORK = {"vpc_id": "vpc-1", "vswitch_id": "vsw-1", "security_group_id": "sg-1"}
#: Two bots with answering functions of their own, one with every default, and one bot without.
_OWN = """
bots:
  handbook: &bot
    dingtalk: {client_id: ding1, client_secret: "env:DINGTALK_CLIENT_SECRET"}
    backend: {kind: anythingllm, base_url: "https://kb.example.com", workspace: kb, api_key: "file:/run/key"}
  vip-desk:
    <<: *bot
    answer_function: {instances: 2, concurrency: 8}
  legal:
    <<: *bot
    answer_function: {}
"""
ENVIRONMENTS = {
    "default": Environment(),
    "staging": Environment(
        name="staging",
        region="ap-southeast-1",
        variables={"python": "3.10", "log_level": "DEBUG", "lease_seconds": 60},
        env={"DEPLOY_PYTHON": "3.10", "LOG_LEVEL": "DEBUG", "LEASE_SECONDS": "60"},
    ),
    "large": Environment(
        variables={
            "instances": {"callback": 100, "async_answer": 40, "failed_answer": 9},
            "account_instances": 300,
        },
        env={"CALLBACK_INSTANCES": "100", "ANSWER_INSTANCES": "40", "FAILED_ANSWER_INSTANCES": "9"},
    ),
    "vpc": Environment(
        variables={"vpc": _NETWORK},
        env={name.upper(): value for name, value in _NETWORK.items()},
        inside=True,
    ),
    "own functions": Environment(bots=_OWN),
    "own functions in a VPC": Environment(
        variables={"vpc": _NETWORK},
        env={name.upper(): value for name, value in _NETWORK.items()},
        inside=True,
        bots=_OWN,
    ),
    "canary": Environment(
        variables={"releases": ["v1", "v2"], "canary": {"stable": "v1", "next": "v2", "weight": 0.1}},
        env={"CALLBACK_QUALIFIER": "live"},
    ),
    "kms": Environment(
        variables={"kms_endpoint": "https://kms.example.com"}, env={"KMS_ENDPOINT": "https://kms.example.com"}
    ),
}
