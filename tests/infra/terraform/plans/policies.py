"""RAM policies as what they allow, and the documents of infra/policies filled in."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.storage.instance_name import default_name
from tests.infra.terraform.plans.made_up import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A RAM policy's statements as (action, resource), one each.
Grants = frozenset[tuple[str, str]]

POLICIES = Path(__file__).parents[4] / "infra" / "policies"

#: What the placeholders of infra/policies stand for in a deployment with every default.
POLICY_VALUES = {
    "APP_NAME": "rag-on-dingtalk",
    "DEPLOY_REGION": "cn-hangzhou",
    "DEPLOY_ACCOUNT_ID": ACCOUNT_ID,
    "TABLESTORE_INSTANCE": default_name("rag-on-dingtalk", ACCOUNT_ID, "cn-hangzhou"),
    "LOG_PROJECT": f"rag-on-dingtalk-{ACCOUNT_ID}-cn-hangzhou",
    "LOG_STORE": "functions",
}


class Role(msgspec.Struct, frozen=True):
    """What a function may do, and who may take the role."""

    name: str
    grants: Grants
    trusted: frozenset[str]


def grants(document: dict[str, Any]) -> Grants:
    """A policy document as what it allows."""
    found = set()
    for statement in _allowing(document):
        for action in _listed(statement["Action"]):
            found |= {(action, resource) for resource in _listed(statement["Resource"])}
    return frozenset(found)


def trusted(document: dict[str, Any]) -> frozenset[str]:
    """Who may take a role with this trust document."""
    statements = list(_allowing(document))
    assert all(statement["Action"] == "sts:AssumeRole" for statement in statements), "a role is only taken"
    return frozenset(
        who for statement in statements for whos in statement["Principal"].values() for who in whos
    )


def filled(path: Path, values: dict[str, str]) -> Any:
    """A policy document as `envsubst` would leave it."""
    return json.loads(Template(path.read_text(encoding="utf-8")).substitute(values))


def _allowing(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    assert document["Version"] == "1", "RAM knows one version of policies"
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow", f"{statement} is not understood by these checks"
        yield statement


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
