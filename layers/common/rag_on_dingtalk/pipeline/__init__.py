"""What happens to a question, stage by stage.

A new rule is one file with one function and one line in `STAGES`:

>>> from rag_on_dingtalk.pipeline import STAGES
>>> names = [stage.__module__.split(".")[3] for stage in STAGES]
>>> " ".join(names[:8])
'preprocess commands access merge_bursts limits safety_in skills answer_cache'
>>> " ".join(names[8:])
'wait_for_turn access routing bulkhead generate'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.pipeline.stages.access import access, access_after_waiting
from rag_on_dingtalk.pipeline.stages.answer_cache import answer_cache
from rag_on_dingtalk.pipeline.stages.bulkhead import bulkhead
from rag_on_dingtalk.pipeline.stages.commands import commands
from rag_on_dingtalk.pipeline.stages.generate import generate
from rag_on_dingtalk.pipeline.stages.limits import limits
from rag_on_dingtalk.pipeline.stages.merge_bursts import merge_bursts
from rag_on_dingtalk.pipeline.stages.preprocess import preprocess
from rag_on_dingtalk.pipeline.stages.routing import routing
from rag_on_dingtalk.pipeline.stages.safety_in import safety_in
from rag_on_dingtalk.pipeline.stages.skills import skills
from rag_on_dingtalk.pipeline.stages.wait_for_turn import wait_for_turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from rag_on_dingtalk.pipeline.context import TurnContext
    from rag_on_dingtalk.pipeline.reply import Reply

    Stage = Callable[[TurnContext], Awaitable[Reply | None]]

#: In this order. A Reply ends the pipeline and goes to delivery; None passes the question on.
STAGES: list[Stage] = [
    preprocess,  # messages that ask nothing the bot could read
    commands,  # /new, /stop, /help: answered at once, out of the queue
    access,  # who may ask what, and by which backend it is answered
    merge_bursts,  # several messages within a moment become one question, if the bot wants that
    limits,  # how much a person, a group, a department, and all of them may ask
    safety_in,  # sensitive words in the question
    skills,  # templates, calls of the company's APIs, answers written by people
    answer_cache,  # the same question was answered a moment ago, or is being answered
    wait_for_turn,  # one answer at a time per conversation
    access_after_waiting,  # a right may have ended while the question waited
    routing,  # from which tier it is answered, now that the conversation is known
    bulkhead,  # how many answers are given at the same time, by department
    generate,  # ask the backend, stream into the card, remember the exchange
]


async def run_stages(context: TurnContext, stages: Sequence[Stage] = STAGES) -> Reply:
    """The reply of the first stage that has one.

    Raises:
        LostClaimError: another invocation has the turn.
    """
    for stage in stages:
        reply = await stage(context)
        if reply is not None:
            context.fact(stage=getattr(stage, "__name__", "stage"))
            return reply
    raise RuntimeError("No stage of the pipeline replied. The last one must.")
