"""`infra/s.yaml` with the same decisions as a workspace's variables."""

from __future__ import annotations

from typing import Any

import yaml

from emulators.function_compute.description.expressions import resolve
from tests.infra.terraform.plans.made_up import ACCOUNT_ID
from tests.infra.terraform.plans.policies import POLICY_VALUES
from tests.infra.terraform.plans.workspace import INFRA, VARIABLES

DOCUMENT: dict[str, Any] = yaml.safe_load((INFRA / "s.yaml").read_text(encoding="utf-8"))
EXTENSION: dict[str, Any] = yaml.safe_load((INFRA / "s.vpc.yaml").read_text(encoding="utf-8"))

_INSTANCE = POLICY_VALUES["TABLESTORE_INSTANCE"]

#: What an engineer who uses `s` has in `.env`.
ENV = {
    **VARIABLES["dingtalk_secrets"],
    "TABLESTORE_ENDPOINT": f"https://{_INSTANCE}.cn-hangzhou.ots.aliyuncs.com",
    "TABLESTORE_INSTANCE": _INSTANCE,
}


def resources(document: dict[str, Any] = DOCUMENT, **env: str) -> dict[str, Any]:
    """The resources of an s.yaml with every expression resolved; `env`: set besides, or otherwise."""
    resolved: dict[str, Any] = resolve(document, {**ENV, **env}, account_id=ACCOUNT_ID)["resources"]
    return resolved


def in_a_vpc() -> dict[str, Any]:
    """infra/s.vpc.yaml as `s` extends infra/s.yaml by it; test_serverless_devs.py holds that it does."""
    extended = {
        name: {**resource, "props": {**resource["props"], **EXTENSION["resources"][name]["props"]}}
        for name, resource in DOCUMENT["resources"].items()
    }
    return {**DOCUMENT, "resources": extended}
