"""What came in place of a stream of events: a whole answer, a refusal, a web page, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.backends.transport.reply import is_error, read_reply
from rag_on_dingtalk.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from rag_on_dingtalk.backends.base import AnswerPart
    from rag_on_dingtalk.backends.transport.answer import Reading
    from rag_on_dingtalk.backends.transport.body import Body
    from rag_on_dingtalk.backends.transport.reply import Reply
    from rag_on_dingtalk.backends.verdicts.failures import Failures
    from rag_on_dingtalk.errors import BackendError


def in_place_of_a_stream(
    body: Body,
    response: httpx.Response,
    reading: Reading,
    failures: Failures,
    refused: Callable[[Reply], BackendError],
) -> Iterator[AnswerPart]:
    """The answer, if a document that came instead of events is one.

    Raises:
        BackendError: it is none, as `refused` says of a refusal.
    """
    reply = read_reply(response, body.head)
    document = reply.document or next((one.fields for one in body.documents if one.fields), {})
    parts = list(reading.document(document))
    if parts:
        yield from parts
    elif body.done and not document:
        reading.complete = True
    else:
        raise _no_stream(msgspec.structs.replace(reply, document=document), failures, refused)


def _no_stream(reply: Reply, failures: Failures, refused: Callable[[Reply], BackendError]) -> BackendError:
    if reply.web_page:
        return failures.error(
            FailureKind.CONFIG_TARGET, "answered with a web page instead of a stream of events"
        )
    if is_error(reply.document):
        return refused(reply)
    if reply.document:
        # It may hold question and answer, so nothing of it is repeated. It was answered: it is not asked
        # for, and paid, again.
        return failures.error(
            FailureKind.UPSTREAM,
            "answered with JSON instead of a stream",
            begun=True,
            verdict=True,
            advice="Switch streaming on there, or let its proxy pass streams on.",
        )
    # Not even its words are repeated: they may be the answer.
    return failures.error(FailureKind.UPSTREAM, "answered without a single event")
