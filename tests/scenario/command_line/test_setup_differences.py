"""What `setup` finds otherwise than it would make it: named, and changed only when that is agreed."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.errors import ConfigurationError
from tests.scenario.command_line.conftest import ACCOUNT, REGION, ROLES, Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
