"""What can go wrong on demand, and how the SDK sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import tablestore as ots
import urllib3

if TYPE_CHECKING:
    from emulators.faults import FaultBoard
    from emulators.tablestore import RequestRecord, TablestoreEmulator
    from emulators.tests.contract.tablestore.conftest import Client

#: A lost connection is no OTSError: each client lets its HTTP library's own exception through.
LOST = (urllib3.exceptions.HTTPError, aiohttp.ClientError)


async def test_every_fault_is_declared_with_a_sentence(
    emulator: TablestoreEmulator, faults: FaultBoard
) -> None:
    assert [kind.name for kind in faults.kinds] == [
        f"tablestore.{name}"
        for name in (
            "away",
            "busy",
            "conflict",
            "drop_after",
            "drop_before",
            "not_ready",
            "slow",
            "too_frequent",
        )
    ]
    assert all(kind.sentence.endswith(".") for kind in faults.kinds)


async def test_busy_is_an_error_the_sdk_retries(connecting: Any, faults: FaultBoard, refused: Any) -> None:
    impatient: Client = connecting("async-V4-pure")
    patient: Client = connecting("sync-V2-native", retry_policy=ots.NoDelayRetryPolicy())
    faults.switch_on("tablestore.busy", count=3)

    with refused(503, "OTSServerBusy"):
        await impatient.list_table()
    assert await patient.list_table() == ()
    assert faults.struck() == {"tablestore.busy": 3}


async def test_a_conflict_leaves_the_row_alone(client: Client, faults: FaultBoard, refused: Any) -> None:
    await client.create()
    faults.switch_on("tablestore.conflict", count=1)

    with refused(409, "OTSRowOperationConflict", "Data is being modified by the other request."):
        await client.put("a", c=1)

    assert await client.get("a") is None


async def test_a_write_dropped_before_never_happened(client: Client, faults: FaultBoard) -> None:
    await client.create()
    faults.switch_on("tablestore.drop_before", count=1)

    with pytest.raises(LOST):
        await client.put("a", c=1)

    assert await client.get("a") is None


async def test_a_write_dropped_after_did_happen(client: Client, faults: FaultBoard) -> None:
    await client.create()
    faults.switch_on("tablestore.drop_after", count=1)

    with pytest.raises(LOST):
        await client.put("a", c=1)

    assert await client.get("a") == {"c": 1}


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "conflict"])
async def test_faults_of_writing_spare_reads(client: Client, faults: FaultBoard, fault: str) -> None:
    faults.switch_on(f"tablestore.{fault}")

    await client.create()

    assert await client.get("a") is None
    assert await client.list_table() == ("t",)


async def test_an_answer_slower_than_the_client_waits_is_a_timeout(
    connecting: Any, faults: FaultBoard
) -> None:
    for variant, timeout in (
        ("sync-V2-native", urllib3.exceptions.ReadTimeoutError),
        ("async-V4-pure", aiohttp.SocketTimeoutError),
    ):
        client: Client = connecting(variant, socket_timeout=0.05)
        faults.switch_on("tablestore.slow", count=1, value="60")
        with pytest.raises(timeout):
            await client.list_table()
        assert await client.list_table() == ()


async def test_a_slowness_that_is_no_number_is_refused(
    client: Client, faults: FaultBoard, refused: Any
) -> None:
    faults.switch_on("tablestore.slow", count=1, value="very")

    with refused(
        400, "OTSParameterInvalid", "The fault tablestore.slow takes a number of seconds, not 'very'."
    ):
        await client.list_table()


async def test_a_service_that_is_away_closes_every_connection(client: Client, faults: FaultBoard) -> None:
    await client.list_table()
    faults.switch_on("tablestore.away")

    for _ in range(2):
        with pytest.raises(LOST):
            await client.list_table()

    faults.switch_off()
    assert await client.list_table() == ()


async def test_every_request_is_on_record(
    client: Client, faults: FaultBoard, requests: list[RequestRecord], refused: Any
) -> None:
    await client.create()
    await client.put("a", c=1)
    with refused(403, "OTSConditionCheckFail"):
        await client.put("a", when=ots.Condition("EXPECT_NOT_EXIST"), c=1)
    batch = ots.BatchGetRowRequest()
    for table in ("t", "u"):
        batch.add(ots.TableInBatchGetRowItem(table, [[("id", "a")]], max_version=1))
    await client.batch_get_row(batch)
    await client.list_table()
    faults.switch_on("tablestore.drop_before", count=1)
    with pytest.raises(LOST):
        await client.put("a", c=1)

    assert [(r.operation, r.table, r.status, r.error_code) for r in requests] == [
        ("CreateTable", "t", 200, ""),
        ("PutRow", "t", 200, ""),
        ("PutRow", "t", 403, "OTSConditionCheckFail"),
        ("BatchGetRow", "t,u", 200, ""),
        ("ListTable", "", 200, ""),
        ("PutRow", "t", None, ""),
    ]
    assert all(record.duration_ms > 0 for record in requests)


async def test_a_new_table_is_waited_for_by_the_sdk(
    connecting: Any, client: Client, faults: FaultBoard, refused: Any
) -> None:
    patient: Client = connecting("sync-V2-native", retry_policy=ots.NoDelayRetryPolicy())
    await client.create()
    faults.switch_on("tablestore.not_ready", count=3)

    with refused(404, "OTSTableNotReady", "The table is not ready."):
        await client.put("a", c=1)
    await patient.put("a", c=2)
    assert await client.get("a") == {"c": 2}
    assert faults.struck() == {"tablestore.not_ready": 3}


async def test_tables_that_change_too_often_are_tried_again_by_the_sdk(
    connecting: Any, client: Client, faults: FaultBoard, refused: Any
) -> None:
    patient: Client = connecting("sync-V2-native", retry_policy=ots.NoDelayRetryPolicy())
    faults.switch_on("tablestore.too_frequent", count=2)

    with refused(403, "OTSQuotaExhausted", "Too frequent table operations."):
        await client.create()
    await patient.create()
    assert await client.list_table() == ("t",)
