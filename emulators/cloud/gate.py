"""What every call passes before it does anything: outages, its signature, what the access key may do.

Refused as the real gates do: ACS3 for RAM, STS and Tablestore's instances (with its nonces, which are good
once), SLS4 for Log Service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.cloud.faults import AWAY, INSTANCE_DENIED, LOG_DENIED, RAM_DENIED, THROTTLED
from emulators.cloud.refusals import RefusalError
from emulators.cloud.sls4 import verify as verify_sls4
from emulators.function_compute.http.acs3 import SignatureRefusedError, received
from emulators.function_compute.http.acs3 import verify as verify_acs3

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from emulators.faults import FaultBoard


class Gate:
    """The gates of all services of one region.

    secrets: access key id → secret. clock: seconds since the epoch.
    """

    def __init__(
        self, *, region: str, secrets: Mapping[str, str], faults: FaultBoard, clock: Callable[[], float]
    ) -> None:
        self._region = region
        self._secrets = secrets
        self._faults = faults
        self._clock = clock
        self._nonces: set[str] = set()

    def check_api(self, request: Request, body: bytes, service: str) -> None:
        """Raises RefusalError for a call to RAM, STS or Tablestore that may not be carried out."""
        if self._faults.strikes(AWAY):
            raise RefusalError(
                503, "ServiceUnavailable", "The request has failed due to a temporary failure."
            )
        if self._faults.strikes(THROTTLED):
            raise RefusalError(400, "Throttling.User", "Request was denied due to user flow control.")
        try:
            verify_acs3(received(request, body), self._secrets, now=self._clock())
        except SignatureRefusedError as error:
            raise _gate_refusal(str(error)) from error
        nonce = request.headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            raise RefusalError(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces.add(nonce)
        denied = {"ram": RAM_DENIED, "tablestore": INSTANCE_DENIED}.get(service)
        if denied is not None and self._faults.strikes(denied):
            code = "NoPermission" if service == "ram" else "Forbidden"
            raise RefusalError(
                403, code, "You are not authorized to do this action. You should be authorized by RAM."
            )

    def check_log(self, request: Request, body: bytes) -> None:
        """Raises RefusalError for a call to Log Service that may not be carried out."""
        if self._faults.strikes(AWAY):
            raise RefusalError(503, "ServerBusy", "The server is busy, please try again later.")
        verify_sls4(
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            headers=dict(request.headers),
            body=body,
            secrets=self._secrets,
            region=self._region,
            now=self._clock(),
        )
        if self._faults.strikes(LOG_DENIED):
            raise RefusalError(401, "Unauthorized", "denied by sts or ram")
        if body and request.headers.get("content-type") != "application/json":
            raise RefusalError(400, "InvalidContentType", "Content-Type is unsupported.")


def _gate_refusal(why: str) -> RefusalError:
    if "unknown here" in why:
        return RefusalError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    if "clock" in why or "x-acs-date" in why:
        return RefusalError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
    if "Authorization" in why:
        return RefusalError(400, "MissingAuthorization", "The request is not signed.")
    return RefusalError(400, "SignatureDoesNotMatch", why)
