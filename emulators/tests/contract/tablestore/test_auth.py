"""Who is let in, and what an answer proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import tablestore as ots
from tablestore.protobuf import table_store_pb2 as pb2

if TYPE_CHECKING:
    from emulators.tablestore import TablestoreEmulator
    from emulators.tests.contract.tablestore.conftest import Client, Clock

VARIANTS = ["sync-V2-native", "async-V4-pure"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"access_key_id": "nobody"}, "The AccessKeyID does not exist."),
        ({"access_key_secret": "guessed"}, "Signature mismatch."),
        ({"instance_name": "other"}, "The instance is not found."),
    ],
)
async def test_strangers_are_turned_away(
    connecting: Any, refused: Any, variant: str, settings: dict[str, str], message: str
) -> None:
    client: Client = connecting(variant, **settings)

    with refused(403, "OTSAuthFailed", message):
        await client.list_table()


@pytest.mark.parametrize("variant", VARIANTS)
async def test_temporary_credentials_and_other_headers_are_signed_too(connecting: Any, variant: str) -> None:
    client: Client = connecting(variant, sts_token="token", extra_headers={"x-ots-trace": " spaced "})

    assert await client.list_table() == ()


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_path_before_the_operation_belongs_to_the_endpoint(
    emulator: TablestoreEmulator, connecting: Any, variant: str
) -> None:
    client: Client = connecting(variant, url=f"{emulator.url}/some/prefix")

    assert await client.list_table() == ()


async def test_answers_carry_the_real_time_whatever_the_data_lives_in(client: Client, clock: Clock) -> None:
    clock.now = 0.0

    await client.create(max_time_deviation=86400)

    assert (await client.describe_table("t")).reserved_throughput_details.last_increase_time == 0


async def test_a_refusal_is_signed_like_an_answer(client: Client, refused: Any) -> None:
    # The SDK verifies a 404 and a failed condition; a bad signature would become an OTSClientError.
    with refused(404, "OTSObjectNotExist"):
        await client.describe_table("t")


class Tampering:
    """Changes what the SDK is about to send, after it was signed."""

    def __init__(self, client: Client, **headers: str | None) -> None:
        self._make_request = client.sdk.protocol.make_request
        self._headers = headers
        client.sdk.protocol.make_request = self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        query, headers, body = self._make_request(*args, **kwargs)
        for name, value in self._headers.items():
            header = f"x-ots-{name}"
            if value is None:
                del headers[header]
            else:
                headers[header] = value
        return query, headers, body


@pytest.mark.parametrize(
    ("tampered", "status", "code", "message"),
    [
        (
            {"date": "2020-01-01T00:00:00.000Z"},
            403,
            "OTSAuthFailed",
            "Mismatch between system time and x-ots-date: 2020-01-01T00:00:00.000Z.",
        ),
        (
            {"contentmd5": "AAAA"},
            403,
            "OTSAuthFailed",
            "Mismatch between MD5 value of request body and x-ots-contentmd5 in header.",
        ),
        ({"apiversion": "2099-01-01"}, 403, "OTSAuthFailed", "Signature mismatch."),
        ({"date": "yesterday"}, 400, "OTSParameterInvalid", "Invalid date format: yesterday."),
        ({"date": None}, 400, "OTSParameterInvalid", "Missing header: x-ots-date."),
        ({"contentmd5": None}, 400, "OTSParameterInvalid", "Missing header: x-ots-contentmd5."),
        ({"signaturev4": None}, 400, "OTSParameterInvalid", "Missing header: x-ots-signature."),
    ],
)
async def test_a_request_changed_on_its_way_is_refused(
    connecting: Any, refused: Any, tampered: dict[str, str | None], status: int, code: str, message: str
) -> None:
    client: Client = connecting("async-V4-pure")
    Tampering(client, **tampered)

    with refused(status, code, message):
        await client.list_table()


async def test_every_answer_has_the_headers_the_service_sends(emulator: TablestoreEmulator) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{emulator.url}/ListTable")

    assert answer.status_code == 400
    assert pb2.Error.FromString(answer.content).code == "OTSParameterInvalid"
    assert answer.headers["x-ots-contenttype"] == "protocol buffer"
    assert len(answer.headers["x-ots-requestid"]) == 36
    assert answer.headers["x-ots-date"].endswith("Z")
    assert answer.headers["x-ots-contentmd5"]
    # No caller was authenticated, so there is no key to sign with.
    assert "authorization" not in answer.headers


async def test_only_post_is_served(emulator: TablestoreEmulator) -> None:
    async with httpx.AsyncClient() as http:
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            answer = await http.request(method, f"{emulator.url}/ListTable")
            assert answer.status_code == 405


async def test_a_client_is_served_over_one_kept_alive_connection(connecting: Any) -> None:
    client: Client = connecting("sync-V2-native")
    for _ in range(5):
        await client.list_table()

    (pool,) = [client.sdk.connection.pool.pools[key] for key in client.sdk.connection.pool.pools.keys()]  # noqa: SIM118 - urllib3's container cannot be iterated.
    assert pool.num_connections == 1
    assert isinstance(client.sdk, ots.OTSClient)


async def test_a_client_that_wants_no_connection_kept_gets_none(emulator: TablestoreEmulator) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{emulator.url}/ListTable", headers={"Connection": "close"})

    assert answer.headers["connection"] == "close"
