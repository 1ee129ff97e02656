"""What lies in the queue: JSON, so that a failure record or a log stays readable."""

from __future__ import annotations

import msgspec

from rag_on_dingtalk.errors import BotError
from rag_on_dingtalk.models.jobs import Job

#: FC refuses an asynchronous event above this; see "limits of usage".
MAX_JOB_BYTES = 128 * 1024

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Job)


class UnreadableJobError(BotError):
    """The invocation's body is not a job of ours; trying again would not help."""


def encode_job(job: Job) -> bytes:
    """The invocation's body."""
    return _ENCODER.encode(job)


def decode_job(body: bytes) -> Job:
    """The job in an invocation's body.

    Raises:
        UnreadableJobError: it was not made by `encode_job`.
    """
    try:
        job: Job = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableJobError(f"The invocation's body is not a job: {error}.") from error
    return job
