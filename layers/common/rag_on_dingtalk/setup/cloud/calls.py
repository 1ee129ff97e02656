"""Calls to Alibaba Cloud: RAM, STS, Tablestore's instances and Log Service, over httpx and without an SDK."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from rag_on_dingtalk.cloud import acs3
from rag_on_dingtalk.errors import CloudError
from rag_on_dingtalk.setup.cloud import log_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.cloud.acs3 import Credentials
    from rag_on_dingtalk.doctor.web import Web
    from rag_on_dingtalk.setup.cloud.endpoints import Endpoints

_RAM = "2015-05-01"
_STS = "2015-04-01"
_TABLESTORE = "2020-12-09"
_OK = 200
_FORBIDDEN = 403
_SHOWN = 300

_RIGHTS = (
    "Give the access key's owner the policy in infra/policies/deployer-setup.json, and for deploying "
    "infra/policies/deployer-serverless-devs.json."
)

#: Code, or what it begins with → what to do. Sources: the products' pages of error codes.
_ADVICE = (
    ("InvalidAccessKeyId", "Check ALIBABA_CLOUD_ACCESS_KEY_ID: the key does not exist, or is disabled."),
    ("SignatureDoesNotMatch", "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET."),
    ("SignatureNotMatch", "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET."),
    ("IncompleteSignature", "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET."),
    ("InvalidSecurityToken", "The token of a temporary key has ended. Get a new one."),
    ("Unauthorized", "Check the access key, and that its owner may use Log Service."),
    ("NoPermission", _RIGHTS),
    ("Forbidden", _RIGHTS),
    ("InvalidTimeStamp", "This machine's clock is wrong. Switch on time synchronisation."),
    ("IllegalTimestamp", "This machine's clock is wrong. Switch on time synchronisation."),
    ("RequestTimeExpired", "This machine's clock is wrong. Switch on time synchronisation."),
    ("Throttling", "Run setup again in a minute; it goes on where it stopped."),
    ("unreachable", "Check the network and the region, then run setup again; it goes on where it stopped."),
)


class _Refusal(msgspec.Struct, frozen=True):
    """Both shapes of an error: the OpenAPI's, and Log Service's."""

    code: str = msgspec.field(name="Code", default="")
    message: str = msgspec.field(name="Message", default="")
    error_code: str = msgspec.field(name="errorCode", default="")
    error_message: str = msgspec.field(name="errorMessage", default="")


class Cloud:
    """One account's APIs in one region.

    region: of Log Service's signature.
    """

    def __init__(self, web: Web, *, endpoints: Endpoints, region: str, credentials: Credentials) -> None:
        self._web = web
        self._endpoints = endpoints
        self._region = region
        self._credentials = credentials

    async def ram(self, action: str, **parameters: str) -> dict[str, Any]:
        """A call to RAM.

        Raises:
            CloudError: it refused, or did not answer.
        """
        return await self._open_api(self._endpoints.ram, action, _RAM, query=parameters)

    async def account(self) -> str:
        """The number of the account whose key this is.

        Raises:
            CloudError: as for `ram`.
        """
        return str((await self._open_api(self._endpoints.sts, "GetCallerIdentity", _STS))["AccountId"])

    async def create_instance(self, **body: object) -> None:
        """Make a Tablestore instance; fields as in the API.

        Raises:
            CloudError: as for `ram`.
        """
        await self._open_api(
            self._endpoints.tablestore,
            "CreateInstance",
            _TABLESTORE,
            path="/v2/openapi/createinstance",
            body=msgspec.json.encode(body),
        )

    async def get_instance(self, name: str) -> dict[str, Any]:
        """Look a Tablestore instance up.

        Raises:
            CloudError: as for `ram`; `status` 404 or a `code` of NotFound: there is none.
        """
        return await self._open_api(
            self._endpoints.tablestore,
            "GetInstance",
            _TABLESTORE,
            method="GET",
            path="/v2/openapi/getinstance",
            query={"InstanceName": name},
        )

    async def log(
        self, action: str, method: str, path: str, *, project: str = "", body: object = None
    ) -> dict[str, Any]:
        """A call to Log Service; action only names it in errors.

        Raises:
            CloudError: as for `ram`.
        """
        scheme, _, host = self._endpoints.log.partition("://")
        named = f"{project}.{host}" if project else host
        content = b"" if body is None else msgspec.json.encode(body)
        headers = log_signature.signed_headers(
            method=method,
            host=named,
            path=path,
            query={},
            body=content,
            region=self._region,
            credentials=self._credentials,
            now=self._web.clock(),
        )
        # The certificate is the project's. A plain address is an emulator's, and no name leads to it.
        base = f"{scheme}://{named}" if scheme == "https" else self._endpoints.log
        return await self._send(action, method, f"{base}{path}", headers, content)

    async def _open_api(
        self,
        endpoint: str,
        action: str,
        version: str,
        *,
        method: str = "POST",
        path: str = "/",
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> dict[str, Any]:
        asked = dict(query or {})
        headers = acs3.signed_headers(
            method=method,
            host=urlsplit(endpoint).netloc,
            path=path,
            query=asked,
            action=action,
            version=version,
            headers={"content-type": "application/json"} if body else {},
            body=body,
            credentials=self._credentials,
            now=self._web.clock(),
            nonce=os.urandom(16).hex(),
        )
        parameters = "&".join(f"{name}={quote(value, safe='~')}" for name, value in sorted(asked.items()))
        url = f"{endpoint}{path}{f'?{parameters}' if parameters else ''}"
        return await self._send(action, method, url, headers, body)

    async def _send(
        self, action: str, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        try:
            response = await self._web.request(method, url, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CloudError(
                action, "unreachable", f"{type(error).__name__}: {error}", advice=_advice("unreachable")
            ) from error
        if response.status_code == _OK:
            return _document(action, response)
        try:
            told = msgspec.json.decode(response.content, type=_Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError):
            told = _Refusal()
        code = told.code or told.error_code or f"HTTP {response.status_code}"
        message = (told.message or told.error_message or "no reason was given")[:_SHOWN]
        advice = _advice(code) or (_advice("Forbidden") if response.status_code == _FORBIDDEN else "")
        raise CloudError(action, code, message, status=response.status_code, advice=advice)


def _document(action: str, response: httpx.Response) -> dict[str, Any]:
    if not response.content:
        return {}
    try:
        return msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CloudError(
            action,
            "HTTP 200",
            "the answer is not JSON",
            status=_OK,
            advice="Something else than Alibaba Cloud answers: check the proxy and the …_ENDPOINT variables.",
        ) from error


def _advice(code: str) -> str:
    return next((told for begin, told in _ADVICE if code.startswith(begin)), "")
