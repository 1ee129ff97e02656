"""The service behind `kms.<region>.aliyuncs.com`, as far as one operation goes.

Source: Key Management Service, "GetSecretValue" (developer-reference/api-kms-2016-01-20-getsecretvalue).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING

from emulators.cloud.rpc_service import Outages, RefusedCallError, RpcService
from emulators.kms.faults import AWAY, BUSY, SLOW, SLOW_BY_DEFAULT, THROTTLE, declare

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from emulators.faults import FaultBoard

_OPERATION = ("GetSecretValue", "2016-01-20")
#: When every version here was made.
_CREATED = "2026-01-01T00:00:00Z"


class KmsEmulator(RpcService):
    """Gives text secrets to those who sign their requests.

    secrets: name → secret.
    credentials: AccessKey id → secret of those who may ask.
    clock: seconds since the epoch.
    sleep: how `kms.slow` waits.
    """

    def __init__(
        self,
        *,
        secrets: Mapping[str, str],
        credentials: Mapping[str, str],
        faults: FaultBoard,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        declare(faults)
        super().__init__(
            _OPERATION,
            Outages(AWAY, SLOW, SLOW_BY_DEFAULT),
            credentials=credentials,
            faults=faults,
            clock=clock,
            sleep=sleep,
        )
        self._secrets = secrets
        #: Names asked for, oldest first; never what was given.
        self.asked: list[str] = []

    def _respond(self, request: Request, body: bytes) -> tuple[int, dict[str, object]]:
        request_id = {"RequestId": str(uuid.uuid4())}
        try:
            return 200, {**self._answer(request, body), **request_id}
        except RefusedCallError as refused:
            told = {"HttpStatus": refused.status, "Code": refused.code, "Message": str(refused)}
            return refused.status, {**told, **request_id}

    def _answer(self, request: Request, body: bytes) -> dict[str, object]:
        if self._faults.strikes(BUSY):
            raise RefusedCallError(503, "ServiceUnavailableTemporary", "Service Unavailable Temporary")
        if self._faults.strikes(THROTTLE):
            raise RefusedCallError(429, "Rejected.Throttling", "QPS Limit Exceeded")
        self._admit(request, body)
        name = request.query_params.get("SecretName", "")
        if not name:
            raise RefusedCallError(400, "MissingParameter", "The parameter SecretName is needed.")
        self.asked.append(name)
        if name not in self._secrets:
            raise RefusedCallError(404, "Forbidden.ResourceNotFound", "Resource not found.")
        return {
            "SecretName": name,
            "SecretData": self._secrets[name],
            "SecretDataType": "text",
            "SecretType": "Generic",
            "VersionId": "v1",
            "VersionStages": {"VersionStage": ["ACSCurrent"]},
            "CreateTime": _CREATED,
        }
