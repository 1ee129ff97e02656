"""infra/policies/deployer-setup.json allows what setup calls, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template

from rag_on_dingtalk.setup.cloud.calls import _ADVICE
from rag_on_dingtalk.setup.place import Place

ROOT = Path(__file__).parents[4]
LIBRARY = ROOT / "layers" / "common" / "rag_on_dingtalk"
POLICY = ROOT / "infra" / "policies" / "deployer-setup.json"
PLACE = Place(
    road="s",
    region="cn-hangzhou",
    app="rag-on-dingtalk",
    python="3.12",
    account="1234567890123456",
    instance="rag-1",
    endpoint="https://rag-1.cn-hangzhou.ots.aliyuncs.com",
    log_store="functions",
    log_days=180,
)


def source(*parts: str) -> str:
    return LIBRARY.joinpath(*parts).read_text(encoding="utf-8")


def called() -> set[str]:
    """Every call to the cloud in setup's sources, as RAM names it."""
    found = {f"ram:{name}" for name in re.findall(r"\.ram\(\s*\"(\w+)\"", source("setup", "cloud", "ram.py"))}
    found |= {
        f"log:{name}" for name in re.findall(r"\.log\(\s*\"(\w+)\"", source("setup", "cloud", "logs.py"))
    }
    found |= {
        f"ots:{name}" for name in re.findall(r"\"(\w+Instance)\"", source("setup", "cloud", "calls.py"))
    }
    tables = re.findall(r"client\.(\w+)\(", source("storage", "schema.py"))
    found |= {f"ots:{name.title().replace('_', '')}" for name in tables}
    # CreateETL hands Log Service a role.
    found.add("ram:PassRole")
    # The rows that doctor writes, reads and deletes to try the tables: what the functions may do.
    return found | {"ots:GetRow", "ots:GetRange", "ots:PutRow", "ots:DeleteRow"}


def test_every_call_is_allowed_and_nothing_beyond_it() -> None:
    document = json.loads(Template(POLICY.read_text("utf-8")).substitute(PLACE.policy_values))

    assert {action for statement in document["Statement"] for action in statement["Action"]} == called()
    assert all(one != "*" for statement in document["Statement"] for one in statement["Resource"])


def test_a_refusal_for_want_of_rights_names_documents_that_exist() -> None:
    advice = dict(_ADVICE)["NoPermission"]
    files = re.findall(r"infra/policies/[\w-]+\.json", advice)

    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_the_placeholders_of_all_documents_are_those_that_setup_fills_in() -> None:
    used = {
        name
        for path in POLICY.parent.glob("*.json")
        for name in re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))
    }

    assert used - {"KMS_SECRET"} == set(PLACE.policy_values)
