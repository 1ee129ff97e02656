"""The record FC hands to an onFailure destination. Pure.

Source: Function Compute, "result callback" (fc/user-guide/result-callback).
"""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.cloud.job_codec import UnreadableJobError, decode_job
from rag_on_dingtalk.models.jobs import Job


class Failure(msgspec.Struct, frozen=True):
    """A job that FC gave up on.

    condition: FC's word for why.
    """

    job: Job
    condition: str


class _Context(msgspec.Struct):
    condition: str = ""


class _Record(msgspec.Struct, rename="camel"):
    request_payload: str
    request_context: _Context = msgspec.field(default_factory=_Context)


_DECODER = msgspec.json.Decoder(_Record)


def read_failure(event: bytes) -> Failure:
    """The job in a destination record; the record holds the invocation's body as a string.

    Raises:
        UnreadableJobError: it is not such a record.
    """
    try:
        record = _DECODER.decode(event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableJobError(f"The event is not a failure record: {error}.") from error
    return Failure(decode_job(record.request_payload.encode()), record.request_context.condition)
