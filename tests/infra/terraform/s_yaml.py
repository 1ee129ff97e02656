"""`infra/s.yaml` with the same decisions as a workspace's variables."""

from __future__ import annotations

from typing import Any

import yaml

from local.function_compute.expressions import resolve
from tests.infra.terraform.made_up import ACCOUNT_ID
from tests.infra.terraform.workspace import INFRA, VARIABLES

DOCUMENT: dict[str, Any] = yaml.safe_load((INFRA / "s.yaml").read_text(encoding="utf-8"))

#: What an engineer who uses `s` has in `.env`.
ENV = {
    **VARIABLES["dingtalk_secrets"],
    "TABLESTORE_ENDPOINT": "https://rag-on-dingtalk.cn-hangzhou.ots.aliyuncs.com",
    "TABLESTORE_INSTANCE": "rag-on-dingtalk",
}


def resources(document: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    """The resources of an s.yaml with every expression resolved."""
    resolved: dict[str, Any] = resolve(document, ENV, account_id=ACCOUNT_ID)["resources"]
    return resolved
