"""The emulator on one side, the unmodified SDK in all its variants on the other."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# First: it imports the SDK with the warnings about its C++ codec silenced.
from emulators.tablestore import RequestRecord, TablestoreEmulator

# isort: split
import pytest
import tablestore as ots
from tablestore.auth import RequestContext, SignV4
from tablestore.credentials import Credentials
from tablestore.protobuf import table_store_pb2 as pb2

from emulators.faults import FaultBoard
from emulators.tablestore.auth import content_md5
from emulators.tablestore.context import Context
from emulators.tablestore.server import HttpRequest
from emulators.tablestore.service import Service
from emulators.tablestore.store.sqlite import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractContextManager

INSTANCE = "demo"
CREDENTIALS = {"local-id": "local-secret"}

# A failed condition is an ordinary outcome, which the SDK nevertheless logs as an error.
logging.getLogger("tablestore-client").setLevel(logging.CRITICAL)


@dataclass
class Clock:
    """The time the emulator's data lives in."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    @property
    def ms(self) -> int:
        return int(self.now * 1000)


class Client:
    """Either SDK client behind one asynchronous face, with short names for what most tests do.

    Every method of the SDK is there under its own name.
    """

    def __init__(self, sdk: Any) -> None:
        self.sdk = sdk
        self._stock_encoder = sdk.protocol.encoder.api_encode_map["UpdateRow"]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.sdk, name)
        if isinstance(self.sdk, ots.AsyncOTSClient):
            return method  # type: ignore[no-any-return]
        return functools.partial(asyncio.to_thread, method)

    async def close(self) -> None:
        if isinstance(self.sdk, ots.AsyncOTSClient):
            await self.sdk.close()
        else:
            self.sdk.connection.pool.clear()

    async def create(
        self, table: str = "t", key: tuple[tuple[Any, ...], ...] = (("id", "STRING"),), **options: Any
    ) -> None:
        await self.create_table(
            ots.TableMeta(table, list(key)),
            ots.TableOptions(**options),
            ots.ReservedThroughput(ots.CapacityUnit(0, 0)),
        )

    async def put(self, row_id: str, *, when: Any = None, **columns: Any) -> None:
        await self.put_row("t", ots.Row([("id", row_id)], list(columns.items())), when)

    async def update(self, row_id: str, *, when: Any = None, **changes: Any) -> None:
        await self.update_row("t", ots.Row([("id", row_id)], changes), when)

    async def delete(self, row_id: str, *, when: Any = None) -> None:
        await self.delete_row("t", [("id", row_id)], when)

    async def get(self, row_id: str, **options: Any) -> dict[str, Any] | None:
        """The newest value of every column."""
        _, row, _ = await self.get_row("t", [("id", row_id)], **options)
        return None if row is None else {name: value for name, value, _ in row.attribute_columns}

    async def get_cells(self, row_id: str, **options: Any) -> list[tuple[str, Any, int]]:
        """Every column with its versions."""
        _, row, _ = await self.get_row("t", [("id", row_id)], **options)
        return [] if row is None else list(row.attribute_columns)

    async def increment(
        self, row_id: str, column: str, by: int = 1, *, when: Any = None, returns: str | None = None
    ) -> Any:
        """Count, and hear the new value, which the SDK's public interface cannot ask for."""

        def encode(table: str, row: Any, condition: Any, return_type: Any, transaction: Any) -> Any:
            stock = self._stock_encoder(table, row, condition, return_type, transaction)
            message = pb2.UpdateRowRequest.FromString(stock.SerializeToString())
            message.return_content.return_type = pb2.RT_AFTER_MODIFY
            message.return_content.return_column_names.append(returns or column)
            return message

        self.sdk.protocol.encoder.api_encode_map["UpdateRow"] = encode
        row = ots.Row([("id", row_id)], {"increment": [(column, by)]})
        _, returned = await self.update_row("t", row, when)
        assert returned.primary_key == [("id", row_id)]
        ((name, value, _version),) = returned.attribute_columns
        assert name == column
        return value


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
def requests() -> list[RequestRecord]:
    """What the emulator says it was asked."""
    return []


@pytest.fixture
async def emulator(
    clock: Clock, faults: FaultBoard, requests: list[RequestRecord]
) -> AsyncIterator[TablestoreEmulator]:
    emulator = TablestoreEmulator(
        instance=INSTANCE, credentials=CREDENTIALS, faults=faults, clock=clock, on_request=requests.append
    )
    await emulator.start()
    yield emulator
    await emulator.stop()


def connect(url: str, variant: str, **options: Any) -> Client:
    """A client: sync or async, signing with V2 or V4, with the native or the pure codec."""
    face, signature, codec = variant.split("-")
    arguments = {
        "access_key_id": "local-id",
        "access_key_secret": CREDENTIALS["local-id"],
        "instance_name": INSTANCE,
        "region": "cn-hangzhou" if signature == "V4" else None,
        "enable_native": codec == "native",
        "native_fallback": False,
        "retry_policy": ots.NoRetryPolicy(),
        **options,
    }
    return Client((ots.AsyncOTSClient if face == "async" else ots.OTSClient)(url, **arguments))


@pytest.fixture
async def connecting(
    emulator: TablestoreEmulator,
) -> AsyncIterator[Callable[..., Client]]:
    """Builds clients with other settings than usual; closes them at the end."""
    clients: list[Client] = []

    def build(variant: str = "async-V4-native", url: str = "", **options: Any) -> Client:
        clients.append(connect(url or emulator.url, variant, **options))
        return clients[-1]

    yield build
    for client in clients:
        await client.close()


@pytest.fixture(params=["sync-V2-native", "async-V4-pure"])
def client(request: pytest.FixtureRequest, connecting: Callable[..., Client]) -> Client:
    """Two variants that differ in everything, for what is the service's business."""
    return connecting(request.param)


@pytest.fixture(
    params=[
        f"{face}-{signature}-{codec}"
        for face in ("sync", "async")
        for signature in ("V2", "V4")
        for codec in ("native", "pure")
    ]
)
def every_client(request: pytest.FixtureRequest, connecting: Callable[..., Client]) -> Client:
    """Every variant, for what is the wire's business."""
    return connecting(request.param)


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[None]]:
    """`with refused(404, "OTSObjectNotExist"):` expects just that from the service."""

    @contextmanager
    def expect(status: int, code: str, message: str | None = None) -> Iterator[None]:
        with pytest.raises(ots.OTSServiceError) as caught:
            yield
        assert (caught.value.http_status, caught.value.code) == (status, code)
        if message is not None:
            assert caught.value.message == message
        assert caught.value.request_id

    return expect


@dataclass(frozen=True)
class Answer:
    """What came back for a hand-made request: a body for success, a code and a message for failure."""

    status: int
    code: str = ""
    message: str = ""
    body: bytes = b""


class HandMade:
    """Requests no SDK would send, signed so that their content is looked at; no socket involved."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._signer = SignV4("utf8", region="cn-hangzhou")

    def __call__(self, operation: str, body: Any) -> Answer:
        data = body if isinstance(body, bytes) else body.SerializeToString()
        headers = {
            "x-ots-date": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "x-ots-apiversion": "2015-12-31",
            "x-ots-accesskeyid": "local-id",
            "x-ots-instancename": INSTANCE,
            "x-ots-contentmd5": content_md5(data),
        }
        context = RequestContext(Credentials("local-id", CREDENTIALS["local-id"]))
        self._signer.make_request_signature_and_add_headers(f"/{operation}", headers, context)
        request = HttpRequest("POST", f"/{operation}", headers, data, too_large=False)
        response = asyncio.run(self._service.respond(request))
        assert response is not None
        if response.status == 200:
            return Answer(200, body=response.body)
        error = pb2.Error.FromString(response.body)
        return Answer(response.status, error.code, error.message)


@pytest.fixture
def ask(clock: Clock, faults: FaultBoard) -> Iterator[HandMade]:
    """`ask("GetRow", message)` on an instance with one table `t`, keyed by a STRING `id`."""
    store = Store()
    context = Context(store, clock, conflicts=lambda: False)
    ask = HandMade(
        Service(context, instance=INSTANCE, credentials=CREDENTIALS, faults=faults, on_request=None)
    )
    table = pb2.CreateTableRequest()
    table.table_meta.table_name = "t"
    table.table_meta.primary_key.add(name="id", type=pb2.STRING)
    table.reserved_throughput.capacity_unit.SetInParent()
    assert ask("CreateTable", table).status == 200
    yield ask
    store.close()
