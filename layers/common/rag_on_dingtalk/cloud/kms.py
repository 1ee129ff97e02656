"""Secrets in Alibaba Cloud KMS: GetSecretValue, with nothing but the standard library.

Sources: Key Management Service, "GetSecretValue" (developer-reference/api-kms-2016-01-20-getsecretvalue) for
the operation; `alibabacloud-tea-openapi` 0.4.6 for how an RPC-style call is signed, see `tests/contract/kms`;
help.aliyun.com/knowledge_detail/444042 (429 `Rejected.Throttling`, back off and try again) and the official
`aliyun-secretsmanager-client-python` for the failures that pass.
"""

from __future__ import annotations

import http.client
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from rag_on_dingtalk.cloud.acs3 import Credentials, signed_headers
from rag_on_dingtalk.errors import ConfigurationError, SecretUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ACTION, _VERSION = "GetSecretValue", "2016-01-20"
_OK = 200
_TOO_MANY, _SERVER_ERROR = 429, 500
_TEXT = "text"

#: Failures that pass, whatever the HTTP status beside them.
_PASSING = ("Rejected.Throttling", "Throttling", "ServiceUnavailableTemporary", "InternalFailure")

#: All attempts for one secret together: for a function that DingTalk waits for (2.5 s, cold start included),
#: and for one that only a queue waits for.
HURRIED_SECONDS = 1.5
PATIENT_SECONDS = 5.0
#: One attempt, as a share of that.
_ATTEMPT_SHARE = 2 / 3
#: Before the second attempt; doubled before each further one.
_PAUSE_SECONDS = 0.1


class _Answer(msgspec.Struct, rename="pascal"):
    secret_data: str = ""
    secret_data_type: str = _TEXT
    code: str = ""
    message: str = ""


class Kms:
    """Reads secrets as the function's role, which needs `kms:GetSecretValue` on them.

    endpoint: `https://kms.<region>.aliyuncs.com`, or http for a local host.
    clock: seconds since the epoch. timer: seconds that only move on. sleep: seconds.
    patience: seconds for all attempts at one secret together.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        credentials: Credentials,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: os.urandom(16).hex(),
        patience: float = PATIENT_SECONDS,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
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
        self._patience = patience
        self._timer = timer
        self._sleep = sleep

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, patience: float = PATIENT_SECONDS) -> Kms:
        """The KMS of the function's region, asked as its role; KMS_ENDPOINT names another one.

        Raises:
            ConfigurationError: neither KMS_ENDPOINT nor a region is there.
        """
        # FC_REGION is set inside functions; on an engineer's machine .env has DEPLOY_REGION.
        region = environ.get("FC_REGION") or environ.get("DEPLOY_REGION", "")
        endpoint = environ.get("KMS_ENDPOINT", "")
        if not endpoint and not region:
            raise ConfigurationError(
                "KMS_ENDPOINT, FC_REGION and DEPLOY_REGION are empty. "
                "Set KMS_ENDPOINT, for example https://kms.cn-hangzhou.aliyuncs.com."
            )
        return cls(
            endpoint=endpoint or f"https://kms.{region}.aliyuncs.com",
            credentials=Credentials.from_environ(environ),
            patience=patience,
        )

    def secret(self, name: str) -> str:
        """The current version of a text secret.

        Lost connections, server errors and throttling are tried again while the patience lasts.

        Raises:
            SecretUnavailableError: KMS could not be reached or was in trouble; a later attempt may succeed.
            ConfigurationError: KMS did not give it; says why, never what.
        """
        until = self._timer() + self._patience
        pause = _PAUSE_SECONDS
        while True:
            try:
                return self._attempt(name, until - self._timer())
            except SecretUnavailableError:
                # Instances that start together must not come back together.
                wait = pause * (0.5 + os.urandom(1)[0] / 256)
                if self._timer() + wait >= until:
                    raise
                self._sleep(wait)
                pause *= 2

    def _attempt(self, name: str, seconds: float) -> str:
        try:
            status, body = self._ask(name, max(0.05, min(self._patience * _ATTEMPT_SHARE, seconds)))
        except (http.client.HTTPException, OSError) as error:
            raise SecretUnavailableError(
                f"KMS did not answer for the secret {name}: {type(error).__name__}. "
                f"Check that {self._host} can be reached."
            ) from error
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            kind = SecretUnavailableError if _passes(status, "") else ConfigurationError
            # From None: the body may be the secret.
            raise kind(
                f"KMS answered {status} for the secret {name}, and not in JSON. Check KMS_ENDPOINT."
            ) from None
        if _passes(status, answer.code):
            raise SecretUnavailableError(
                f"KMS answered {status} {answer.code} for the secret {name}: {answer.message[:300]} "
                "It is asked again; if that goes on, look at KMS in Alibaba Cloud's console and status page."
            )
        if status != _OK:
            raise ConfigurationError(
                f"KMS answered {status} {answer.code} for the secret {name}: {answer.message[:300]} "
                "Check its name, its region and the role's permission kms:GetSecretValue."
            )
        value = answer.secret_data.strip()
        if answer.secret_data_type != _TEXT or not value:
            raise ConfigurationError(f"The KMS secret {name} is empty or binary. Store the secret as text.")
        return value

    def _ask(self, name: str, seconds: float) -> tuple[int, bytes]:
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
        connection = connection_type(self._host, timeout=seconds)
        try:
            connection.request("POST", f"/?SecretName={quote(name, safe='~')}", headers=headers)
            response = connection.getresponse()
            return response.status, response.read(128 * 1024)
        finally:
            connection.close()


def _passes(status: int, code: str) -> bool:
    """Whether the same request may succeed a moment later."""
    return status >= _SERVER_ERROR or status == _TOO_MANY or (status != _OK and code.startswith(_PASSING))
