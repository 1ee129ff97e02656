"""What people sent, for the robot: a download code is exchanged for an address, which serves the bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import PlainTextResponse, Response

from emulators.dingtalk import faults as fault
from emulators.dingtalk.openapi.endpoint import GuardedEndpoint, JsonObject, check_robot, text
from emulators.dingtalk.openapi.errors import ApiError, refused
from emulators.dingtalk.organisation.people import SENDING_SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from emulators.dingtalk.organisation.people import RobotApp
    from emulators.dingtalk.tenant import Tenant

#: The lives of codes and addresses are not published; here a code lives on, and an address for this long.
ADDRESS_LIFE_S = 600

_PATH = "/robot-message-files/"
_ENDING = ".file"


class Downloads:
    """The call, and the files behind the addresses it gives.

    url: our own address, without a trailing slash.
    """

    def __init__(self, tenant: Tenant, url: Callable[[], str]) -> None:
        self._tenant = tenant
        self._url = url
        self._secret = tenant.new_id().encode()

    def endpoints(self) -> dict[str, GuardedEndpoint]:
        """Method and path → call."""
        exchange = GuardedEndpoint(self.exchange, SENDING_SCOPE, {fault.DOWNLOAD_GONE: _unknown_code()})
        return {"POST /v1.0/robot/messageFiles/download": exchange}

    def exchange(self, robot: RobotApp, body: JsonObject) -> JsonObject:
        """`POST /v1.0/robot/messageFiles/download`: an address for a code, as often as it is asked for."""
        check_robot(robot, body)
        code = text(body, "downloadCode")
        if not code:
            raise refused("invalidParameter.downloadCode.empty", "downloadCode is missing.")
        sent = self._tenant.media.sent(code)
        if sent is None or sent.robot is not robot:
            raise _unknown_code()
        path = f"{_PATH}{code}{_ENDING}"
        expires = str(int(self._tenant.clock()) + ADDRESS_LIFE_S)
        query = urlencode({"Expires": expires, "Signature": self._signature("GET", path, expires)})
        return {"downloadUrl": f"{self._url()}{path}?{query}"}

    def serves(self, path: str) -> bool:
        """Whether this is the path of a file."""
        return path.startswith(_PATH)

    def file(self, request: Request) -> Response:
        """The bytes, for every caller that has the address; it is no API call, so nothing counts it."""
        path, query = request.url.path, request.query_params
        expires = query.get("Expires", "")
        if query.get("Signature") != self._signature(request.method, path, expires):
            return PlainTextResponse("The signature does not fit this address.", 403)
        if self._tenant.clock() >= int(expires):
            return PlainTextResponse("This address has expired.", 403)
        sent = self._tenant.media.sent(path.removeprefix(_PATH).removesuffix(_ENDING))
        data = b"" if sent is None else sent.data
        return Response(data, media_type="application/octet-stream")

    def _signature(self, method: str, path: str, expires: str) -> str:
        signed = f"{method}\n{expires}\n{path}".encode()
        return base64.b64encode(hmac.new(self._secret, signed, hashlib.sha1).digest()).decode()


def _unknown_code() -> ApiError:
    """Expired, made up, or another robot's; the `code` DingTalk gives is not published."""
    return refused("invalidParameter.downloadCode.invalid", "downloadCode has expired or was never given.")
