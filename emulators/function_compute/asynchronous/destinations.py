"""The record of a finished async invocation, sent to its onSuccess or onFailure destination. Pure.

Source: Function Compute, "Destination configuration" (functioncompute/fc/user-guide/result-callback).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from emulators.function_compute.invocation import Outcome

SUCCESS = "Success"
#: The event waited longer than maxAsyncEventAgeInSeconds. What the cloud writes here is undocumented.
EXPIRED = "EventAgeExceeded"

_OK = 200
_SYSTEM_ERROR = 500


def record(
    *,
    request_id: str,
    function_arn: str,
    attempts: int,
    payload: bytes,
    outcome: Outcome | None,
    now: float,
) -> bytes:
    """The JSON a destination receives.

    attempts: how often the function was invoked.
    outcome: None when the event expired without ever being run.
    now: seconds since the epoch.
    """
    if outcome is None:
        condition, status, response = EXPIRED, _SYSTEM_ERROR, b""
    else:
        condition, status, response = outcome.error_type or SUCCESS, _OK, outcome.payload
    return msgspec.json.encode(
        {
            "timestamp": int(now * 1000),
            "requestContext": {
                "requestId": request_id,
                "functionArn": function_arn,
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "requestPayload": payload.decode("utf-8", "replace"),
            "responseContext": {
                "statusCode": status,
                "functionError": outcome.error_type if outcome else "",
            },
            "responsePayload": response.decode("utf-8", "replace"),
        }
    )
