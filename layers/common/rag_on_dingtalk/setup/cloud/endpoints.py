"""Where the APIs are that `setup` calls.

Sources: the endpoint tables of `alibabacloud-ram20150501` 1.3.0, `-sts20150401` 1.2.0,
`-tablestore20201209` 3.2.0 and `-sls20201230` 5.15.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from rag_on_dingtalk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Endpoints(msgspec.Struct, frozen=True):
    """Addresses without a path.

    tablestore: the API that makes instances; rows and tables have the instance's own address.
    """

    ram: str
    sts: str
    tablestore: str
    log: str

    @classmethod
    def of(cls, region: str, environ: Mapping[str, str]) -> Endpoints:
        """Those of a region; a variable names another one.

        Raises:
            ConfigurationError: a variable holds no address.
        """
        return cls(
            ram=_address("RAM_ENDPOINT", environ.get("RAM_ENDPOINT", "") or "https://ram.aliyuncs.com"),
            sts=_address("STS_ENDPOINT", environ.get("STS_ENDPOINT", "") or "https://sts.aliyuncs.com"),
            tablestore=_address(
                "TABLESTORE_CONTROL_ENDPOINT",
                environ.get("TABLESTORE_CONTROL_ENDPOINT", "") or f"https://tablestore.{region}.aliyuncs.com",
            ),
            log=_address(
                "SLS_ENDPOINT", environ.get("SLS_ENDPOINT", "") or f"https://{region}.log.aliyuncs.com"
            ),
        )


def _address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ConfigurationError(
            f"{name} is {value!r}. Give scheme and host only, such as https://….aliyuncs.com."
        )
    return f"{parts.scheme}://{parts.netloc}"
