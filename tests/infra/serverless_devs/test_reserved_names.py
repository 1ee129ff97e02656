"""No name of ours is one by which the tools or the platform change what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.infra.documents.texts import DOCUMENTS, blocks
from tests.infra.serverless_devs.reserved_names import (
    ALLOWED_IN_ENV_FILE,
    ALLOWED_IN_FUNCTIONS,
    read_by_s_yaml,
    reserved,
    set_in_commands,
    set_in_env_file,
)

ROOT = Path(__file__).parents[3]
FILES = ("s.yaml", "s.vpc.yaml")


def document(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "infra" / name).read_text(encoding="utf-8"))
    return parsed


def test_the_example_environment_sets_no_reserved_name() -> None:
    names = set_in_env_file((ROOT / ".env.example").read_text(encoding="utf-8"))

    assert len(names) > 20
    assert reserved(names, ALLOWED_IN_ENV_FILE) == []


@pytest.mark.parametrize("name", FILES)
def test_s_yaml_reads_no_reserved_name(name: str) -> None:
    names = list(read_by_s_yaml(document(name)))

    assert names
    assert reserved(names) == []


def test_no_function_is_given_a_reserved_name() -> None:
    for resource in document("s.yaml")["resources"].values():
        assert reserved(resource["props"]["environmentVariables"], ALLOWED_IN_FUNCTIONS) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_tells_to_set_a_reserved_name(path: Path) -> None:
    names = [name for block in blocks(path) for name in set_in_commands(block)]

    assert reserved(names, ALLOWED_IN_ENV_FILE) == []


@given(st.from_regex(r"FC_[A-Z0-9_]{0,20}", fullmatch=True))
def test_every_name_of_the_platform_is_reserved_however_it_goes_on(name: str) -> None:
    assert reserved([name]) == [name]
    assert set_in_env_file(f"export {name}=x\n") == [name]
    assert list(read_by_s_yaml({"a": [f"x-${{env('{name}', 'y')}}"]})) == [name]


@pytest.mark.parametrize("name", ["REGION", "FC_REGION", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_REGION"])
def test_names_that_tools_read_are_reserved(name: str) -> None:
    assert reserved([name], ALLOWED_IN_ENV_FILE) == [name]


@pytest.mark.parametrize("name", ["DEPLOY_REGION", "APP_NAME", "FCX", "MY_REGION", "DINGTALK_CLIENT_SECRET"])
def test_other_names_are_free(name: str) -> None:
    assert reserved([name]) == []
