"""Secrets in Alibaba Cloud KMS: GetSecretValue, with nothing but the standard library.

Sources: Key Management Service, "GetSecretValue" (developer-reference/api-kms-2016-01-20-getsecretvalue) for
the operation; `alibabacloud-tea-openapi` 0.4.6 for how an RPC-style call is signed, see `tests/contract/kms`.
"""

from __future__ import annotations

import http.client
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from rag_on_dingtalk.acs3 import Credentials, signed_headers
from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ACTION, _VERSION = "GetSecretValue", "2016-01-20"
_OK = 200
_TEXT = "text"

#: It happens while DingTalk waits for a cold start, which it does for 2.5 s.
_TIMEOUT_SECONDS = 1.0
#: A lost packet must not close a bot for the life of an instance.
_ATTEMPTS = 2


class _Answer(msgspec.Struct, rename="pascal"):
    secret_data: str = ""
    secret_data_type: str = _TEXT
    code: str = ""
    message: str = ""


class Kms:
    """Reads secrets as the function's role, which needs `kms:GetSecretValue` on them.

    endpoint: `https://kms.<region>.aliyuncs.com`, or http for a local host.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        credentials: Credentials,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigurationError(f"KMS_ENDPOINT is {endpoint!r}. It must start with https:// or http://.")
        self.endpoint = endpoint
        self._secure = parts.scheme == "https"
        self._host = parts.netloc
        self._credentials = credentials
        self._clock = clock
        self._nonce = nonce

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Kms:
        """The KMS of the function's region, asked as its role; KMS_ENDPOINT names another one.

        Raises:
            ConfigurationError: neither KMS_ENDPOINT nor FC's own FC_REGION is there.
        """
        endpoint, region = environ.get("KMS_ENDPOINT", ""), environ.get("FC_REGION", "")
        if not endpoint and not region:
            raise ConfigurationError(
                "KMS_ENDPOINT and FC_REGION are empty. "
                "Set KMS_ENDPOINT, for example https://kms.cn-hangzhou.aliyuncs.com."
            )
        return cls(
            endpoint=endpoint or f"https://kms.{region}.aliyuncs.com",
            credentials=Credentials.from_environ(environ),
        )

    def secret(self, name: str) -> str:
        """The current version of a text secret.

        Raises:
            ConfigurationError: KMS did not give it; says why, never what.
        """
        attempts = _ATTEMPTS
        while True:
            try:
                status, body = self._ask(name)
                break
            except (http.client.HTTPException, OSError) as error:
                attempts -= 1
                if not attempts:
                    raise ConfigurationError(
                        f"KMS did not answer for the secret {name}: {type(error).__name__}. "
                        f"Check that {self._host} can be reached."
                    ) from error
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # From None: the body may be the secret.
            raise ConfigurationError(
                f"KMS answered {status} for the secret {name}, and not in JSON. Check KMS_ENDPOINT."
            ) from None
        if status != _OK:
            raise ConfigurationError(
                f"KMS answered {status} {answer.code} for the secret {name}: {answer.message[:300]} "
                "Check its name, its region and the role's permission kms:GetSecretValue."
            )
        value = answer.secret_data.strip()
        if answer.secret_data_type != _TEXT or not value:
            raise ConfigurationError(f"The KMS secret {name} is empty or binary. Store the secret as text.")
        return value

    def _ask(self, name: str) -> tuple[int, bytes]:
        query = {"SecretName": name}
        headers = signed_headers(
            method="POST",
            host=self._host,
            path="/",
            query=query,
            action=_ACTION,
            version=_VERSION,
            headers={"user-agent": "rag-on-dingtalk"},
            body=b"",
            credentials=self._credentials,
            now=self._clock(),
            nonce=self._nonce(),
        )
        connection_type = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connection_type(self._host, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("POST", f"/?SecretName={quote(name, safe='~')}", headers=headers)
            response = connection.getresponse()
            return response.status, response.read(128 * 1024)
        finally:
            connection.close()
