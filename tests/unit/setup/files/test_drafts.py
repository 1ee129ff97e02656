"""What setup takes out of `.env`, and which values of the example stand for an answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.setup.files import env_file
from rag_on_dingtalk.setup.files.drafts import PLACEHOLDER, env_draft
from rag_on_dingtalk.setup.files.reserved import misleading
from rag_on_dingtalk.setup.place import Place
from rag_on_dingtalk.storage.instance_name import default_name
from tests.infra.serverless_devs.reserved_names import ALLOWED_IN_ENV_FILE, reserved

EXAMPLE = (Path(__file__).parents[4] / ".env.example").read_text(encoding="utf-8")
S_YAML = (Path(__file__).parents[4] / "infra" / "s.yaml").read_text(encoding="utf-8")
PLACE = Place(
    road="s",
    region="cn-beijing",
    app="staging-bot",
    python="3.12",
    account="1234567890123456",
    instance="staging-1",
    endpoint="https://staging-1.cn-beijing.ots.aliyuncs.com",
    log_store="functions",
    log_days=180,
)
NAMES = st.from_regex(r"(FC_[A-Z0-9_]{0,20}|REGION|MY_[A-Z]{1,8})", fullmatch=True)


def written(before: str | None) -> dict[str, str]:
    return env_file.read(env_draft(Path(".env"), before, EXAMPLE, PLACE, (), url="").after)


@given(st.lists(NAMES, max_size=6))
def test_no_name_that_misleads_the_tools_stays_and_every_other_does(names: list[str]) -> None:
    after = written("".join(f"{name}=x\n" for name in names))

    assert reserved(after, ALLOWED_IN_ENV_FILE) == []
    assert {name for name in names if name.startswith("MY_")} <= set(after)


@given(NAMES)
def test_setup_and_the_lint_agree_on_the_names(name: str) -> None:
    assert misleading([name]) == reserved([name])


def test_the_examples_placeholders_are_the_account_and_the_instance_and_no_other_value() -> None:
    example = env_file.read(EXAMPLE)
    stand_ins = {name for name, value in example.items() if PLACEHOLDER.fullmatch(value)}

    assert stand_ins == {"DEPLOY_ACCOUNT_ID", "TABLESTORE_ENDPOINT", "TABLESTORE_INSTANCE"}
    # What else the example says is what s.yaml takes without it, so that a copy of it changes nothing.
    defaults = dict(re.findall(r"env\('(\w+)', '([^']*)'\)", S_YAML))
    others = {name: value for name, value in example.items() if value and name not in stand_ins}
    assert others == {**{name: defaults.get(name) for name in others}, "CICD_ENV": "true"}


def test_a_new_file_keeps_no_placeholder() -> None:
    assert [name for name, value in written(None).items() if PLACEHOLDER.fullmatch(value)] == []


@pytest.mark.parametrize(
    "value", ["shop-00000", "https://shop-00000.cn-hangzhou.ots.aliyuncs.com", "x1000000000000001"]
)
def test_a_value_that_only_looks_like_a_placeholder_is_an_answer(value: str) -> None:
    assert PLACEHOLDER.fullmatch(value) is None


@given(st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_no_account_gets_a_placeholder_for_its_instance(account: str) -> None:
    name = default_name("rag-on-dingtalk", account, "cn-hangzhou")

    assert (PLACEHOLDER.fullmatch(name) is None) == (not name.endswith("-00000"))
