"""Alibaba Cloud's official client for RPC operations, as the other half of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

if TYPE_CHECKING:
    from rag_on_dingtalk.cloud.acs3 import Credentials


def call_officially(
    host: str, credentials: Credentials, action: str, version: str, *, query: Any = None, form: Any = None
) -> None:
    """Make one call over HTTP; raises what the client raises."""
    client = Client(
        Config(
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token or None,
            endpoint=host,
            protocol="http",
        )
    )
    operation = Params(
        action=action,
        version=version,
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    client.call_api(operation, OpenApiRequest(query=query, body=form), RuntimeOptions())
