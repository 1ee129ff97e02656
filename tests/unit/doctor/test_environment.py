"""On an engineer's machine the region has another name than in the functions."""

from __future__ import annotations

import pytest

from rag_on_dingtalk.cloud.fc_invoke import invoke_endpoint
from rag_on_dingtalk.doctor.examination import as_in_the_functions


@pytest.mark.parametrize(
    ("given", "region", "account"),
    [
        ({"DEPLOY_REGION": "cn-beijing", "DEPLOY_ACCOUNT_ID": "1"}, "cn-beijing", "1"),
        # What the platform or the terminal says by the functions' own names wins.
        (
            {"DEPLOY_REGION": "cn-beijing", "FC_REGION": "cn-hangzhou", "FC_ACCOUNT_ID": "2"},
            "cn-hangzhou",
            "2",
        ),
        ({}, None, None),
        ({"DEPLOY_REGION": "", "DEPLOY_ACCOUNT_ID": ""}, None, None),
    ],
)
def test_the_functions_names_are_filled_from_the_engineers(
    given: dict[str, str], region: str | None, account: str | None
) -> None:
    seen = as_in_the_functions(given)

    assert (seen.get("FC_REGION"), seen.get("FC_ACCOUNT_ID")) == (region, account)


def test_the_account_and_the_region_of_env_name_the_functions_host() -> None:
    environ = as_in_the_functions({"DEPLOY_REGION": "cn-beijing", "DEPLOY_ACCOUNT_ID": "1000000000000001"})

    assert invoke_endpoint(environ) == "https://1000000000000001.cn-beijing.fc.aliyuncs.com"
