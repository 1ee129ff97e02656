"""The record of a finished async invocation, sent to its onSuccess or onFailure destination.

Source: Function Compute, "Destination configuration" (functioncompute/fc/user-guide/result-callback).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from emulators.function_compute.asynchronous.tasks import PayloadTooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.function_compute.asynchronous.tasks import Task
    from emulators.function_compute.description.s_yaml import Function
    from emulators.function_compute.invocation import Outcome
    from emulators.function_compute.observation import Journal
    from emulators.function_compute.pool import Pool

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


class Destinations:
    """Sends records to functions of the same s.yaml.

    submit: queues an invocation, as `AsyncQueue.submit`.
    """

    def __init__(
        self,
        submit: Callable[..., object],
        pools: Mapping[str, Pool],
        journal: Journal,
        new_request_id: Callable[[], str],
        now: Callable[[], float],
    ) -> None:
        self._submit = submit
        self._pools = pools
        self._journal = journal
        self._new_request_id = new_request_id
        self._now = now

    def tell(self, function: Function, task: Task, outcome: Outcome | None) -> None:
        """Send the record of a finished task, if its function has a destination for that."""
        destinations = function.async_invoke_config.destination_config
        succeeded = task.status == "Succeeded"
        destination = destinations.on_success if succeeded else destinations.on_failure
        if not destination.destination:
            return
        pool = self._pools.get(destination.function)
        if pool is None:
            self._skip(function.name, task, f"{destination.destination} is no function of this s.yaml")
            return
        target = pool.function
        payload = record(
            request_id=task.request_id,
            function_arn=task.function_arn,
            attempts=task.attempts,
            payload=task.payload,
            outcome=outcome,
            now=self._now(),
        )
        try:
            self._submit(target, payload, request_id=self._new_request_id())
        except PayloadTooLargeError as error:
            self._skip(target.name, task, str(error))
        else:
            self._journal.note("destination_invoked", target.name, task_id=task.task_id)

    def _skip(self, function: str, task: Task, detail: str) -> None:
        self._journal.note("destination_skipped", function, task_id=task.task_id, detail=detail)
