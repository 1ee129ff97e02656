"""The services on loopback ports, each behind its own gate."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from emulators.cloud.faults import FAULTS
from emulators.cloud.gate import Gate
from emulators.cloud.instances import Instances
from emulators.cloud.projects import Projects
from emulators.cloud.ram import Ram
from emulators.cloud.refusals import RefusalError
from emulators.serving import LOOPBACK, LoopbackServer, hold_port
from emulators.tablestore import TablestoreEmulator

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from uvicorn._types import ASGIApplication

    from emulators.faults import FaultBoard

_VERSIONS = {"2015-05-01": "ram", "2015-04-01": "sts", "2020-12-09": "tablestore"}
_READING = ("Get", "List")


class CloudRequest(msgspec.Struct, frozen=True):
    """One call that was carried out or refused.

    writes: it would change something.
    """

    service: str
    action: str
    writes: bool
    status: int


class CloudSide:
    """One account in one region.

    secrets: access key id → secret. foreign: names of instances and projects that others have.
    making: looks at a new instance that find it not ready yet.
    """

    def __init__(
        self,
        *,
        account: str,
        region: str,
        secrets: Mapping[str, str],
        faults: FaultBoard,
        foreign: frozenset[str] = frozenset(),
        making: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        for name, sentence in FAULTS.items():
            faults.declare(name, sentence)
        self.account = account
        self.region = region
        self.ram = Ram(account)
        self.instances = Instances(region, foreign, making)
        self.logs = Projects(foreign)
        self.requests: list[CloudRequest] = []
        self._secrets = dict(secrets)
        self._faults = faults
        self._gate = Gate(region=region, secrets=self._secrets, faults=faults, clock=clock)
        self._api = LoopbackServer(_app(self._serve_api))
        self._log = LoopbackServer(_app(self._serve_log))
        self._rows: dict[str, TablestoreEmulator] = {}
        # The port of the instance that will be made: known now, listening when there is one.
        self._rows_port: socket.socket | None = None

    async def start(self) -> None:
        """Listen."""
        await self._api.start()
        await self._log.start()
        self._rows_port = hold_port()

    async def stop(self) -> None:
        """Close every port."""
        for emulator in self._rows.values():
            await emulator.stop()
        await self._log.stop()
        await self._api.stop()
        if self._rows_port is not None:
            self._rows_port.close()

    @property
    def environ(self) -> dict[str, str]:
        """What leads `setup` here instead of to the cloud."""
        return {
            "RAM_ENDPOINT": self._api.url,
            "STS_ENDPOINT": self._api.url,
            "TABLESTORE_CONTROL_ENDPOINT": self._api.url,
            "SLS_ENDPOINT": self._log.url,
            "TABLESTORE_ENDPOINT": f"http://{LOOPBACK}:{self._port_of_rows()}",
        }

    def rows(self, instance: str) -> TablestoreEmulator:
        """The rows of an instance that was made."""
        return self._rows[instance]

    def writes(self) -> list[CloudRequest]:
        """The calls that changed something, or tried to."""
        return [request for request in self.requests if request.writes]

    async def _serve_api(self, request: Request) -> Response:
        body = await request.body()
        action = request.headers.get("x-acs-action", "")
        service = _VERSIONS.get(request.headers.get("x-acs-version", ""), "")
        try:
            self._gate.check_api(request, body, service)
            answer = await self._carry_out(service, action, request, body)
        except RefusalError as refusal:
            answer = {"Code": refusal.code, "Message": refusal.message, "HostId": request.headers["host"]}
            return self._answer(service, action, refusal.status, answer)
        return self._answer(service, action, 200, answer)

    async def _carry_out(self, service: str, action: str, request: Request, body: bytes) -> dict[str, Any]:
        asked = dict(parse_qsl(request.url.query, keep_blank_values=True))
        called = (service, request.method, request.url.path)
        if called == ("ram", "POST", "/"):
            return self.ram.call(action, asked)
        if called == ("sts", "POST", "/") and action == "GetCallerIdentity":
            return {"AccountId": self.account, "IdentityType": "RAMUser"}
        if called == ("tablestore", "POST", "/v2/openapi/createinstance"):
            if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                raise RefusalError(400, "InvalidContentType", "The body must be JSON.")
            answer = self.instances.create(json.loads(body))
            await self._open(next(reversed(self.instances.instances)))
            return answer
        if called == ("tablestore", "GET", "/v2/openapi/getinstance"):
            return self.instances.get(asked.get("InstanceName", ""))
        raise RefusalError(
            404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."
        )

    async def _open(self, name: str) -> None:
        """The instance answers at its own address from now on; one at a time here."""
        if self._rows:
            return
        self._rows[name] = TablestoreEmulator(instance=name, credentials=self._secrets, faults=self._faults)
        await self._rows[name].start(self._port_of_rows())

    def _port_of_rows(self) -> int:
        assert self._rows_port is not None, "start() first"
        return int(self._rows_port.getsockname()[1])

    async def _serve_log(self, request: Request) -> Response:
        body = await request.body()
        project = request.headers["host"].partition(".")[0] if request.headers["host"].count(".") > 3 else ""
        action = f"{request.method} {request.url.path}"
        try:
            self._gate.check_log(request, body)
            answer = self.logs.call(request.method, project, request.url.path, _decoded(body))
        except RefusalError as refusal:
            answer = {"errorCode": refusal.code, "errorMessage": refusal.message}
            return self._answer("log", action, refusal.status, answer)
        # What makes something answers with nothing.
        return self._answer("log", action, 200, answer if request.method == "GET" else None)

    def _answer(self, service: str, action: str, status: int, answer: dict[str, Any] | None) -> Response:
        writes = not action.startswith((*_READING, "GET "))
        self.requests.append(CloudRequest(service, action, writes, status))
        if answer is None:
            return Response(status_code=status)
        if service != "log":
            answer = {"RequestId": str(uuid.uuid4()).upper(), **answer}
        return Response(json.dumps(answer), status_code=status, media_type="application/json")


def _app(endpoint: Callable[[Request], Any]) -> ASGIApplication:
    methods = ["GET", "POST", "PUT", "DELETE"]
    # Starlette and uvicorn each describe ASGI with types of their own.
    return cast("ASGIApplication", Starlette(routes=[Route("/{path:path}", endpoint, methods=methods)]))


def _decoded(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        decoded = json.loads(body)
    except ValueError as error:
        raise RefusalError(400, "PostBodyInvalid", "The request body is not valid JSON object.") from error
    if not isinstance(decoded, dict):
        raise RefusalError(400, "PostBodyInvalid", "The request body is not valid JSON object.")
    return decoded
