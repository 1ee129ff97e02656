"""The calls of `setup` and those of Alibaba Cloud's own client, against the emulator."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.doctor.web import Web
from rag_on_dingtalk.errors import CloudError
from rag_on_dingtalk.setup.cloud.calls import Cloud
from rag_on_dingtalk.setup.cloud.endpoints import Endpoints
from tests.contract.cloud.conftest import ACCOUNT, REGION

if TYPE_CHECKING:
    from emulators.cloud import CloudSide

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ots:GetRow", "Resource": "*"}]}
)


def client(side: CloudSide, web: Web, key: tuple[str, str] = ("AKID", "SECRET")) -> Cloud:
    endpoints = Endpoints.of(REGION, side.environ)
    return Cloud(web, endpoints=endpoints, region=REGION, credentials=Credentials(*key))


def official(side: CloudSide, action: str, version: str, **parts: Any) -> dict[str, Any]:
    """What the official client gets; raises its exception."""
    config = Config(
        access_key_id="AKID",
        access_key_secret="SECRET",
        endpoint=side.environ["RAM_ENDPOINT"].removeprefix("http://"),
        protocol="HTTP",
    )
    style = parts.pop("style", "RPC")
    params = Params(
        action=action,
        version=version,
        protocol="HTTP",
        pathname=parts.pop("pathname", "/"),
        method=parts.pop("method", "POST"),
        auth_type="AK",
        style=style,
        req_body_type="formData" if style == "RPC" else "json",
        body_type="json",
    )
    answer = Client(config).call_api(params, OpenApiRequest(**parts), RuntimeOptions(autoretry=False))
    return dict(answer["body"])


async def test_the_official_client_gets_on_with_the_emulator(cloud_side: CloudSide) -> None:
    ask = asyncio.to_thread
    made = await ask(
        official,
        cloud_side,
        "CreateRole",
        "2015-05-01",
        query={"RoleName": "r", "AssumeRolePolicyDocument": TRUST},
    )
    who = await ask(official, cloud_side, "GetCallerIdentity", "2015-04-01")
    await ask(
        official,
        cloud_side,
        "CreateInstance",
        "2020-12-09",
        style="ROA",
        pathname="/v2/openapi/createinstance",
        body={"InstanceName": "rag-1", "ClusterType": "SSD"},
    )
    found = await ask(
        official,
        cloud_side,
        "GetInstance",
        "2020-12-09",
        style="ROA",
        method="GET",
        pathname="/v2/openapi/getinstance",
        query={"InstanceName": "rag-1"},
    )
    with pytest.raises(AlibabaCloudException) as again:
        await ask(
            official,
            cloud_side,
            "CreateRole",
            "2015-05-01",
            query={"RoleName": "r", "AssumeRolePolicyDocument": TRUST},
        )

    assert made["Role"]["Arn"] == f"acs:ram::{ACCOUNT}:role/r"
    assert who["AccountId"] == ACCOUNT
    assert found["InstanceStatus"] == "normal"
    assert again.value.code == "EntityAlreadyExists.Role"


async def test_the_address_of_an_instance_is_its_own_before_it_is_made(cloud_side: CloudSide) -> None:
    address = ("127.0.0.1", int(cloud_side.environ["TABLESTORE_ENDPOINT"].rpartition(":")[2]))
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(address)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)

    async with Web(trust_env=False) as web:
        await client(cloud_side, web).create_instance(InstanceName="rag-1", ClusterType="SSD")

    socket.create_connection(address).close()


async def test_our_calls_have_the_same_answers(cloud_side: CloudSide) -> None:
    async with Web(trust_env=False) as web:
        cloud = client(cloud_side, web)
        await cloud.ram("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
        await cloud.ram("CreatePolicy", PolicyName="p", PolicyDocument=POLICY)
        await cloud.ram("AttachPolicyToRole", PolicyName="p", PolicyType="Custom", RoleName="r")
        listed = await cloud.ram("ListPoliciesForRole", RoleName="r")
        await cloud.create_instance(InstanceName="rag-1", ClusterType="SSD")
        instance = await cloud.get_instance("rag-1")
        body = {"projectName": "p-1", "description": "x"}
        await cloud.log("CreateProject", "POST", "/", body=body)
        project = await cloud.log("GetProject", "GET", "/", project="p-1")
        account = await cloud.account()

    assert listed["Policies"]["Policy"] == [{"PolicyName": "p", "PolicyType": "Custom"}]
    assert instance["InstanceStatus"] == "normal"
    assert project["projectName"] == "p-1"
    assert account == ACCOUNT


LOG = "log"


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        ([("GetRole", {"RoleName": "missing"})], "EntityNotExist.Role"),
        (
            [("CreateRole", {"RoleName": "a_b", "AssumeRolePolicyDocument": TRUST})],
            "InvalidParameter.RoleName",
        ),
        ([("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"})], "MalformedPolicyDocument"),
        (
            [("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST})] * 2,
            "EntityAlreadyExists.Role",
        ),
        ([("CreatePolicy", {"PolicyName": "p", "PolicyDocument": TRUST})], "MalformedPolicyDocument"),
        ([("CreatePolicy", {"PolicyName": "p/q", "PolicyDocument": POLICY})], "InvalidParameter.PolicyName"),
        ([("CreatePolicy", {"PolicyName": "p", "PolicyDocument": POLICY})] * 2, "EntityAlreadyExists.Policy"),
        (
            [("CreatePolicy", {"PolicyName": "p", "PolicyDocument": POLICY})]
            + [("CreatePolicyVersion", {"PolicyName": "p", "PolicyDocument": POLICY})] * 5,
            "LimitExceeded.Policy.Version",
        ),
        (
            [
                ("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}),
                ("AttachPolicyToRole", {"RoleName": "r", "PolicyName": "p", "PolicyType": "Custom"}),
            ],
            "EntityNotExist.Policy",
        ),
        ([("DeleteEverything", {})], "InvalidAction.NotFound"),
    ],
)
async def test_ram_refuses_with_its_own_codes(
    cloud_side: CloudSide, calls: list[tuple[str, dict[str, str]]], code: str
) -> None:
    async with Web(trust_env=False) as web:
        cloud = client(cloud_side, web)
        for action, given in calls[:-1]:
            await cloud.ram(action, **given)
        with pytest.raises(CloudError) as refused:
            await cloud.ram(calls[-1][0], **calls[-1][1])

    assert refused.value.code.startswith(code)


@pytest.mark.parametrize(
    "name",
    ["ab", "1ab", "ab-", "seventeen-letters", "my_name", "my-Bots", "play", "taobao1", "Admin-1", "coralie"],
)
async def test_an_instance_that_the_service_would_refuse_is_refused(cloud_side: CloudSide, name: str) -> None:
    async with Web(trust_env=False) as web:
        with pytest.raises(CloudError):
            await client(cloud_side, web).create_instance(InstanceName=name, ClusterType="SSD")
        with pytest.raises(CloudError) as missing:
            await client(cloud_side, web).get_instance(name)

    assert (missing.value.status, missing.value.code) == (404, "NotFound")


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        ([("GET", "/", "none", None)], "ProjectNotExist"),
        ([("POST", "/", "", {"projectName": "A", "description": ""})], "ParameterInvalid"),
        ([("POST", "/", "", {"projectName": "taken-name", "description": ""})], "ProjectAlreadyExist"),
        ([("GET", "/logstores/functions", "p-1", None)], "LogStoreNotExist"),
        ([("POST", "/logstores", "p-1", {"logstoreName": "functions", "ttl": 180})], "ParameterInvalid"),
        (
            [("POST", "/logstores", "p-1", {"logstoreName": "a", "ttl": 1, "shardCount": 1})],
            "ParameterInvalid",
        ),
        (
            [("POST", "/logstores", "p-1", {"logstoreName": "ab", "ttl": 1, "shardCount": 1})] * 2,
            "LogStoreAlreadyExist",
        ),
        (
            [
                ("POST", "/logstores", "p-1", {"logstoreName": "ab", "ttl": 1, "shardCount": 1}),
                ("GET", "/logstores/ab/index", "p-1", None),
            ],
            "IndexConfigNotExist",
        ),
        (
            [
                ("POST", "/logstores", "p-1", {"logstoreName": "ab", "ttl": 1, "shardCount": 1}),
                ("POST", "/logstores/ab/index", "p-1", {"line": {"token": []}}),
            ],
            "IndexInfoInvalid",
        ),
    ],
)
async def test_log_service_refuses_with_its_own_codes(
    cloud_side: CloudSide, calls: list[tuple[str, str, str, dict[str, Any] | None]], code: str
) -> None:
    async with Web(trust_env=False) as web:
        cloud = client(cloud_side, web)
        await cloud.log("CreateProject", "POST", "/", body={"projectName": "p-1", "description": "x"})
        for method, path, project, body in calls[:-1]:
            await cloud.log("a call", method, path, project=project, body=body)
        method, path, project, body = calls[-1]
        with pytest.raises(CloudError) as refused:
            await cloud.log("a call", method, path, project=project, body=body)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("key_id", "secret", "hours", "ram", "log", "advice"),
    [
        ("UNKNOWN", "SECRET", 0, "InvalidAccessKeyId.NotFound", "Unauthorized", "access key"),
        ("AKID", "WRONG", 0, "SignatureDoesNotMatch", "SignatureNotMatch", "ACCESS_KEY_SECRET"),
        ("AKID", "SECRET", 2, "InvalidTimeStamp.Expired", "RequestTimeExpired", "clock"),
    ],
)
async def test_a_wrong_key_and_a_wrong_clock_are_told_apart(
    cloud_side: CloudSide, key_id: str, secret: str, hours: int, ram: str, log: str, advice: str
) -> None:
    async with Web(lambda: time.time() - hours * 3_600, trust_env=False) as web:
        cloud = client(cloud_side, web, (key_id, secret))
        with pytest.raises(CloudError) as by_ram:
            await cloud.account()
        with pytest.raises(CloudError) as by_log:
            await cloud.log("GetProject", "GET", "/", project="p-1")

    assert (by_ram.value.code, by_log.value.code) == (ram, log)
    assert advice in str(by_log.value)
    assert secret not in str(by_ram.value) + str(by_log.value)


async def test_a_request_that_is_sent_twice_is_refused(cloud_side: CloudSide) -> None:
    sent: list[tuple[str, dict[str, str]]] = []

    class Recording(Web):
        async def request(self, method: str, url: Any, **options: Any) -> Any:
            sent.append((str(url), dict(options["headers"])))
            return await super().request(method, url, **options)

    async with Recording(trust_env=False) as web:
        await client(cloud_side, web).account()
        url, headers = sent[0]
        again = await web.post(url, headers=headers)

    assert (again.status_code, again.json()["Code"]) == (400, "SignatureNonceUsed")


async def test_what_is_not_there_is_unreachable() -> None:
    endpoints = Endpoints.of(REGION, dict.fromkeys(("RAM_ENDPOINT", "SLS_ENDPOINT"), "http://127.0.0.1:1"))
    async with Web(trust_env=False) as web:
        cloud = Cloud(web, endpoints=endpoints, region=REGION, credentials=Credentials("AKID", "SECRET"))
        for call in (cloud.ram("GetRole", RoleName="r"), cloud.log("GetProject", "GET", "/", project="p-1")):
            with pytest.raises(CloudError) as refused:
                await call
            assert (refused.value.code, refused.value.status) == ("unreachable", 0)
