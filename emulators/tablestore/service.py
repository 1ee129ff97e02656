"""One HTTP exchange: who asks, which faults strike, what the operation says, how it is answered."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.tablestore import errors
from emulators.tablestore.auth import Identity, authenticate, response_headers
from emulators.tablestore.operations.by_name import (
    ROW_OPERATIONS,
    ROW_WRITES,
    TABLE_CHANGES,
    carry_out,
    named_tables,
    read_request,
)
from emulators.tablestore.server import HttpRequest, HttpResponse
from emulators.tablestore.wire.protobuf import pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.faults import FaultBoard
    from emulators.tablestore.context import Context

_log = logging.getLogger(__name__)

AWAY = "tablestore.away"
BUSY = "tablestore.busy"
CONFLICT = "tablestore.conflict"
DROP_AFTER = "tablestore.drop_after"
DROP_BEFORE = "tablestore.drop_before"
NOT_READY = "tablestore.not_ready"
SLOW = "tablestore.slow"
TOO_FREQUENT = "tablestore.too_frequent"

FAULTS = {
    AWAY: "Tablestore closes every connection without reading a request.",
    BUSY: "Tablestore answers 503 OTSServerBusy.",
    CONFLICT: "A row write, in a batch each single one, is refused with OTSRowOperationConflict.",
    DROP_AFTER: "Tablestore carries out a row write, then closes the connection without an answer.",
    DROP_BEFORE: "Tablestore closes the connection instead of carrying out a row write.",
    NOT_READY: "A table is said not to be ready yet, as a new one is for up to a minute.",
    SLOW: "Tablestore waits before it carries out an operation; value: seconds.",
    TOO_FREQUENT: "Creating, changing or deleting a table is refused as too frequent.",
}


@dataclass(frozen=True)
class RequestRecord:
    """One request Tablestore has read, for those who count them.

    operation: `PutRow` and the like, as the URL says.
    table: the table named; the tables of a batch joined by commas; empty if there is none.
    status: of the HTTP answer; None when the connection was closed instead.
    error_code: `OTSConditionCheckFail` and the like; empty for success.
    duration_ms: from the last byte read to the first byte written.
    """

    operation: str
    table: str
    status: int | None
    error_code: str
    duration_ms: float


class _Dropped(Exception):  # noqa: N818 - not an error: the fault that was asked for.
    """Raised to close the connection without an answer."""


@dataclass
class _Call:
    """What becomes known of a request while it is handled."""

    operation: str
    identity: Identity | None = None
    table: str = ""
    error_code: str = ""
    drops: bool = False


class Service:
    """The instance behind the wire."""

    def __init__(
        self,
        context: Context,
        *,
        instance: str,
        credentials: Mapping[str, str],
        faults: FaultBoard,
        on_request: Callable[[RequestRecord], None] | None,
    ) -> None:
        self._context = context
        self._instance = instance
        self._credentials = credentials
        self._faults = faults
        self._on_request = on_request

    async def respond(self, request: HttpRequest) -> HttpResponse | None:
        """Answer one request; None means the connection is to be closed without an answer."""
        if self._faults.strikes(AWAY):
            return None
        started = time.perf_counter()
        # A path in front of the operation is part of the endpoint and not of the protocol.
        call = _Call(request.path.rpartition("/")[2])
        response = await self._answer(call, request)
        if self._on_request is not None:
            self._on_request(
                RequestRecord(
                    operation=call.operation,
                    table=call.table,
                    status=None if response is None else response.status,
                    error_code=call.error_code,
                    duration_ms=(time.perf_counter() - started) * 1000,
                )
            )
        return response

    async def _answer(self, call: _Call, request: HttpRequest) -> HttpResponse | None:
        try:
            status, body = 200, await self._carry_out(call, request)
        except _Dropped:
            return None
        except errors.ServiceError as error:
            status, body = self._refusal(call, error)
        except Exception:  # noqa: BLE001 - a defect must fail one request, not the connection.
            _log.exception("The Tablestore emulator failed at %s; this is a defect.", call.operation)
            status, body = self._refusal(call, errors.internal_error())
        if call.drops:
            return None
        headers = response_headers(call.operation, body, call.identity, str(uuid.uuid4()))
        return HttpResponse(status, headers, body)

    def _refusal(self, call: _Call, error: errors.ServiceError) -> tuple[int, bytes]:
        call.error_code = error.code
        message = pb2.Error(code=error.code, message=error.message)
        return error.status, message.SerializeToString()

    async def _carry_out(self, call: _Call, request: HttpRequest) -> bytes:
        if request.method != "POST":
            raise errors.not_post()
        if request.too_large:
            raise errors.body_too_large()
        call.identity = authenticate(
            call.operation,
            request.headers,
            request.body,
            instance=self._instance,
            credentials=self._credentials,
        )
        message = read_request(call.operation, request.body)
        call.table = named_tables(message)
        await self._delay()
        if self._faults.strikes(BUSY):
            raise errors.server_busy()
        if call.operation in ROW_OPERATIONS and self._faults.strikes(NOT_READY):
            raise errors.not_ready()
        if call.operation in TABLE_CHANGES and self._faults.strikes(TOO_FREQUENT):
            raise errors.too_frequent()
        if call.operation in ROW_WRITES:
            if self._faults.strikes(DROP_BEFORE):
                raise _Dropped
            call.drops = self._faults.strikes(DROP_AFTER)
        return carry_out(self._context, call.operation, message)

    async def _delay(self) -> None:
        value = self._faults.take(SLOW)
        if value is None:
            return
        try:
            seconds = float(value)
        except ValueError as error:
            raise errors.invalid(f"The fault {SLOW} takes a number of seconds, not {value!r}.") from error
        await asyncio.sleep(seconds)
